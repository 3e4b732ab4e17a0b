"""The way to a donor's own pages: a mailed link that opens once, and the visit of half an hour that it opens."""

import secrets

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from blueheart import names, tokens
from blueheart.limits.counting import spend
from blueheart.post import outbox
from blueheart.trail.record import record
from donations.models import Donor, GivingLink

HOUR = 60 * 60
ASKED_BY_NETWORK = 30  # an hour
ASKED_FOR_ADDRESS = 6  # an hour
NOBODY = 0


class LinkExpiredError(Exception):
    """The link is unknown, altered, used or too old."""


class TooManyLinksError(Exception):
    """More links were asked for, from one network or for one address, than people ask for."""


def ask_for_link(*, email: str, network: str, language: str) -> None:
    """Have a link mailed to the donor of this address, if there is one. Raises `TooManyLinksError`.

    Nobody learns here who gives: known or not, the same is counted, looked up and written, and the worker drops the
    mail that has nobody to go to.
    """
    within = spend("giving-link-network", network, limit=ASKED_BY_NETWORK, seconds=HOUR)
    if not spend("giving-link-address", _one_spelling(email), limit=ASKED_FOR_ADDRESS, seconds=HOUR) or not within:
        raise TooManyLinksError
    donor = Donor.objects.with_email(email).first()
    subject = donor.pk if donor else NOBODY
    outbox.add(
        "giving-link", cause=f"giving-link:{subject}:{secrets.token_hex(8)}", subject_id=subject, language=language
    )


def link_behind(token: str) -> GivingLink:
    """The unused link of a token; looking at it changes nothing. Raises `LinkExpiredError`."""
    link = _links().filter(digest=tokens.digest(token), opened_at=None).first()
    if link is None:
        raise LinkExpiredError
    return link


@transaction.atomic
def open_visit(token: str) -> str:
    """Spend a link and begin the visit; returns the secret that the visitor's browser keeps.

    The row of the link becomes that of the visit: it is known by another digest from now on, so that a link opens once
    even when two people press at the same instant. Raises `LinkExpiredError`.
    """
    link = _links().select_for_update(of=["self"]).filter(digest=tokens.digest(token), opened_at=None).first()
    if link is None:
        raise LinkExpiredError
    secret, link.digest = tokens.mint()
    link.opened_at = timezone.now()
    link.expires_at = link.opened_at + GivingLink.LASTS
    link.save(update_fields=["digest", "opened_at", "expires_at"])
    record("donor.visit-begun", target=link.donor)
    return secret


def visitor(secret: str) -> Donor | None:
    """The donor whose visit this is; None where it is over, was left, or never was."""
    if not secret:
        return None
    visit = _links().filter(digest=tokens.digest(secret), opened_at__isnull=False).first()
    return visit.donor if visit else None


def end_visit(secret: str) -> None:
    """End a visit at once. Safe to call twice."""
    GivingLink.objects.filter(digest=tokens.digest(secret), opened_at__isnull=False).delete()


def forget_past_links() -> int:
    """Delete links and visits that are over; returns how many there were."""
    deleted, _by_model = GivingLink.objects.filter(expires_at__lt=timezone.now()).delete()
    return deleted


def _links() -> "QuerySet[GivingLink]":
    return GivingLink.objects.select_related("donor").filter(expires_at__gt=timezone.now(), donor__erased_at=None)


def _one_spelling(email: str) -> str:
    return names.key(email)
