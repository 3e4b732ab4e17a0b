"""The way to a donor's own pages: a mailed link that opens once, and the visit of half an hour that it opens."""

import secrets

from django.db import transaction
from django.db.models import QuerySet

from blueheart.limits.counting import spend
from blueheart.mail_addresses import for_limits
from blueheart.post import outbox
from blueheart.site_settings.reading import current
from blueheart.trail.record import record
from blueheart.visits import links
from blueheart.visits.links import NOBODY, TooManyLinksError
from donations.models import Donor, GivingLink
from donations.site_settings import LINKS_BY_NETWORK, LINKS_FOR_ADDRESS

HOUR = 60 * 60


def ask_for_link(*, email: str, network: str, language: str) -> None:
    """Have a link mailed to the donor of this address, if there is one. Raises `TooManyLinksError`.

    Nobody learns here who gives: known or not, the same is counted, looked up and written, and the worker drops the
    mail that has nobody to go to.
    """
    values = current()
    within = spend("giving-link-network", network, limit=values.limit(LINKS_BY_NETWORK), seconds=HOUR)
    if (
        not spend("giving-link-address", for_limits(email), limit=values.limit(LINKS_FOR_ADDRESS), seconds=HOUR)
        or not within
    ):
        raise TooManyLinksError
    donor = Donor.objects.with_email(email).first()
    subject = donor.pk if donor else NOBODY
    outbox.add(
        "giving-link", cause=f"giving-link:{subject}:{secrets.token_hex(8)}", subject_id=subject, language=language
    )


def link_behind(token: str) -> GivingLink:
    """The unused link of a token; looking at it changes nothing. Raises `LinkExpiredError`."""
    return links.link_behind(_links(), token)


@transaction.atomic
def open_visit(token: str) -> str:
    """Spend a link and begin the visit; returns the secret for the visitor's browser. Raises `LinkExpiredError`."""
    visit, secret = links.open_visit(_links(), token)
    record("donor.visit-begun", target=visit.donor)
    return secret


def visitor(secret: str) -> Donor | None:
    """The donor whose visit this is; None where it is over, was left, or never was."""
    visit = links.visit_behind(_links(), secret)
    return visit.donor if visit else None


def end_visit(secret: str) -> None:
    """End a visit at once. Safe to call twice."""
    links.end_visit(GivingLink.objects.all(), secret)


def forget_past_links() -> int:
    """Delete links and visits that are over; returns how many there were."""
    return links.forget_past(GivingLink.objects.all())


def _links() -> "QuerySet[GivingLink]":
    return GivingLink.objects.select_related("donor").filter(donor__erased_at=None)
