"""What the office's lists cost at size, against the same lists over thousands: every change list that is registered.

    python -m benchmarks.office_at_size SMALL BIG [--rounds N] [--requests N] [--only WORDS]

Both are databases that `manage.py seed_load` made on the portal's server, such as of 5,000 pledges and 5,000 gifts, and
of 5,000,000 and 1,000,000. Each is served by a process of its own and asked in turns, for the first page, for one row
by the address or value that finds it, and for one month. First it is checked that each page answers 200, and that the
row searched for is on it. Where the small database has less than a page of rows, both show as many: what is compared is
the finding, not the printing. CPU is that of the process and of its PostgreSQL backend together, per request.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

MOST_RATIO, NOISE_MS, ATTEMPTS = 1.5, 2.0, 3
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


class Served:
    """A process that answers for one database."""

    def __init__(self, database: str) -> None:
        command = [sys.executable, "-m", "benchmarks.office_at_size", "--serve", database]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **wish: Any) -> Any:
        self.process.stdin.write(json.dumps(wish) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait(30)


def serve(database: str) -> None:
    """Answer wishes, a line each, until the input ends."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blueheart.settings")
    import django  # noqa: PLC0415

    django.setup()
    from django.db import connection  # noqa: PLC0415

    connection.settings_dict["NAME"] = database
    client = _staff()
    acts = {"lists": _lists, "cost": _cost}
    for line in sys.stdin:
        wish = json.loads(line)
        sys.stdout.write(json.dumps(acts[wish.pop("act")](client, **wish)) + "\n")
        sys.stdout.flush()


