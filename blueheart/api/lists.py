"""Answers as JSON or CSV: lists in pages that keep their place whatever is added or removed, and single rows."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar, get_origin

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from ninja import Schema
from ninja.errors import HttpError

from blueheart.api.schemas import ListWish, Page, Wish, schema_in
from blueheart.tables import Cell, csv_text

JSON = "application/json; charset=utf-8"
CSV = "text/csv; charset=utf-8"

M = TypeVar("M", bound=Model)
R = TypeVar("R")


class Order(NamedTuple):
    """The one order of a list: by a field that no two rows share, `-` in front for the highest first."""

    field: str

    @property
    def name(self) -> str:
        return self.field.removeprefix("-")

    @property
    def is_downward(self) -> bool:
        return self.field.startswith("-")


class Taken(NamedTuple):
    """One page of a list: its rows, how many the whole list has if that was counted, and the next page's address."""

    rows: list[Any]
    total: int | None
    next: str | None


def take(request: HttpRequest, rows: "QuerySet[M]", order: Order, wish: ListWish) -> Taken:
    """The page that was asked for, in two queries; raises `HttpError` 400 for a cursor that is not one of ours."""
    total = rows.count()
    rows = rows.order_by(order.field)
    if wish.cursor:
        beyond = "lt" if order.is_downward else "gt"
        rows = rows.filter(**{f"{order.name}__{beyond}": _place(request.path, wish.cursor)})
    found = list(rows[: wish.limit + 1])
    shown = found[: wish.limit]
    has_more = len(found) > wish.limit
    return Taken(shown, total, _address_after(request, getattr(shown[-1], order.name)) if has_more else None)


def take_uncounted(
    request: HttpRequest, rows_from: "Callable[[int | None], QuerySet[M]]", key: Callable[[M], int], wish: ListWish
) -> Taken:
    """The same in one query for a list that may have millions of rows, which to count would cost more than its pages.

    `rows_from` gives the rows that follow the one of this key, in their order; all of them from None on.
    """
    place = _place(request.path, wish.cursor) if wish.cursor else None
    found = list(rows_from(place if place is None else int(place))[: wish.limit + 1])
    shown, has_more = found[: wish.limit], len(found) > wish.limit
    return Taken(shown, None, _address_after(request, key(shown[-1])) if has_more else None)


def take_made(request: HttpRequest, made: Sequence[R], key: Callable[[R], str], wish: ListWish) -> Taken:
    """The same for rows that no table holds: they were added up, and stand in the order of a key that none shares."""
    found = list(made)
    if wish.cursor:
        place = str(_place(request.path, wish.cursor))
        found = [row for row in found if key(row) > place]
    shown, has_more = found[: wish.limit], len(found) > wish.limit
    return Taken(shown, len(made), _address_after(request, key(shown[-1])) if has_more else None)


def _signer() -> Signer:
    return Signer(salt="blueheart.api.cursor")


def _place(path: str, cursor: str) -> str | int:
    """Where the list goes on. Signed without a time: the same page has the same next address, and the same ETag."""
    try:
        listed, place = _signer().unsign_object(cursor)
    except (BadSignature, ValueError):
        raise HttpError(400, "cursor: not one that this API gave; begin again without it") from None
    if listed != path:
        raise HttpError(400, "cursor: it belongs to another list; begin again without it")
    kept: str | int = place
    return kept


def _address_after(request: HttpRequest, place: str | int) -> str:
    asked = {name: str(value) for name, value in request.GET.items() if value and name != "cursor"}
    cursor = _signer().sign_object([request.path, place])
    return f"{settings.SITE_URL}{request.path}?{urlencode(asked | {'cursor': cursor})}"


def list_answer(request: HttpRequest, page: Page, wish: Wish, *, csv: Callable[[], str] | None = None) -> HttpResponse:
    """The page as JSON, or as the CSV that `csv` makes of it, else of its items; the next page is in `Link`, too."""
    if wish.format == "csv":
        items: Sequence[Schema] = page.items  # type: ignore[attr-defined] # every list adds it
        kind = schema_in(type(page).model_fields["items"].annotation)
        assert kind  # noqa: S101 -- a page without a schema of its rows is a mistake of ours, which the tests find
        response = HttpResponse(csv() if csv else items_as_csv(kind, items), content_type=CSV)
    else:
        response = HttpResponse(page.model_dump_json(), content_type=JSON)
    response.headers["Content-Language"] = wish.lang
    if page.next:
        response.headers["Link"] = f'<{page.next}>; rel="next"'
    return response


def row_answer(row: Schema, wish: Wish) -> HttpResponse:
    """One row as JSON, or as CSV with a line of names above it."""
    is_csv = wish.format == "csv"
    text = items_as_csv(type(row), [row]) if is_csv else row.model_dump_json()
    response = HttpResponse(text, content_type=CSV if is_csv else JSON)
    response.headers["Content-Language"] = wish.lang
    return response


def counted_answer(row: Schema, wish: Wish, *, csv: str) -> HttpResponse:
    """What was counted just now, as JSON or as the text of `csv`; `as_of` says when.

    The ETag is weak and names the figures: while they stay the same, a later moment is no other answer.
    """
    is_csv = wish.format == "csv"
    response = HttpResponse(csv if is_csv else row.model_dump_json(), content_type=CSV if is_csv else JSON)
    response.headers["Content-Language"] = wish.lang
    response.headers["ETag"] = f'W/"{mark_of(row)}-{wish.format}"'
    return response


def mark_of(row: Schema) -> str:
    """A name for the figures of a row, whenever they were counted."""
    said = row.model_dump_json(exclude={"as_of"})
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def items_as_csv(kind: type[Schema], items: Iterable[Schema]) -> str:
    """Each row in one line; a row within a row gives `outer_inner` columns, a list of rows none (see its own list)."""
    paths = columns(kind)
    return csv_text(["_".join(path) for path in paths], (cells(item, paths) for item in items))


def columns(kind: type[Schema]) -> list[tuple[str, ...]]:
    """Where the cells of a table of such rows come from: the names from the row down to the value."""
    paths: list[tuple[str, ...]] = []
    for name, field in kind.model_fields.items():
        nested = schema_in(field.annotation)
        if nested is None:
            paths.append((name,))
        elif get_origin(field.annotation) is not list:
            paths += [(name, *path) for path in columns(nested)]
    return paths


def cells(item: Schema, paths: Iterable[tuple[str, ...]]) -> list[Cell]:
    """The row's cells: lists and languages in one cell each, separated by spaces."""
    return [_cell(item, path) for path in paths]


def _cell(item: Any, path: tuple[str, ...]) -> Cell:
    for name in path:
        item = getattr(item, name) if item is not None else None
    if isinstance(item, dict):
        return " ".join(f"{name}:{value}" for name, value in item.items())
    if isinstance(item, list):
        return " ".join(str(value) for value in item)
    value: Cell = item
    return value
