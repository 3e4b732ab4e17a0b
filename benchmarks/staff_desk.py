"""What a process of the portal can be asked about the office of one database (see `benchmarks.portal`).

It is signed in as a superuser with both factors.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Max, Min
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.http import urlencode

from benchmarks.budgets import WrongAnswerError
from benchmarks.stage import cpu_seconds
from blueheart.admin import moments
from tests.office.factories import desk_of

Acts = dict[str, Callable[..., Any]]
NAME = "bench"  # of the staff who ask
# How a row is found by an address, for the lists that search addresses.
MAILS = {
    "pledges.Pledge": "email",
    "pledges.SuspectedPledge": "email",
    "pledges.PledgingBody": "pledge.email",
    "pledges.Fulfilment": "pledge.email",
    "pledges.HeartPhoto": "pledge.email",
    "pledges.HeartReport": "pledge.email",
    "donations.Donor": "email",
    "donations.Donation": "donor.email",
    "donations.MonthlyGift": "donor.email",
}


@contextlib.contextmanager
def ready() -> Iterator[Acts]:
    """The acts. They stand in no transaction, as requests of staff stand in none: a list asks for plans of its own."""
    user, _made = User.objects.get_or_create(username=NAME, is_staff=True, is_superuser=True)
    client = desk_of(user)
    client.defaults["HTTP_HOST"] = "localhost"
    yield {act.__name__: partial(act, client) for act in (cookies, lists, cost, queries)}


def cookies(client: Any) -> dict[str, str]:
    """By which servers of the same database know the same member of staff."""
    return {name: morsel.value for name, morsel in client.cookies.items()}


def lists(client: Any, only: list[str]) -> dict[str, dict[str, list[Any]]]:
    """The pages of every list, by the name of its model; of those in `only`, where it names any."""
    registered = sorted(admin.site._registry.items(), key=lambda pair: pair[0]._meta.label)
    wanted = [pair for pair in registered if not only or pair[0]._meta.label in only]
    return {model._meta.label: _pages(client, model, desk) for model, desk in wanted}


def _pages(client: Any, model: Any, desk: Any) -> dict[str, list[Any]]:
    """Address and number of rows of each page that is asked for."""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    pages = {"first page": [address, _checked(client, address)]}
    row = _middle(model, desk)
    if row is not None:
        path = _searched(model, desk)
        term = _value(row, path) if path else ""
        if term:
            page = f"{address}?{urlencode({'q': term})}"
            pages["search by mail" if "@" in term else "search"] = [page, _checked(client, page, {path: term})]
        moment = getattr(desk, "moments", "")
        if moment and getattr(row, moment):
            page = f"{address}?{urlencode(_month_of(model, moment, getattr(row, moment)))}"
            pages["date"] = [page, _checked(client, page)]
            if not pages["date"][1]:
                raise WrongAnswerError(f"{page} shows nothing")
    return pages


def _checked(client: Any, address: str, searched: dict[str, str] | None = None) -> int:
    """How many rows the page shows; raises where it does not answer, or shows none that were searched."""
    answer = client.get(address)
    if answer.status_code != 200:
        raise WrongAnswerError(f"{address} answers {answer.status_code}")
    context = getattr(answer, "context_data", None) or {}
    found = list(context["cl"].result_list) if "cl" in context else []  # none: a page of its own, of no rows
    for path, term in (searched or {}).items():
        if not any(_value(row, path) == term for row in found):
            raise WrongAnswerError(f"{address} does not find it")
    return len(found)


def _middle(model: Any, desk: Any) -> Any:
    request = RequestFactory().get("/")
    request.user = User.objects.get(username=NAME)
    rows = desk.get_queryset(request)
    ends = model._base_manager.aggregate(first=Min("pk"), last=Max("pk"))
    if not isinstance(ends["first"], int):
        return rows.first()
    mail = MAILS.get(model._meta.label)
    if mail:
        rows = rows.exclude(**{mail.replace(".", "__"): ""})
    return rows.filter(pk__gte=(ends["first"] + ends["last"]) // 2).order_by("pk").first()


def _searched(model: Any, desk: Any) -> str:
    """Where a row has what finds it: its address where the list searches those, else the first field searched."""
    path = MAILS.get(model._meta.label, "")
    if path or not desk.search_fields or model._meta.label == "pledges.QuietAddress":
        return path
    return str(desk.search_fields[0]).lstrip("=^@").removesuffix("__startswith").replace("__", ".")


def _value(row: Any, path: str) -> str:
    value = row
    for name in path.split("."):
        value = getattr(value, name)
    return str(value or "")


def _month_of(model: Any, name: str, moment: Any) -> dict[str, str]:
    """The month of the row, as the links above the list say it."""
    day = moments._day(moment)
    since, until = moments._month(day)
    is_moment = model._meta.get_field(name).get_internal_type() == "DateTimeField"
    return {f"{name}__gte": moments._text(since, is_moment), f"{name}__lt": moments._text(until, is_moment)}


def cost(client: Any, label: str, path: str, rows: int, times: int) -> list[float]:
    """Milliseconds of the quickest request: its CPU, ours and PostgreSQL's, and its wall; of a page of so many rows.

    Whatever else the machine does can only make one slower, in CPU too: others wash its caches out.
    """
    desk = admin.site._registry[apps.get_model(label)]
    usual, desk.list_per_page = desk.list_per_page, max(rows, 1)
    client.get(path)
    backend = connection.connection.info.backend_pid
    costs, walls = [], []
    for _turn in range(times):
        began, cpu = time.perf_counter(), time.process_time() + cpu_seconds(backend)
        client.get(path)
        walls.append(time.perf_counter() - began)
        costs.append(time.process_time() + cpu_seconds(backend) - cpu)
    desk.list_per_page = usual
    return [min(costs) * 1000, min(walls) * 1000]


def queries(client: Any, label: str, path: str, rows: int) -> int:
    """How many queries a page of so many rows asks."""
    desk = admin.site._registry[apps.get_model(label)]
    usual, desk.list_per_page = desk.list_per_page, max(rows, 1)
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
    desk.list_per_page = usual
    return len(asked)
