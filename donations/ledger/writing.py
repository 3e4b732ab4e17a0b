"""The one door into the books: every ledger transaction is written here, with its entries."""

import datetime as dt
from typing import Any

from donations.ledger.periods import first_open_day
from donations.ledger.postings import Posting
from donations.models import LedgerEntry, LedgerTransaction, UncountedTransaction


def write(purpose: str, postings: list[Posting], *, happened_at: dt.datetime, **about: Any) -> LedgerTransaction:
    """Write a ledger transaction on the day it happened (UTC), or the first open one; `about` are fields of it."""
    booked = LedgerTransaction.objects.create(
        purpose=purpose, happened_at=happened_at, posted_on=first_open_day(happened_at), **about
    )
    LedgerEntry.objects.bulk_create(
        LedgerEntry(transaction=booked, account=account, currency=currency, amount_minor=amount_minor)
        for account, currency, amount_minor in postings
    )
    # The public totals hear of it at the next window.
    UncountedTransaction.objects.create(transaction=booked)
    return booked
