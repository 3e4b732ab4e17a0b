"""Asking by mail whether a pledge was kept."""

from django.urls import reverse
from django.utils import timezone

from blueheart import tokens
from blueheart.post.letters import Letter, letter, site_url
from blueheart.post.models import Message
from pledges.models import MailedLink, Pledge
from pledges.services import quiet
from pledges.services.keeping import LINK_LASTS


@letter("pledge-kept")
def was_it_kept(message: Message) -> Letter | None:
    """Ask a supporter, while their pledge is one and they may be written to."""
    pledge = Pledge.objects.counted().filter(pk=message.subject_id, hidden_at=None).exclude(email="").first()
    if pledge is None or not quiet.may_write(pledge.email):
        return None
    token, digest = tokens.mint()
    now = timezone.now()
    MailedLink.objects.create(
        pledge=pledge, purpose=MailedLink.Purpose.KEPT, digest=digest, sent_at=now, expires_at=now + LINK_LASTS
    )
    context = {
        "name": pledge.public_name,
        "link": site_url(reverse("pledges:kept", args=[token])),
        "days": LINK_LASTS.days,
        "precepts": list(pledge.precepts_in_order()),
        "is_second": message.cause.startswith("pledge-kept-again"),
    }
    return Letter(to=pledge.email, context=context)
