"""Closing a month or a year: one person prepares the report, another one signs the same report; then no more is posted.

Days may already be closed, December's before the year's: then the closing is the report and its two signatures alone.
"""

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, transaction
from django.db.models import Min, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.days import utc_today
from blueheart.trail.record import record
from donations import closing_report, ledger
from donations.models import ClosedPeriod, Closing, LedgerTransaction

Kind, Status = Closing.Kind, Closing.Status
YEARS = range(2000, 9999)  # whatever stands in an address: the calendar ends in 9999


class ClosingError(ValueError):
    """It cannot be closed so; the message says why, in the reader's language."""


class ChangedError(ClosingError):
    """The books are no longer as they were prepared: `parts` of the report differ."""

    def __init__(self, parts: list[str]) -> None:
        self.parts = parts
        super().__init__(
            _("The books are no longer as they were prepared. Please prepare the closing again: nothing is lost.")
        )


@dataclass(frozen=True)
class Span:
    """The month or the year that is closed."""

    kind: str
    begins_on: dt.date
    ends_on: dt.date

    @classmethod
    def of_month(cls, year: int, month: int) -> Self:
        last = calendar.monthrange(year, month)[1]
        return cls(Kind.MONTH, dt.date(year, month, 1), dt.date(year, month, last))

    @classmethod
    def of_year(cls, year: int) -> Self:
        return cls(Kind.YEAR, dt.date(year, 1, 1), dt.date(year, 12, 31))

    @classmethod
    def of(cls, closing: Closing) -> Self:
        return cls(closing.kind, closing.begins_on, closing.ends_on)

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The span that an address names, `2026-03` or `2026`; None where it names none."""
        year, _dash, month = text.partition("-")
        if not (year.isascii() and year.isdigit() and int(year) in YEARS):
            return None
        if not _dash:
            return cls.of_year(int(year))
        is_month = month.isascii() and month.isdigit() and 1 <= int(month) <= 12
        return cls.of_month(int(year), int(month)) if is_month else None

    def __str__(self) -> str:
        return f"{self.begins_on:%Y}" if self.kind == Kind.YEAR else f"{self.begins_on:%Y-%m}"

    def next(self) -> "Span":
        """The month after this one."""
        after = self.ends_on + dt.timedelta(days=1)
        return Span.of_month(after.year, after.month)


def closable() -> list[Span]:
    """The months and years that may be prepared now, oldest first; three queries.

    From the first posting on, what is over and not closed by two persons yet, as far as no earlier month with postings
    is open.
    """
    first = LedgerTransaction.objects.aggregate(day=Min("posted_on"))["day"]
    if first is None:
        return []
    first_open = _first_open_posting()
    last = today = utc_today()
    if first_open:
        last = min(today, Span.of_month(first_open.year, first_open.month).ends_on)
    closed = set(Closing.objects.filter(status=Status.SIGNED).values_list("kind", "ends_on"))
    spans, month = [], Span.of_month(first.year, first.month)
    while month.begins_on <= last:
        spans.append(month)
        if month.begins_on.month == 12:
            spans.append(Span.of_year(month.begins_on.year))
        month = month.next()
    if first_open and first_open.month < 12:  # its year closes what is open of it
        spans.append(Span.of_year(first_open.year))
    return [span for span in spans if (span.kind, span.ends_on) not in closed and span.ends_on < today]


def prepare_closing(span: Span, *, by: AbstractBaseUser, note: str = "", request: HttpRequest | None = None) -> Closing:
    """Write the report of a month or a year down and ask for a second person's signature.

    Where one was prepared before, this one takes its place; the same report of the same person is found again. Raises
    `ClosingError` for days that are not over (UTC), before which a month with postings is open, or that are signed.
    """
    try:
        with transaction.atomic():
            return _prepare(span, by=by, note=note, request=request)
    except IntegrityError as error:
        if "a_period_is_closed_once" not in str(error):
            raise
        raise ClosingError(_("Somebody else has prepared it at this moment.")) from error


@transaction.atomic
def sign_closing(closing: Closing, *, by: AbstractBaseUser, request: HttpRequest | None = None) -> Closing:
    """Sign what somebody else prepared, and close the books through its last day.

    Waits for postings under way, and lets later ones wait until it is decided. Raises `ClosingError`; where the books
    are no longer as they were prepared `ChangedError`: nothing is signed then, and nothing lost.
    """
    asked = _prepared(closing)
    if by.pk == asked.prepared_by_id:
        raise ClosingError(_("Somebody else has to sign what you prepared."))
    ledger.hold_postings()
    span = Span.of(asked)
    _check(span)
    now = closing_report.report_of(span.begins_on, span.ends_on)
    if parts := closing_report.changed_parts(asked.report, now):
        raise ChangedError(parts)
    Closing.objects.filter(pk=asked.pk).update(status=Status.SIGNED, signed_by_id=by.pk, signed_at=timezone.now())
    asked.refresh_from_db()
    if not _is_closed(span):
        ledger.close_period(span.ends_on, by=by, why=asked.note, closing=asked)
    _tell("closing.signed", asked, by, request)
    return asked


@transaction.atomic
def withdraw_closing(
    closing: Closing, *, by: AbstractBaseUser, why: str, request: HttpRequest | None = None
) -> Closing:
    """Take back what was prepared and nobody has signed; it stays to be read. Raises `ClosingError`."""
    asked = _prepared(closing)
    _withdraw(asked, by, why, request)
    return asked


def record_download(closing: Closing, form: str, *, request: HttpRequest) -> None:
    """Leave in the trail that somebody took the report away as a file, and in which form."""
    record("closing.downloaded", target=closing, request=request, detail={"as": form, "status": closing.status})


def check_span(span: Span) -> None:
    """Raise `ClosingError` where these days cannot be prepared now; three queries."""
    _check(span)
    if Closing.objects.filter(kind=span.kind, ends_on=span.ends_on, status=Status.SIGNED).exists():
        raise ClosingError(_("It was closed and signed before."))


def _prepare(span: Span, *, by: AbstractBaseUser, note: str, request: HttpRequest | None) -> Closing:
    before = (
        Closing.objects.select_for_update(of=("self",))
        .filter(kind=span.kind, ends_on=span.ends_on, status=Status.PREPARED)
        .first()
    )
    check_span(span)
    report = closing_report.report_of(span.begins_on, span.ends_on)
    if before and before.prepared_by_id == by.pk and (before.report, before.note) == (report, note):
        return before
    if before:
        _withdraw(before, by, "prepared again", request)
    prepared = Closing.objects.create(
        kind=span.kind, begins_on=span.begins_on, ends_on=span.ends_on, report=report, note=note, prepared_by_id=by.pk
    )
    _tell("closing.prepared", prepared, by, request, why=note)
    return prepared


def _prepared(closing: Closing) -> Closing:
    """The closing, locked; raises `ClosingError` once it has ended."""
    asked = Closing.objects.select_for_update(of=("self",)).get(pk=closing.pk)
    if asked.status == Status.SIGNED:
        raise ClosingError(_("It was signed before."))
    if asked.status == Status.WITHDRAWN:
        raise ClosingError(_("It was withdrawn before."))
    return asked


def _check(span: Span) -> None:
    if span.ends_on >= utc_today():
        raise ClosingError(_("These days are not over yet. Days of the books end at midnight UTC."))
    first_open = _first_open_posting()
    if first_open is not None and first_open < span.begins_on:
        raise ClosingError(
            _("Please close %(month)s first: something is posted there.") % {"month": f"{first_open:%Y-%m}"}
        )


def _withdraw(closing: Closing, by: AbstractBaseUser, why: str, request: HttpRequest | None) -> None:
    closing.status = Status.WITHDRAWN
    closing.save(update_fields=["status"])
    _tell("closing.withdrawn", closing, by, request, why=why)


def _tell(action: str, closing: Closing, by: AbstractBaseUser, request: HttpRequest | None, *, why: str = "") -> None:
    detail: dict[str, Any] = {
        "kind": closing.kind,
        "through": closing.ends_on.isoformat(),
        "sha256": closing_report.digest(closing.report),
    }
    record(action, target=closing, actor=by, why=why, request=request, detail=detail)


def _is_closed(span: Span) -> bool:
    closed = ledger.closed_through()
    return closed is not None and closed >= span.ends_on


def _first_open_posting() -> dt.date | None:
    """The first day on which something is posted and that is not closed; one query."""
    closed = ClosedPeriod.objects.order_by("-closed_through").values("closed_through")[:1]
    open_ones = LedgerTransaction.objects.filter(posted_on__gt=Coalesce(Subquery(closed), Value(dt.date.min)))
    return open_ones.order_by("posted_on").values_list("posted_on", flat=True).first()
