"""The mails about a donor's own pages."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils import timezone

from blueheart import tokens
from blueheart.post.farewells import say_farewell
from blueheart.post.letters import Letter, letter, site_url
from blueheart.post.models import Message
from donations.models import Donor, GivingLink, Receipt


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
    """Tell a donor that they are forgotten, and which receipts the law wants kept."""
    say_farewell("erased", Letter(to=address, context={"kept": kept}), language=language)
