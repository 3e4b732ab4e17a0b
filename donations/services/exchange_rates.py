"""Importing rates of exchange: all of a file or nothing, and never over one that is stored."""

from collections.abc import Sequence
from typing import NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.db.models import Min
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from donations import rate_file
from donations.models import ClosedPeriod, ExchangeRate
from donations.rate_file import Problem, Rate


class Imported(NamedTuple):
    """The keys of new rates, how many were stored before, and what is wrong: then nothing was written."""

    new: tuple[int, ...] = ()
    known: int = 0
    problems: tuple[Problem, ...] = ()


@transaction.atomic
def import_rates(
    data: bytes, *, source: str, by: AbstractBaseUser, file_name: str = "", request: HttpRequest | None = None
) -> Imported:
    """Store the rates of a file as the UN's treasury exports it; safe to call twice with the same file.

    A rate that is stored with another value is a problem: what was published with it must not change.
    """
    rates, problems = rate_file.read(data)
    if problems:
        return Imported(problems=tuple(problems))
    with connection.cursor() as cursor:  # two imports at once: the second one sees what the first has stored
        cursor.execute(f"LOCK TABLE {ExchangeRate._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
    new, problems = against_stored(rates)
    if problems:
        return Imported(problems=tuple(problems))
    stored = ExchangeRate.objects.bulk_create(
        ExchangeRate(
            currency=rate.currency,
            units_per_usd=rate.units_per_usd,
            valid_from=rate.valid_from,
            source=source,
            imported_by_id=by.pk,
        )
        for rate in new
    )
    if new:
        detail = {"file": file_name, "rates": len(new), "days": sorted({rate.valid_from.isoformat() for rate in new})}
        record("exchange-rates.imported", actor=by, request=request, detail=detail)
    return Imported(new=tuple(rate.pk for rate in stored), known=len(rates) - len(new))


@transaction.atomic
def withdraw_rates(keys: Sequence[int], *, why: str, request: HttpRequest) -> int:
    """Let rates that were imported by mistake count no more; the rows stay. Safe to call twice; returns how many.

    Raises `RefusedError` where a month whose books are closed was converted by one of them.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {ExchangeRate._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
    rates = ExchangeRate.objects.standing().filter(pk__in=keys)
    first = rates.aggregate(first=Min("valid_from"))["first"]
    closed = ClosedPeriod.objects.order_by("-closed_through").first()
    if first and closed and first <= closed.closed_through:
        text = _("The books are closed through %(day)s: rates of closed months stay.")
        raise RefusedError(text % {"day": date_format(closed.closed_through)})
    withdrawn = rates.update(withdrawn_at=timezone.now())
    record("exchange-rates.withdrawn", why=why, request=request, detail={"rates": withdrawn})
    return withdrawn


def against_stored(rates: list[Rate]) -> tuple[list[Rate], list[Problem]]:
    """The rates that are not stored yet, and those that are with another value."""
    days = {rate.valid_from for rate in rates}
    stored = {
        (row.currency, row.valid_from): row.units_per_usd
        for row in ExchangeRate.objects.standing().filter(valid_from__in=days)
    }
    new, problems = [], []
    for rate in rates:
        units = stored.get((rate.currency, rate.valid_from))
        if units is None:
            new.append(rate)
        elif units != rate.units_per_usd:
            said = {"currency": rate.currency, "day": rate.valid_from.isoformat(), "units": f"{units.normalize():f}"}
            problems.append(
                Problem(rate.line, _("%(currency)s of %(day)s is stored as %(units)s and cannot be changed.") % said)
            )
    return new, problems
