"""The report of a month or a year of the books: the same for the same books, byte for byte.

All amounts are integers in minor units, days are those of the books (UTC). What the ledger says is as of the last day,
whatever was posted since; what is still open is so at the moment of asking, for nobody keeps when that ended.
Who prepared and who signed stands beside the report and not in it: both sign the same bytes.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from itertools import starmap
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, F, Max, Min, Q, Sum
from django.db.models.functions import Coalesce

from donations import accounts, open_books
from donations.accounts import Line, Period
from donations.exchange_rates import USD, rates_on
from donations.models import (
    Account,
    Instalment,
    LedgerEntry,
    LedgerTransaction,
    Receipt,
)
from donations.still_open import StillOpen, still_open

FORMAT = 1
Report = dict[str, Any]
Row = dict[str, Any]
Purpose = LedgerTransaction.Purpose
RECEIVABLE = Account.PROMISED_GIFTS_RECEIVABLE

FIGURES = (
    open_books.RECEIVED, open_books.IN_KIND, open_books.REFUNDS, open_books.DISPUTES, open_books.FEES,
    open_books.PROMISED, open_books.PAID, open_books.WRITTEN_OFF, open_books.GRANTED,
)  # fmt: skip
TOTALS = (*(f"{figure.key}_minor" for figure in FIGURES), "returned_minor")


def report_of(begins_on: dt.date, ends_on: dt.date) -> Report:
    """The report of these days, both included; about ten queries, however long the books are."""
    lines = [line for line in accounts.trial_balance(Period(begins_on, ends_on)) if _is_used(line)]
    moved = _movements(begins_on, ends_on)
    return {
        "format": FORMAT,
        "from": begins_on.isoformat(),
        "through": ends_on.isoformat(),
        "entries": sum(row["entries"] for row in moved),
        "accounts": [_account(line) for line in lines],
        "totals": _totals(moved, lines),
        "promises": _promises(ends_on),
        "receipts": _receipts(begins_on, ends_on),
        "rates": {
            "applied": _applied_rates(begins_on, ends_on),
            "published": _published_rates({line.currency for line in lines}, ends_on),
        },
        "open": [*_suspense(lines), *map(_heap, still_open(ends_on))],
    }


def as_bytes(report: Report) -> bytes:
    """The report as JSON (UTF-8) in the one form that is hashed: sorted keys, no spaces."""
    return json.dumps(report, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def digest(report: Report) -> str:
    """SHA-256 of these bytes, as sixty-four hexadecimal digits."""
    return hashlib.sha256(as_bytes(report)).hexdigest()


def changed_parts(prepared: Report, now: Report) -> list[str]:
    """The parts of the report that are no longer as they were prepared.

    Open items that have ended since are no change: what came of them is posted in the open period, or is a change of
    the figures. Items that were not there are one: nobody has seen them.
    """
    parts = [name for name in now if name != "open" and now[name] != prepared.get(name)]
    return [*parts, "open"] if _has_new_items(prepared["open"], now["open"]) else parts


def _has_new_items(prepared: list[Row], now: list[Row]) -> bool:
    known = {heap["what"]: heap for heap in prepared}
    for heap in now:
        before = known.get(heap["what"])
        if before is None or heap["count"] > before["count"]:
            return True
        is_whole = before["count"] == len(before["listed"])
        if is_whole and not _references(heap) <= _references(before):
            return True
    return False


def _references(heap: Row) -> set[str]:
    return {item["reference"] for item in heap["listed"]}


# The ledger


def _is_used(line: Line) -> bool:
    """An account that is used only later has no place in the report."""
    return bool(line.opening_minor or line.debits_minor or line.credits_minor)


def _account(line: Line) -> Row:
    return {
        "account": line.account.value,
        "currency": line.currency,
        "opening_minor": line.opening_minor,
        "debits_minor": line.debits_minor,
        "credits_minor": line.credits_minor,
        "closing_minor": line.closing_minor,
    }


def _movements(begins_on: dt.date, ends_on: dt.date) -> list[Row]:
    """What was put to each account, by currency and purpose; a reversal counts against what it reverses."""
    rows: Any = (
        LedgerEntry.objects.filter(Period(begins_on, ends_on).during())
        .order_by()
        .annotate(purpose=Coalesce("transaction__reverses__purpose", "transaction__purpose"))
        .values("account", "currency", "purpose")
        .annotate(amount_minor=Sum("amount_minor"), entries=Count("pk"))
    )
    return list(rows)


def _totals(moved: list[Row], lines: list[Line]) -> list[Row]:
    outstanding = {line.currency: line.closing_minor for line in lines if line.account == RECEIVABLE}
    currencies = sorted({row["currency"] for row in moved} | {code for code, minor in outstanding.items() if minor})
    return [
        {
            "currency": currency,
            **_sums_of([row for row in moved if row["currency"] == currency]),
            "outstanding_minor": outstanding.get(currency, 0),
        }
        for currency in currencies
    ]


def _sums_of(moved: list[Row]) -> dict[str, int]:
    """The totals of one currency: the figures of the open books, and what of the grants came back.

    What a contributor pays beyond its promises counts as promised and paid at once.
    """
    sums = {
        f"{figure.key}_minor": sum(figure.weights.get(row["account"], 0) * row["amount_minor"] for row in moved)
        for figure in FIGURES
    }
    returned = (row for row in moved if row["account"] == Account.GRANTS and row["purpose"] == Purpose.GRANT_RETURN)
    return {**sums, "returned_minor": -sum(row["amount_minor"] for row in returned)}


def _suspense(lines: list[Line]) -> list[Row]:
    """Money that came in and is no gift as agreed, and on which nobody has decided, by currency."""
    items = [
        {"reference": line.currency, "day": None, "currency": line.currency, "amount_minor": -line.closing_minor}
        for line in lines
        if line.account == Account.SUSPENSE and line.closing_minor
    ]
    return [{"what": "suspense", "count": len(items), "listed": items}] if items else []


# Promises


def _promises(ends_on: dt.date) -> list[Row]:
    """Every promised gift of which something was outstanding at the end of the day, oldest first.

    Where instalments were changed since, their sum is no longer what was outstanding then, and none is listed.
    """
    promised = {row["promise"]: row for row in _promised_by(ends_on)}
    instalments: dict[int, list[tuple[Instalment, int]]] = {pk: [] for pk in promised}
    for instalment, paid_minor in _instalments(promised, ends_on):
        instalments[instalment.promised_gift_id].append((instalment, paid_minor))
    rows = [_promise(row, instalments[pk]) for pk, row in promised.items()]
    return [row for row in rows if row["outstanding_minor"]]


def _promised_by(ends_on: dt.date) -> list[Row]:
    of_write_offs = Q(transaction__purpose=Purpose.WRITE_OFF) | Q(transaction__reverses__purpose=Purpose.WRITE_OFF)
    rows: Any = (
        LedgerEntry.objects.filter(
            account=RECEIVABLE, transaction__promised_gift__isnull=False, transaction__posted_on__lte=ends_on
        )
        .values(
            "currency",
            promise=F("transaction__promised_gift"),
            reference=F("transaction__promised_gift__public_id"),
            contributor=F("transaction__promised_gift__contributor__name"),
        )
        .annotate(
            promised_minor=Coalesce(Sum("amount_minor", filter=~of_write_offs), 0),
            written_off_minor=-Coalesce(Sum("amount_minor", filter=of_write_offs), 0),
        )
        .order_by("promise")
    )
    return list(rows)


def _instalments(promised: Iterable[int], ends_on: dt.date) -> list[tuple[Instalment, int]]:
    """Each instalment and what was paid of it by that day, payments that were reversed by then left out."""
    booked = LedgerTransaction.objects.filter(posted_on__lte=ends_on, promise_payment__isnull=False)
    standing = booked.filter(purpose=Purpose.PROMISE_PAYMENT).exclude(
        pk__in=booked.filter(reverses__isnull=False).values("reverses")
    )
    by_then = Q(parts__payment__in=standing.values("promise_payment"))
    found = (
        Instalment.objects.filter(promised_gift__in=promised)
        .annotate(paid_by_then=Coalesce(Sum("parts__amount_minor", filter=by_then), 0))
        .order_by("due_on", "number")
    )
    return [(instalment, vars(instalment)["paid_by_then"]) for instalment in found]


def _outstanding(instalment: Instalment, paid_minor: int) -> Row:
    left = instalment.amount_minor - instalment.written_off_minor - instalment.cancelled_minor - paid_minor
    return {"due_on": instalment.due_on.isoformat(), "outstanding_minor": left}


def _promise(row: Row, instalments: list[tuple[Instalment, int]]) -> Row:
    paid_minor = sum(paid for _instalment, paid in instalments)
    outstanding_minor = row["promised_minor"] - row["written_off_minor"] - paid_minor
    listed = [each for each in starmap(_outstanding, instalments) if each["outstanding_minor"]]
    is_as_it_was = sum(each["outstanding_minor"] for each in listed) == outstanding_minor
    return {
        "reference": row["reference"],
        "contributor": row["contributor"],
        "currency": row["currency"],
        "promised_minor": row["promised_minor"],
        "paid_minor": paid_minor,
        "written_off_minor": row["written_off_minor"],
        "outstanding_minor": outstanding_minor,
        "instalments": listed if is_as_it_was else [],
    }


# Receipts and rates


def _receipts(begins_on: dt.date, ends_on: dt.date) -> list[Row]:
    """Per issuer and year of numbering: how many were issued, from which number to which, and which were voided."""
    issued, voided = _within("issued_at", begins_on, ends_on), _within("voided_at", begins_on, ends_on)
    rows = (
        Receipt.objects.filter(issued | voided)
        .values("year", entity_code=F("entity__code"))
        .annotate(
            issued=Count("pk", filter=issued),
            first=Min("sequence", filter=issued),
            last=Max("sequence", filter=issued),
            voided=ArrayAgg("number", filter=voided, order_by="sequence", default=[]),
        )
        .order_by("entity_code", "year")
    )
    return [
        {
            "entity": row["entity_code"],
            "year": row["year"],
            "issued": row["issued"],
            "first": row["first"],
            "last": row["last"],
            "voided": list(row["voided"]),
        }
        for row in rows
    ]


def _within(moment: str, begins_on: dt.date, ends_on: dt.date) -> Q:
    begin, end = (dt.datetime.combine(day, dt.time(), dt.UTC) for day in (begins_on, ends_on + dt.timedelta(days=1)))
    return Q(**{f"{moment}__gte": begin, f"{moment}__lt": end})


def _applied_rates(begins_on: dt.date, ends_on: dt.date) -> list[Row]:
    """The rates by which Stripe turned gifts into the currency of the balance: how many, the lowest, the highest."""
    rows = (
        LedgerEntry.objects.filter(
            Period(begins_on, ends_on).during(),
            account=Account.STRIPE_BALANCE,
            transaction__exchange_rate__isnull=False,
            transaction__donation__isnull=False,
        )
        .values(of=F("transaction__donation__currency"), into=F("currency"))
        .annotate(
            count=Count("pk"), lowest=Min("transaction__exchange_rate"), highest=Max("transaction__exchange_rate")
        )
        .order_by("of", "into")
    )
    return [
        {
            "of": row["of"],
            "into": row["into"],
            "count": row["count"],
            "lowest": f"{row['lowest'].normalize():f}",
            "highest": f"{row['highest'].normalize():f}",
        }
        for row in rows
    ]


def _published_rates(currencies: set[str], ends_on: dt.date) -> list[Row]:
    """What the UN's treasury said a dollar was worth on the last day, of each currency in the report."""
    found = rates_on((currency, ends_on) for currency in currencies if currency != USD)
    return [
        {
            "currency": rate.currency,
            "units_per_usd": f"{rate.units_per_usd.normalize():f}",
            "valid_from": rate.valid_from.isoformat(),
            "source": rate.source,
        }
        for _key, rate in sorted(found.items())
    ]


def _heap(heap: StillOpen) -> Row:
    return {
        "what": heap.name,
        "count": heap.count,
        "listed": [
            {
                "reference": item.reference,
                "day": item.day.isoformat() if item.day else None,
                "currency": item.currency,
                "amount_minor": item.amount_minor,
            }
            for item in heap.listed
        ],
    }