def _staff() -> Any:
    """A browser of a superuser who has shown a second factor."""
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django_otp import DEVICE_ID_SESSION_KEY  # noqa: PLC0415
    from django_otp.plugins.otp_totp.models import TOTPDevice  # noqa: PLC0415

    user, _made = User.objects.get_or_create(username=NAME, is_staff=True, is_superuser=True)
    device, _made = TOTPDevice.objects.get_or_create(user=user, name="phone")
    client = Client(headers={"host": "localhost"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    return client


def _lists(client: Any) -> dict[str, dict[str, list[Any]]]:
    """The pages of every list, by the name of its model."""
    from django.contrib import admin  # noqa: PLC0415

    registered = sorted(admin.site._registry.items(), key=lambda pair: pair[0]._meta.label)
    return {model._meta.label: _pages(client, model, desk) for model, desk in registered}


def _pages(client: Any, model: Any, desk: Any) -> dict[str, list[Any]]:
    """Address and number of rows of each page that is asked for."""
    from django.urls import reverse  # noqa: PLC0415
    from django.utils.http import urlencode  # noqa: PLC0415

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
                raise ValueError(f"{page} shows nothing")
    return pages


def _checked(client: Any, address: str, searched: dict[str, str] | None = None) -> int:
    """How many rows the page shows; raises `ValueError` where it does not answer, or shows none that were searched."""
    answer = client.get(address)
    if answer.status_code != 200:
        raise ValueError(f"{address} answers {answer.status_code}")
    context = getattr(answer, "context_data", None) or {}
    found = list(context["cl"].result_list) if "cl" in context else []  # none: a page of its own, of no rows
    for path, term in (searched or {}).items():
        if not any(_value(row, path) == term for row in found):
            raise ValueError(f"{address} does not find it")
    return len(found)


def _middle(model: Any, desk: Any) -> Any:
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.db.models import Max, Min  # noqa: PLC0415
    from django.test import RequestFactory  # noqa: PLC0415

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
    from blueheart.admin import moments  # noqa: PLC0415

    day = moments._day(moment)
    since, until = moments._month(day)
    is_moment = model._meta.get_field(name).get_internal_type() == "DateTimeField"
    return {f"{name}__gte": moments._text(since, is_moment), f"{name}__lt": moments._text(until, is_moment)}


def _cost(client: Any, label: str, path: str, rows: int, times: int) -> tuple[float, float]:
    """Milliseconds of CPU per request, and of wall of the quickest one, of a page of so many rows."""
    from django.apps import apps  # noqa: PLC0415
    from django.contrib import admin  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    desk = admin.site._registry[apps.get_model(label)]
    usual, desk.list_per_page = desk.list_per_page, max(rows, 1)
    client.get(path)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    cpu, walls = time.process_time() + _cpu_of(backend), []
    for _turn in range(times):
        began = time.perf_counter()
        client.get(path)
        walls.append(time.perf_counter() - began)
    cpu = time.process_time() + _cpu_of(backend) - cpu
    desk.list_per_page = usual
    return cpu / times * 1000, min(walls) * 1000


def _cpu_of(pid: int) -> float:
    """Seconds that a process has run; to the nanosecond, for a list costs PostgreSQL a millisecond or two."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def compare(small: Served, big: Served, *, rounds: int, requests: int, only: str) -> bool:
    """Print a line per page; returns whether all are within the budget."""
    lists = [served.ask(act="lists") for served in (small, big)]
    print(f"{'list':34} {'page':15} {'rows':>4} {'CPU ms':>15} {'ratio':>5} {'min–max':>11} {'wall':>5}")  # noqa: T201
    met, pages = True, 0
    for label, of_small in lists[0].items():
        of_big = lists[1][label]
        for name, (path, shown) in of_small.items():
            if only not in f"{label} {name}" or name not in of_big:
                continue
            pages += 1
            rows = min(shown, of_big[name][1])
            asked = ((small, path), (big, of_big[name][0]))
            costs: list[list[tuple[float, float]]] = []
            for _again in range(ATTEMPTS):  # a busy machine makes the wall of a round long; it is asked again
                for _round in range(rounds):
                    costs.append([s.ask(act="cost", label=label, path=p, rows=rows, times=requests) for s, p in asked])
                if _is_met(costs):
                    break
            _report(label, name, rows, costs)
            met = met and _is_met(costs)
    print(f"{pages} pages of {len(lists[0])} lists: {'all met' if met else 'NOT ALL MET'}")  # noqa: T201
    return met and bool(pages)


def _walls(costs: list[list[tuple[float, float]]]) -> list[float]:
    """The quickest requests of both: whatever else the machine does can only make one slower."""
    return [min(cost[place][1] for cost in costs) for place in (0, 1)]


def _is_met(costs: list[list[tuple[float, float]]]) -> bool:
    """Whether CPU and wall are within the budget, or further apart by no more than noise."""
    ratio, more = median(b[0] / a[0] for a, b in costs), median(b[0] - a[0] for a, b in costs)
    small, big = _walls(costs)
    return (ratio <= MOST_RATIO or more <= NOISE_MS) and (big / small <= MOST_RATIO or big - small <= NOISE_MS)


def _report(label: str, name: str, rows: int, costs: list[list[tuple[float, float]]]) -> None:
    ratios = [big[0] / small[0] for small, big in costs]
    small, big = _walls(costs)
    cpu = f"{median(small[0] for small, _big in costs):.1f}→{median(big[0] for _small, big in costs):.1f}"
    print(  # noqa: T201
        f"{label:34} {name:15} {rows:4} {cpu:>15} {median(ratios):5.2f} {min(ratios):5.2f}–{max(ratios):.2f}"
        f" {big / small:5.2f}  {'met' if _is_met(costs) else 'NOT MET'}",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("databases", nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=4)
    parser.add_argument("--only", default="", metavar="WORDS", help="such as donations.Donation")
    parser.add_argument("--serve", metavar="DATABASE", help=argparse.SUPPRESS)
    wish = parser.parse_args()
    if wish.serve:
        serve(wish.serve)
        return 0
    small, big = (Served(name) for name in wish.databases)
    try:
        return 0 if compare(small, big, rounds=wish.rounds, requests=wish.requests, only=wish.only) else 1
    finally:
        small.end()
        big.end()


if __name__ == "__main__":
    sys.exit(main())
