"""The mails about a donor's own pages."""

import logging
from collections.abc import Sequence
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from blueheart import tokens
from blueheart.post.letters import Letter, letter, site_url
from blueheart.post.models import Message
from donations.models import Donor, GivingLink, Receipt

logger = logging.getLogger(__name__)


@letter("giving-link")
def giving_link(message: Message) -> Letter | None:
    """A link to the donor's own pages, minted now: it is stored nowhere but in the mail."""
    donor = Donor.objects.filter(pk=message.subject_id, erased_at=None).exclude(email="").first()
    if donor is None:
        return None
    token, digest = tokens.mint()
    now = timezone.now()
    GivingLink.objects.create(donor=donor, digest=digest, sent_at=now, expires_at=now + GivingLink.VISIT_LASTS)
    link = site_url(reverse("donations:giving_open", args=[token]))
    return Letter(to=donor.email, context={"link": link, "minutes": int(GivingLink.VISIT_LASTS.total_seconds()) // 60})


def farewell(address: str, *, language: str, kept: Sequence[Receipt]) -> None:
    """Tell somebody that they are forgotten, and which receipts the law wants kept.

    The one mail that is no row of the outbox: any row that leads to the address would remember it. Where the mail
    server does not take it now, it is lost; the page has said the same.
    """
    context = {"site_url": settings.SITE_URL, "site_name": settings.SITE_NAME, "kept": kept}
    with translation.override(language):
        mail = EmailMultiAlternatives(
            subject=" ".join(render_to_string("mail/erased.subject.txt", context).split()),
            body=render_to_string("mail/erased.txt", context).strip() + "\n",
            to=[address],
            headers={"Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(render_to_string("mail/erased.html", context), "text/html")
    try:
        mail.send()
    except (SMTPException, OSError) as error:
        logger.warning("a farewell was not taken by the mail server: %s", type(error).__name__)
