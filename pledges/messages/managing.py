"""The mails about a supporter's own pages."""

from django.urls import reverse
from django.utils import timezone

from blueheart import tokens
from blueheart.post.farewells import say_farewell
from blueheart.post.letters import Letter, letter, site_url
from blueheart.post.models import Message
from pledges.models import MailedLink, Pledge
from pledges.services import quiet


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
    """Tell a supporter that they are forgotten."""
    say_farewell("pledge-erased", Letter(to=address), language=language)
