"""What a setting is: its kind, its default and its bounds, declared in the `site_settings.py` of the app that obeys it.

A stored value that no longer fits its declaration counts as not stored: no row can lock anybody out.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.languages import LANGUAGES
from blueheart.money import CURRENCIES, LARGEST_MINOR

Words = str | Promise
CHANGE = "site_settings.change_sitesetting"
SWITCH = "site_settings.switch_sitesetting"
LONGEST_MESSAGE = 400


class Group(models.TextChoices):
    """Under which heading staff find it."""

    SWITCHES = "switches", gettext_lazy("Switches")
    GOALS = "goals", gettext_lazy("Goals of the whole site")
    PLEDGES = "pledges", gettext_lazy("Limits: pledges")
    GIFTS = "gifts", gettext_lazy("Limits: gifts")


@dataclass(frozen=True, kw_only=True, eq=False)
class Setting:
    """One thing that staff may change. Its key is kept in rows and must stay; values are what JSON can hold."""

    key: str
    group: Group
    label: Words
    help: Words = ""

    permission = CHANGE

    @property
    def standard(self) -> Any:
        """The value where nobody has changed it."""
        raise NotImplementedError

    def checked(self, value: Any) -> Any:
        """The value as it is stored. Raises `ValueError` for one that the declaration does not allow."""
        raise NotImplementedError

    def read(self, stored: Any) -> Any:
        """The stored value, or the default where there is none that fits."""
        try:
            return self.standard if stored is None else self.checked(stored)
        except ValueError:
            return self.standard


@dataclass(frozen=True, kw_only=True, eq=False)
class Number(Setting):
    """A whole number from `least` to `most`; the default may be asked for when it is needed."""

    default: int | Callable[[], int]
    least: int
    most: int

    @property
    def standard(self) -> int:
        return self.default() if callable(self.default) else self.default

    def checked(self, value: Any) -> int:
        if type(value) is not int or not self.least <= value <= self.most:
            raise ValueError(_("A whole number from %(least)s to %(most)s.") % {"least": self.least, "most": self.most})
        return value


@dataclass(frozen=True, kw_only=True, eq=False)
class Amount(Setting):
    """An amount of money in one currency, or none: `{"amount_minor": 100, "currency": "USD"}`."""

    @property
    def standard(self) -> None:
        return None

    def checked(self, value: Any) -> dict[str, Any]:
        amount, currency = (value.get("amount_minor"), value.get("currency")) if isinstance(value, dict) else (0, "")
        if type(amount) is not int or not 0 < amount <= LARGEST_MINOR or currency not in CURRENCIES:
            raise ValueError(_("An amount above nothing, with its currency."))
        return {"amount_minor": amount, "currency": currency}


@dataclass(frozen=True, kw_only=True, eq=False)
class Switch(Setting):
    """Off, on, or on until a moment; `notice` is what visitors read where staff have not written it otherwise.

    A switch without a notice does its work in silence.
    """

    notice: Words = ""

    permission = SWITCH

    @property
    def standard(self) -> dict[str, Any]:
        return {"on": False}

    def checked(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict) or type(value.get("on")) is not bool:
            raise ValueError(_("On or off."))
        if not value["on"]:
            return self.standard
        checked: dict[str, Any] = {"on": True}
        if value.get("until"):
            checked["until"] = _moment(value["until"]).isoformat()
        if message := _checked_message(value.get("message") or {}):
            checked["message"] = message
        return checked


S = TypeVar("S", bound=Setting)
_declared: dict[str, Setting] = {}


def declare(setting: S) -> S:
    """Make the setting known. Raises `ValueError` where the key is taken or the default is none that is allowed."""
    if setting.key in _declared:
        raise ValueError(f"two settings are called {setting.key}")
    if setting.standard is not None:
        setting.checked(setting.standard)
    _declared[setting.key] = setting
    return setting


def declared() -> Iterable[Setting]:
    """All settings, by group and in the order in which they were declared."""
    order = list(Group)
    return sorted(_declared.values(), key=lambda setting: order.index(setting.group))


def find(key: str) -> Setting | None:
    """The setting of this key; None where no app declares it, or none does any more."""
    return _declared.get(key)


def until(value: dict[str, Any]) -> dt.datetime | None:
    """When a switch turns itself off; None where somebody has to."""
    return _moment(value["until"]) if value.get("until") else None


def _moment(text: Any) -> dt.datetime:
    moment = parse_datetime(text) if isinstance(text, str) else text
    if not isinstance(moment, dt.datetime) or moment.tzinfo is None:
        raise ValueError(_("A moment with its time zone."))
    return moment


def _checked_message(message: Any) -> dict[str, str]:
    known = dict(LANGUAGES)
    if not isinstance(message, dict) or any(code not in known for code in message):
        raise ValueError(_("A message by language."))
    said = {code: str(message[code]).strip() for code in known if str(message.get(code) or "").strip()}
    if any(len(words) > LONGEST_MESSAGE for words in said.values()):
        raise ValueError(_("A message has at most %(most)s letters.") % {"most": LONGEST_MESSAGE})
    return said
