"""Years, months and days above a list, as links: made from its oldest and newest row, with no scan between them."""

import calendar
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import DateTimeField, Max, Min, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _

Span = tuple[dt.date, dt.date]


@dataclass(frozen=True)
class MomentLink:
    """A span of days to choose; `query` is its part of the address, and nothing where it is the one chosen."""

    title: str
    query: Mapping[str, str] | None


@dataclass(frozen=True)
class MomentLinks:
    """The way back to the wider span, and the spans within the one that is shown."""

    back: MomentLink | None
    choices: list[MomentLink]


def links(rows: QuerySet[Any], name: str, params: Mapping[str, str]) -> MomentLinks | None:
    """The links for the rows of a list by one of its fields, or nothing where there are no rows; one query.

    What is chosen stands in the address as a half-open range, `<field>__gte` and `<field>__lt`.
    """
    ends = rows.order_by().aggregate(first=Min(name), last=Max(name))
    if ends["first"] is None:
        return None
    is_moment = isinstance(rows.model._meta.get_field(name), DateTimeField)
    first, last = (_day(ends[end]) for end in ("first", "last"))
    chosen = _chosen(name, params)

    def link(span: Span, title: str) -> MomentLink:
        return MomentLink(title, {f"{name}__gte": _text(span[0], is_moment), f"{name}__lt": _text(span[1], is_moment)})

    everything = MomentLink(_("All dates"), {})
    if chosen is None:
        is_custom = any(key in params for key in (f"{name}__gte", f"{name}__lt", f"{name}__gt", f"{name}__lte"))
        back = everything if is_custom else None
        return MomentLinks(back, [link(span, _title(span)) for span in _years(first, last)])
    if _is_day(chosen):
        month = _month(chosen[0])
        return MomentLinks(link(month, _title(month)), [MomentLink(_title(chosen), None)])
    if _is_year(chosen):
        return MomentLinks(everything, [link(span, _title(span)) for span in _months(chosen, first, last)])
    year = (dt.date(chosen[0].year, 1, 1), dt.date(chosen[0].year + 1, 1, 1))
    return MomentLinks(link(year, _title(year)), [link(span, _title(span)) for span in _days(chosen, first, last)])


def _chosen(name: str, params: Mapping[str, str]) -> Span | None:
    """The year, month or day that the address names; None for no range and for any other."""
    since, until = _parsed(params.get(f"{name}__gte", "")), _parsed(params.get(f"{name}__lt", ""))
    if since is None or until is None:
        return None
    span = (since, until)
    is_month = since.day == 1 and span == _month(since)
    return span if is_month or _is_year(span) or _is_day(span) else None


def _parsed(text: str) -> dt.date | None:
    try:
        moment = parse_datetime(text)
        return _day(moment) if moment else parse_date(text)
    except ValueError:
        return None


def _day(value: dt.date) -> dt.date:
    if not isinstance(value, dt.datetime):
        return value
    return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()


def _text(day: dt.date, is_moment: bool) -> str:
    if not is_moment:
        return day.isoformat()
    return timezone.make_aware(dt.datetime.combine(day, dt.time())).isoformat()


def _is_day(span: Span) -> bool:
    return span[1] - span[0] == dt.timedelta(days=1)


def _is_year(span: Span) -> bool:
    return span == (dt.date(span[0].year, 1, 1), dt.date(span[0].year + 1, 1, 1))


def _month(day: dt.date) -> Span:
    first = day.replace(day=1)
    return first, first + dt.timedelta(days=calendar.monthrange(day.year, day.month)[1])


def _years(first: dt.date, last: dt.date) -> Iterator[Span]:
    """The newest first: that is where one looks."""
    for year in range(last.year, first.year - 1, -1):
        yield dt.date(year, 1, 1), dt.date(year + 1, 1, 1)


def _months(year: Span, first: dt.date, last: dt.date) -> Iterator[Span]:
    spans = (_month(dt.date(year[0].year, month, 1)) for month in range(1, 13))
    return (span for span in spans if span[1] > first and span[0] <= last)


def _days(month: Span, first: dt.date, last: dt.date) -> Iterator[Span]:
    days = (month[0] + dt.timedelta(days=turn) for turn in range((month[1] - month[0]).days))
    return ((day, day + dt.timedelta(days=1)) for day in days if first <= day <= last)


def _title(span: Span) -> str:
    if _is_day(span):
        return date_format(span[0], "MONTH_DAY_FORMAT")
    return str(span[0].year) if _is_year(span) else date_format(span[0], "YEAR_MONTH_FORMAT")
