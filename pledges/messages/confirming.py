"""Confirming a pledge by mail."""

from django.urls import reverse
from django.utils import timezone

from blueheart import tokens
from blueheart.post.letters import Letter, letter, site_url
from blueheart.post.models import Message
from pledges.models import MailedLink, Pledge
from pledges.services.confirming import LINK_LASTS


@letter("pledge-confirm")
def confirm(message: Message) -> Letter | None:
    """Ask a supporter to confirm; nothing to ask once the pledge is confirmed or purged."""
    pledge = Pledge.objects.pending().filter(pk=message.subject_id).first()
    if pledge is None:
        return None
    token, digest = tokens.mint()
    now = timezone.now()
    MailedLink.objects.create(
        pledge=pledge,
        purpose=MailedLink.Purpose.CONFIRM,
        digest=digest,
        sent_at=now,
        expires_at=now + LINK_LASTS,
    )
    link = site_url(reverse("pledges:confirm", args=[token]))
    return Letter(to=pledge.email, context={"name": pledge.public_name, "link": link, "days": LINK_LASTS.days})


@letter("pledge-already")
def already(message: Message) -> Letter | None:
    """Tell a supporter that somebody, probably they, pledged again. A hidden heart has no page to send them to."""
    pledge = Pledge.objects.shown().filter(pk=message.subject_id).exclude(email="").first()
    if pledge is None:
        return None
    return Letter(to=pledge.email, context={"link": site_url(pledge.get_absolute_url()), "number": pledge.number})
