"""Gifts that Stripe knows and our books have lost: those between a backup and the hour it had to come back."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from blueheart.trail.record import record
from donations import gateway
from donations.models import Donation, Interval, StripeEvent
from donations.models.gifts import MONTHS
from donations.services.donors import find_or_make_donor
from donations.services.inbox import process_again

# How the reason ends of an event that is shelved because its gift is not here.
LOST = "carries our mark, but what it belongs to is not here"
INTERVALS = {months: interval for interval, months in MONTHS.items()}


@dataclass
class Found:
    """How many paid pages Stripe listed, how many gifts were written down again, and events put back for them."""

    listed: int = 0
    written: int = 0
    events: int = 0


def recover_gifts(since: dt.datetime) -> Found:
    """Write down the gifts that were begun from `since` on, are paid, and are not in our books; the worker books them.

    For the hour after a restore, and for nothing else: another portal on the same account of Stripe has gifts of its
    own, so only those count whose pay page leads back to this `SITE_URL`. A name, words and a campaign are not at
    Stripe and stay lost; nothing of such a gift is shown in public. Safe to call twice. Raises `GatewayError`.
    """
    found = Found()
    for session in gateway.sessions_since(since):
        found.listed += 1
        found.written += _write_down(session) if _is_ours(session) else 0
    waiting = StripeEvent.objects.filter(status=StripeEvent.Status.SHELVED, reason__endswith=LOST)
    found.events = process_again(waiting, why="gifts were written down again after a restore") if found.written else 0
    return found


def _is_ours(session: gateway.Session) -> bool:
    return bool(session.donation) and session.success_url.startswith(f"{settings.SITE_URL}/")


@transaction.atomic
def _write_down(session: gateway.Session) -> int:
    """1 where the gift was not here."""
    known = Donation.objects.filter(public_id=session.donation) | Donation.objects.filter(
        stripe_checkout_session_id=session.session_id
    )
    if known.exists():
        return 0
    language = session.language or settings.LANGUAGE_CODE
    made = Donation.objects.create(
        public_id=session.donation,
        stripe_checkout_session_id=session.session_id,
        donor=find_or_make_donor(email=session.email, name="", language=language),
        amount_minor=session.amount_minor,
        currency=session.currency,
        interval=INTERVALS.get(session.months, Interval.ONCE),
        language=language,
    )
    record("donation.written-down-again", target=made, why="it is paid at Stripe and was lost here")
    return 1
