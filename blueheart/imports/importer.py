"""What an app says of a kind of file that it takes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise

from blueheart.csv_files import Problem
from blueheart.imports.models import FileImport

SHOWN = 200  # rows and problems of a preview
Words = str | Promise


@dataclass(frozen=True)
class Preview:
    """What a file says, before anything is written: its first rows as people read them, or all that is wrong in it.

    `facts` are (label, value) about the whole: how much is new, what it replaces.
    """

    columns: Sequence[Words] = ()
    rows: Sequence[Sequence[Any]] = ()
    total: int = 0
    facts: Sequence[tuple[Words, Any]] = ()
    problems: Sequence[Problem] = ()
    problem_count: int = 0


@dataclass(frozen=True)
class Written:
    """What an import brought: in words, the row to go on to, and what undoing it needs."""

    said: str
    row: Model | None = None
    result: dict[str, Any] = field(default_factory=dict)
    warnings: Sequence[str] = ()


@dataclass(frozen=True)
class Acting:
    """Who does it, from which request: for the trail."""

    by: User
    request: HttpRequest


@dataclass(frozen=True)
class Importer:
    """One kind of file.

    `read` looks at a file and writes nothing. `write` runs in the transaction that settles the file and raises
    `RefusedError` where the world has changed since. `undo` takes all of it back or raises `RefusedError`; safe to call
    twice. `form` has a field `file` and the options; what it cleans to must be JSON.
    """

    kind: str
    label: Words
    explained: Words
    permission: str
    form: type[forms.Form]
    most_bytes: int
    read: Callable[[FileImport], Preview]
    write: Callable[[FileImport, Acting], Written]
    undo: Callable[[FileImport, Acting, str], None]
    confirm_label: Words
    into: Callable[[str], Model | None] | None = None
    example: Callable[[str], HttpResponse] | None = None
    stands: Callable[[FileImport], bool] = lambda _file: True


_importers: dict[str, Importer] = {}


def register(importer: Importer) -> None:
    """Offer a kind of file; for an app's `importers.py`."""
    _importers[importer.kind] = importer


def importers() -> list[Importer]:
    """All kinds of files, by name."""
    return [_importers[kind] for kind in sorted(_importers)]


def importer(kind: str) -> Importer:
    """The importer of a kind. Raises KeyError."""
    return _importers[kind]
