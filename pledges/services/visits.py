"""The way to a supporter's own pages: a mailed link that opens once, and the visit of half an hour that it opens."""

import secrets
from dataclasses import dataclass

from django.db import models, transaction
from django.db.models import F

from blueheart.limits.counting import Use, spend, spend_paced
from blueheart.post import outbox
from blueheart.trail.record import record
from blueheart.visits import links
from blueheart.visits.links import NOBODY, TooManyLinksError
from pledges import mailboxes
from pledges.models import MailedLink, Pledge
from pledges.models.pledges import PledgeQuerySet

HOUR = 60 * 60
PAUSE = 10 * 60
ASKED_BY_NETWORK = 30  # an hour
ASKED_FOR_ADDRESS = 5  # a day


@dataclass(frozen=True)
class Visit:
    """Whose pages are open: one mailbox, under whatever spellings it was given."""

    link_id: int
    email: str
    canonical_email: str
    language: str

    def pledges(self) -> PledgeQuerySet:
        """All that this mailbox pledged and that still names it, newest first."""
        return Pledge.objects.of_address(self.canonical_email).select_related("campaign", "body").order_by("-pk")


def ask_for_link(*, email: str, network: str, language: str) -> None:
    """Have a link mailed to the supporter of this address, if there is one. Raises `TooManyLinksError`.

    Nobody learns here who pledged: known or not, the same is counted, looked up and written, and the worker drops the
    mail that has nobody to go to. The counters are those of this form alone: mails that others caused are not told of.
    An address that asked not to be written to is written to here: this mail is asked for, one in ten minutes at most,
    goes to nobody who never pledged, and is the only way to be erased.
    """
    canonical = mailboxes.canonical(email)
    of_mailbox = Use("manage-link", canonical, limit=ASKED_FOR_ADDRESS, seconds=24 * HOUR)
    within = [
        spend("manage-link-network", network, limit=ASKED_BY_NETWORK, seconds=HOUR),
        spend_paced(of_mailbox, pause=PAUSE),
    ]
    if not all(within):
        raise TooManyLinksError
    newest = Pledge.objects.of_address(canonical).order_by(F("confirmed_at").desc(nulls_last=True), "-pk").first()
    subject = newest.pk if newest else NOBODY
    cause = f"pledge-manage:{subject}:{secrets.token_hex(8)}"
    outbox.add("pledge-manage", cause=cause, subject_id=subject, language=language)


def link_behind(token: str) -> MailedLink:
    """The unused link of a token; looking at it changes nothing. Raises `LinkExpiredError`."""
    return links.link_behind(_links(), token)


@transaction.atomic
def open_visit(token: str) -> str:
    """Spend a link and begin the visit; returns the secret for the visitor's browser. Raises `LinkExpiredError`."""
    link, secret = links.open_visit(_links(), token)
    record("pledge.visit-begun", target=link.pledge)
    return secret


def visit_of(secret: str) -> Visit | None:
    """The visit that this secret keeps open; None where it is over, was left, or never was."""
    link = links.visit_behind(_links(), secret)
    if link is None:
        return None
    pledge = link.pledge
    return Visit(link.pk, pledge.email, pledge.canonical_email or "", pledge.language)


def end_visit(secret: str) -> None:
    """End a visit at once. Safe to call twice."""
    links.end_visit(MailedLink.objects.filter(purpose=MailedLink.Purpose.MANAGE), secret)


def _links() -> models.QuerySet[MailedLink]:
    return MailedLink.objects.select_related("pledge").filter(
        purpose=MailedLink.Purpose.MANAGE, pledge__canonical_email__isnull=False
    )
