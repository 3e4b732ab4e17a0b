"""A mailed link opens once, though two press its button at the same moment."""

import datetime as dt
import threading

from django.db import connection, transaction
from django.utils import timezone

from blueheart import tokens
from blueheart.visits.links import LinkExpiredError
from donations.models import GivingLink
from donations.services import donor_pages
from tests.donations.factories import donor


def test_who_presses_waits_for_the_other_who_is_pressing(committed_db):
    token, digest = tokens.mint()
    GivingLink.objects.create(donor=donor(), digest=digest, expires_at=timezone.now() + dt.timedelta(minutes=30))
    refused = []

    def press_as_well():
        try:
            donor_pages.open_visit(token)
        except LinkExpiredError:
            refused.append(token)
        finally:
            connection.close()

    other = threading.Thread(target=press_as_well)
    with transaction.atomic():
        secret = donor_pages.open_visit(token)
        other.start()
        other.join(1)
    other.join(30)

    assert refused == [token]
    assert donor_pages.visitor(secret) == donor()
