"""The one door into the books: every ledger transaction is written here, with its entries."""

import datetime as dt
from typing import Any

from django.db import connection

from blueheart.postgresql.durable import INSIST
from donations.ledger.postings import Posting
from donations.models import ClosedPeriod, LedgerEntry, LedgerTransaction, UncountedTransaction

FIELDS = [field for field in LedgerTransaction._meta.concrete_fields if not field.primary_key]
# Its own day, or the first one not yet closed: asked in the statement that writes it, and checked by a trigger.
POSTED_ON = f"greatest(%s::date, (SELECT max(closed_through) + 1 FROM {ClosedPeriod._meta.db_table}))"  # noqa: S608
# The public totals hear of it at the next window, by the row of those that are not counted yet.
WRITE = f"""
WITH booked AS (
    INSERT INTO {LedgerTransaction._meta.db_table} ({", ".join(str(field.column) for field in FIELDS)})
    VALUES ({{values}}) RETURNING id, posted_on
), entries AS (
    INSERT INTO {LedgerEntry._meta.db_table} (transaction_id, account, currency, amount_minor)
    SELECT booked.id, entry.account, entry.currency, entry.amount_minor
    FROM booked, unnest(%s::text[], %s::text[], %s::bigint[])
        WITH ORDINALITY AS entry (account, currency, amount_minor, place)
    ORDER BY entry.place
), uncounted AS (
    INSERT INTO {UncountedTransaction._meta.db_table} (transaction_id) SELECT id FROM booked
)
SELECT id, posted_on, {INSIST} FROM booked
"""  # noqa: S608  our own tables


def write(purpose: str, postings: list[Posting], *, happened_at: dt.datetime, **about: Any) -> LedgerTransaction:
    """Write a ledger transaction on the day it happened (UTC), or the first open one; `about` are fields of it.

    One round trip, and a commit that waits for the disk. The database checks then that its entries add up to zero.
    """
    day = happened_at.astimezone(dt.UTC).date()
    booked = LedgerTransaction(purpose=purpose, happened_at=happened_at, posted_on=day, **about)
    values = [field.get_db_prep_save(field.pre_save(booked, True), connection) for field in FIELDS]
    accounts, currencies, amounts = (
        (list(column) for column in zip(*postings, strict=True)) if postings else ([], [], [])
    )
    places = ", ".join(POSTED_ON if field.name == "posted_on" else "%s" for field in FIELDS)
    with connection.cursor() as cursor:
        cursor.execute(WRITE.format(values=places), [*values, accounts, currencies, amounts])
        booked.pk, booked.posted_on, _ = cursor.fetchone()
    booked._state.adding, booked._state.db = False, connection.alias
    return booked
