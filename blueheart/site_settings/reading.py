"""What is set now: all rows in one query, asked for at most once in a request and never kept beyond it."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from blueheart.languages import page_language
from blueheart.postgresql.trips import Statement, send
from blueheart.site_settings import declaring
from blueheart.site_settings.declaring import Amount, Number, Setting, Switch
from blueheart.site_settings.switches import STRICT_FORM_SECONDS, STRICT_MODE, STRICTER_BY

STORED = Statement("SELECT key, value::text FROM site_settings_sitesetting")


@dataclass(frozen=True)
class Notice:
    """What visitors read while a switch is on, in the page's language, and until when it is; None: not known yet."""

    words: str
    until: dt.datetime | None


@dataclass(frozen=True)
class Money:
    """An amount in minor units of its currency."""

    amount_minor: int
    currency: str


class Values:
    """The settings as of one moment."""

    def __init__(self, rows: Mapping[str, Any]) -> None:
        self._rows = rows

    def of(self, setting: Setting) -> Any:
        """The value as JSON holds it."""
        return setting.read(self._rows.get(setting.key))

    def is_changed(self, setting: Setting) -> bool:
        """Whether staff have set it to something."""
        return setting.key in self._rows

    def number(self, setting: Number) -> int:
        return int(self.of(setting))

    def amount(self, setting: Amount) -> Money | None:
        value = self.of(setting)
        return Money(**value) if value else None

    def is_on(self, switch: Switch) -> bool:
        """Whether it is on now: one that is on until a moment is off from then, and nobody has to do anything."""
        value = self.of(switch)
        ends = declaring.until(value)
        return bool(value["on"]) and (ends is None or timezone.now() < ends)

    def notice(self, switch: Switch) -> Notice | None:
        """What to tell visitors where the switch is on; None where it is off."""
        if not self.is_on(switch):
            return None
        value = self.of(switch)
        words = value.get("message", {}).get(page_language()) or str(switch.notice)
        return Notice(words, declaring.until(value))

    def limit(self, setting: Number) -> int:
        """How much one source may do: less in strict mode, and never less than once."""
        number = self.number(setting)
        return max(1, number // self.number(STRICTER_BY)) if self.is_on(STRICT_MODE) else number

    def least_age(self, seconds: int) -> int:
        """How long a form must have been open: so many seconds, and more in strict mode."""
        return max(seconds, self.number(STRICT_FORM_SECONDS)) if self.is_on(STRICT_MODE) else seconds


_of_request: ContextVar[list[Values] | None] = ContextVar("settings_of_request", default=None)


def current() -> Values:
    """What is set now. One query, the first time in a request; outside of requests each time it is asked for."""
    kept = _of_request.get()
    if kept:
        return kept[0]
    values = Values({key: json.loads(value) for key, value in send(STORED)})
    if kept is not None:
        kept.append(values)
    return values


def forget() -> None:
    """Read anew when asked next: something was changed."""
    kept = _of_request.get()
    if kept:
        kept.clear()


@contextmanager
def once() -> Iterator[None]:
    """Within it the settings are read at most once."""
    token = _of_request.set([])
    try:
        yield
    finally:
        _of_request.reset(token)
