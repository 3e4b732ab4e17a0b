"""The shape of a queue: an app says what waits, what of it is shown and what can be done; the office does the rest."""

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Min, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise

from blueheart.languages import LANGUAGES

Words = str | Promise
MOST = 1000  # counting stops here: a page that is opened all day must not read a million rows


@dataclass(frozen=True)
class Said:
    """Words of somebody, as they were written: shown in their language and its direction."""

    label: Words
    words: str
    language: str = ""

    @property
    def language_name(self) -> str:
        """The language by its own name and code, for whoever reads it by a translator; empty where it is not known."""
        return f"{dict(LANGUAGES)[self.language]} ({self.language})" if self.language in dict(LANGUAGES) else ""


@dataclass(frozen=True)
class Picture:
    """A picture to be looked at, and what its sender says that it shows."""

    url: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True)
class Earlier:
    """What staff decided before about the same person."""

    at: dt.datetime
    by: str
    what: Words


@dataclass(frozen=True)
class Item:
    """What a moderator sees of one row: what the decision needs, and never an address. `url` is its own page."""

    url: str
    said: Sequence[Said] = ()
    picture: Picture | None = None
    facts: Sequence[tuple[Words, Any]] = ()
    earlier: Sequence[Earlier] = ()
    warning: Words = ""


@dataclass(frozen=True)
class Done:
    """That an act was done, and by what name its queue takes it back; empty where nothing can."""

    undo: str = ""


@dataclass(frozen=True)
class Act:
    """One thing to decide: its key and words, what it does, and what is said once it is done.

    `do` gets the locked row, the reason and the request, and answers None where that changed nothing. An act with
    `reasons` wants one of them, one with `asks_why` words that the person concerned will read. One that `warns` is
    asked once more, below what it warns of. `past` names the item as `%(name)s`.
    """

    name: str
    key: str
    label: Words
    past: Words
    do: Callable[[Any, str, HttpRequest], Done | None]
    reasons: Sequence[tuple[str, Words]] = ()
    asks_why: Words = ""
    warns: Words = ""
    is_default: bool = False
    applies: Callable[[Any], bool] = field(default=lambda _row: True)


@dataclass(frozen=True)
class Queue:
    """One kind of things that wait for a person.

    `rows` are those that wait, in the order in which they are worked on; `since` names the field that says how long.
    `locked` fetches one for deciding, in the order of locks that its app keeps. `state` is what the decision is about,
    and what it leaves: nothing is approved that says something else by now. `undo` gets the row, the name of the way
    back and the request. `one` names an item by its `%(name)s`, which `name_of` tells: a
    number or a code, for it is kept.
    """

    name: str
    label: Words
    one: Words
    name_of: Callable[[Any], str]
    about: Words
    permissions: Sequence[str]
    rows: "Callable[[], QuerySet[Any]]"
    since: str
    shown: Callable[[Any], Item]
    state: Callable[[Any], Sequence[object]]
    locked: Callable[[int], Any]
    acts: Sequence[Act] = ()
    undo: Callable[[Any, str, HttpRequest], bool] = field(default=lambda _row, _how, _request: False)
    elsewhere: Words = ""

    def may_work(self, user: User) -> bool:
        """Whether this person may decide here."""
        return any(user.has_perm(permission) for permission in self.permissions)

    def waiting(self) -> tuple[int, dt.datetime | None]:
        """How many wait, counted up to `MOST`, and since when the oldest of them does; one query."""
        found = self.rows()[:MOST].aggregate(number=Count("pk"), since=Min(self.since))
        return found["number"], found["since"]

    def seal(self, row: Any) -> str:
        """A short digest of the row's state, to tell whether it is what somebody read."""
        said = repr([str(part) for part in self.state(row)])
        return hashlib.sha256(said.encode()).hexdigest()[:32]
