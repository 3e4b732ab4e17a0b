"""What the query of an address asks for."""

from collections.abc import Sequence
from typing import Any, TypeVar, overload

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest

M = TypeVar("M", bound=Model)
Row = TypeVar("Row")

LONGEST_NUMBER = 6  # digits


def asked(request: HttpRequest, name: str) -> str:
    """What the parameter says, or nothing; without NUL, which PostgreSQL takes in no text."""
    return request.GET.get(name, "").replace("\0", "")


def asks_for_csv(request: HttpRequest) -> bool:
    return asked(request, "format") == "csv"


@overload
def page_of(request: HttpRequest, rows: "QuerySet[M]", per_page: int) -> "Page[M]": ...
@overload
def page_of(request: HttpRequest, rows: Sequence[Row], per_page: int) -> "Page[Row]": ...
def page_of(request: HttpRequest, rows: "QuerySet[Any] | Sequence[Any]", per_page: int) -> "Page[Any]":
    """The page of rows that the address numbers, or the first. Raises `Http404` for one that is not there."""
    paginator = Paginator(rows, per_page)
    number = request.GET.get("page", "1")
    if not (number.isascii() and number.isdecimal() and len(number) <= LONGEST_NUMBER):
        raise Http404
    if not 1 <= int(number) <= paginator.num_pages:
        raise Http404
    return paginator.page(int(number))
