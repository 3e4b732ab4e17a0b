"""A letter for workers that run as processes of their own; it takes SECONDS_PER_MAIL to write."""

import os
import time

from django.core.mail import EmailMultiAlternatives

from blueheart.post import jobs
from blueheart.post.models import Message
from campaigns.search import standing_pages

if "LEASE_SECONDS" in os.environ:
    jobs.LEASE_SECONDS = int(os.environ["LEASE_SECONDS"])


def write(message: Message) -> EmailMultiAlternatives:
    time.sleep(float(os.environ["SECONDS_PER_MAIL"]))
    return EmailMultiAlternatives(
        "Hello", "Dear Sam", to=["sam@example.org"], headers={"Message-ID": message.message_id}
    )


jobs.write = write
standing_pages.STANDING_PAGES = standing_pages.STANDING_PAGES[:2]  # to read all takes long
