"""The mails about a supporter's own pages."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from blueheart import tokens
from blueheart.post.letters import Letter, letter, site_url
from blueheart.post.models import Message
from pledges.models import MailedLink, Pledge
from pledges.services import quiet

logger = logging.getLogger(__name__)


@letter("pledge-manage")
def manage(message: Message) -> Letter | None:
    """A link to the supporter's own pages, minted now: it is stored nowhere but in the mail."""
    pledge = Pledge.objects.filter(pk=message.subject_id, canonical_email__isnull=False).first()
    if pledge is None:
        return None
    token, digest = tokens.mint()
    now = timezone.now()
    MailedLink.objects.create(
        pledge=pledge,
        purpose=MailedLink.Purpose.MANAGE,
        digest=digest,
        sent_at=now,
        expires_at=now + MailedLink.VISIT_LASTS,
    )
    link = site_url(reverse("pledges:manage_open", args=[token]))
    minutes = int(MailedLink.VISIT_LASTS.total_seconds()) // 60
    return Letter(to=pledge.email, context={"link": link, "minutes": minutes})


@letter("pledge-withdrawn")
def withdrawn(message: Message) -> Letter | None:
    """Say that a pledge is taken back, to the address that did it."""
    pledge = Pledge.objects.filter(pk=message.subject_id, status=Pledge.Status.WITHDRAWN).exclude(email="").first()
    if pledge is None or not quiet.may_write(pledge.email):
        return None
    context = {
        "number": pledge.number,
        "pledge_url": site_url(reverse("pledges:pledge")),
        "manage_url": site_url(reverse("pledges:manage")),
    }
    return Letter(to=pledge.email, context=context)


def farewell(address: str, *, language: str) -> None:
    """Tell a supporter that they are forgotten.

    No row of the outbox: any row that leads to the address would remember it. Where the mail server does not take it
    now, it is lost; the page has said the same.
    """
    context = {"site_url": settings.SITE_URL, "site_name": settings.SITE_NAME}
    with translation.override(language):
        mail = EmailMultiAlternatives(
            subject=" ".join(render_to_string("mail/pledge-erased.subject.txt", context).split()),
            body=render_to_string("mail/pledge-erased.txt", context).strip() + "\n",
            to=[address],
            headers={"Auto-Submitted": "auto-generated"},
        )
        mail.attach_alternative(render_to_string("mail/pledge-erased.html", context), "text/html")
    try:
        mail.send()
    except (SMTPException, OSError) as error:
        logger.warning("a farewell was not taken by the mail server: %s", type(error).__name__)
