"""Booking what Stripe's balance shows and no event told: Stripe forgets events after 30 days, movements never."""

import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from django.db import InterfaceError, OperationalError, transaction

from donations import gateway
from donations.gateway import BalanceTransaction
from donations.models import LedgerTransaction
from donations.reactions import Outcome, book_movement, payout_changed

logger = logging.getLogger(__name__)

AT_ONCE = 100  # as many as a page of Stripe's list


@dataclass
class Found:
    """How many movements Stripe listed, how many of them no book held, and how many of these are booked now."""

    listed: int = 0
    lost: int = 0
    booked: int = 0

    @property
    def left(self) -> int:
        return self.lost - self.booked


def recover_movements(since: dt.datetime, until: dt.datetime) -> Found:
    """Book what moved Stripe's balance from `since` on and before `until` and is in no book, by what moved it.

    What belongs to no gift and to no payout that Stripe has closed is left; so is what only a person can clear up.
    Safe at any time, twice at once and beside events that come late: effects are unique. Raises `GatewayError`.
    """
    found = Found()
    movements = (movement.moved for movement in gateway.movements(since, until))
    while page := list(islice(movements, AT_ONCE)):
        found.listed += len(page)
        lost = list(_not_booked(page))
        found.lost += len(lost)
        for moved in lost:
            _book(moved)
        found.booked += len(lost) - len(list(_not_booked(lost)))
    return found


def _not_booked(page: list[BalanceTransaction]) -> Iterator[BalanceTransaction]:
    ids = [moved.balance_transaction_id for moved in page]
    rows = LedgerTransaction.objects.filter(stripe_balance_transaction_id__in=ids)
    booked = set(rows.values_list("stripe_balance_transaction_id", flat=True))
    return (moved for moved in page if moved.balance_transaction_id not in booked)


def _book(moved: BalanceTransaction) -> None:
    try:
        outcome = _by_what_moved_it(moved)
    except gateway.GatewayRefusedError as error:
        logger.warning("Stripe has nothing to say of %s: %s", moved.source_id, error)
    except (gateway.GatewayError, OperationalError, InterfaceError):
        raise
    except Exception:  # a movement that breaks us must not stop the others
        logger.exception("%s of %s cannot be booked", moved.balance_transaction_id, moved.source_id)
    else:
        logger.info("%s of %s: %s %s", moved.balance_transaction_id, moved.source_id, outcome.kind, outcome.reason)


def _by_what_moved_it(moved: BalanceTransaction) -> Outcome:
    """A payout is looked at with all that it takes along; anything else is booked alone."""
    if not moved.source_id.startswith("po_"):
        return book_movement(moved)
    book = payout_changed(moved.source_id)
    with transaction.atomic():
        return book()
