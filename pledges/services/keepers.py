"""The way to the pages of a group's keeper: a mailed link that opens once, and the visit that it opens."""

import secrets

from django.db import transaction
from django.db.models import F, QuerySet

from blueheart.limits.counting import spend
from blueheart.post import outbox
from blueheart.trail.record import record
from blueheart.visits import links
from blueheart.visits.links import NOBODY, TooManyLinksError
from pledges.models import Group, KeeperLink
from pledges.services.groups import keeper_is_confirmed, spelling

HOUR = 60 * 60
ASKED_BY_NETWORK = 30  # an hour
ASKED_FOR_ADDRESS = 6  # an hour


def ask_for_link(*, email: str, network: str, language: str) -> None:
    """Have a link mailed to the keeper with this address, if there is one. Raises `TooManyLinksError`.

    Nobody learns here who keeps a group: known or not, the same is counted, looked up and written, and the worker
    drops the mail that has nobody to go to.
    """
    address = spelling(email)
    within = spend("keeper-link-network", network, limit=ASKED_BY_NETWORK, seconds=HOUR)
    if not spend("keeper-link-address", address, limit=ASKED_FOR_ADDRESS, seconds=HOUR) or not within:
        raise TooManyLinksError
    # One that is confirmed first; else the link confirms the newest.
    known = Group.objects.filter(keeper_email=address).exclude(keeper_email="")
    group = known.order_by(F("keeper_confirmed_at").desc(nulls_last=True), "-pk").first()
    subject = group.pk if group else NOBODY
    outbox.add(
        "group-link", cause=f"group-link:{subject}:{secrets.token_hex(8)}", subject_id=subject, language=language
    )


def link_behind(token: str) -> KeeperLink:
    """The unused link of a token; looking at it changes nothing. Raises `LinkExpiredError`."""
    return links.link_behind(_links(), token)


@transaction.atomic
def open_visit(token: str) -> str:
    """Spend a link, confirm the address that it went to, and begin the visit; returns the browser’s secret.

    Raises `LinkExpiredError`.
    """
    link, secret = links.open_visit(_links(), token)
    group = Group.objects.select_for_update(no_key=True).get(pk=link.group_id)
    keeper_is_confirmed(group)
    record("keeper.visit-begun", target=group)
    return secret


def visitor(secret: str) -> str:
    """The address of the keeper whose visit this is; empty where it is over, was left, or never was."""
    visit = links.visit_behind(_links(), secret)
    return visit.group.keeper_email if visit else ""


def groups_of(keeper_email: str) -> QuerySet[Group]:
    """The groups of this keeper whose address was confirmed for each of them."""
    kept = Group.objects.filter(keeper_email=keeper_email, keeper_confirmed_at__isnull=False).exclude(keeper_email="")
    return kept.select_related("campaign", "tally")


def end_visit(secret: str) -> None:
    """End a visit at once. Safe to call twice."""
    links.end_visit(KeeperLink.objects.all(), secret)


def forget_past_links() -> int:
    """Delete links and visits that are over; returns how many there were."""
    return links.forget_past(KeeperLink.objects.all())


def _links() -> "QuerySet[KeeperLink]":
    return KeeperLink.objects.select_related("group").exclude(group__keeper_email="")
