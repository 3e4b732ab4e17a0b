"""Rows about one person, for that person: as a record for programs, and labelled for reading."""

import datetime as dt
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from blueheart.languages import page_language
from blueheart.money import CURRENCIES, format_amount

Json = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One row in words, and what hangs on it. `values` are (name, label, stored, shown)."""

    name: str
    title: str
    values: list[tuple[str, str, Any, str]]
    parts: list["Part"] = field(default_factory=list)


def part_of(name: str, row: Model, *, left_out: Collection[str], parts: list[Part] | None = None) -> Part:
    """The row's filled fields, without those that are `left_out`; a row it points to must be fetched with it."""
    values = []
    for field_ in row._meta.concrete_fields:
        stored = getattr(row, field_.name) if field_.name not in left_out else None
        if stored not in (None, ""):
            label = _label(str(field_.verbose_name))
            values.append((field_.name, label, _stored(stored), _shown(row, field_.name, stored)))
    return Part(name, str(row._meta.verbose_name), values, parts or [])


def as_json(parts: Iterable[Part]) -> Json:
    """Parts of one name as a list under that name."""
    found: Json = {}
    for part in parts:
        values = {name: stored for name, _label, stored, _shown in part.values}
        found.setdefault(part.name, []).append(values | as_json(part.parts))
    return found


def _label(verbose_name: str) -> str:
    """Without "minor units": amounts are shown as people write them."""
    return re.split("[,،，、]", verbose_name)[0]


def _stored(value: Any) -> Any:
    if isinstance(value, Model):
        return str(value)
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _shown(row: Model, name: str, value: Any) -> str:
    currency = getattr(row, "currency", None)
    if name.endswith("_minor") and currency in CURRENCIES:
        return format_amount(value, currency, page_language())
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dt.datetime):
        return f"{date_format(value.astimezone(dt.UTC), 'DATETIME_FORMAT')} (UTC)"
    if isinstance(value, dt.date):
        return date_format(value, "DATE_FORMAT")
    if isinstance(value, dict):
        return ", ".join(f"{key}: {said}" for key, said in value.items() if said not in ("", None, []))
    named = getattr(row, f"get_{name}_display", None)
    return str(named() if named else value)
