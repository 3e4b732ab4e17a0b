"""Taking many pledges out of the count and putting them back, as the worker does, asked line by line.

`benchmarks.recounting_hearts` starts this as a process of its own.
"""

import datetime as dt
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402  Django is set up first
from django.db import connection  # noqa: E402
from django.db.models import Max  # noqa: E402
from django.test import RequestFactory  # noqa: E402

from pledges.models import InvalidationCase, Pledge, PledgeTally  # noqa: E402
from pledges.services import counting, invalidation  # noqa: E402


def invalidate(count: int) -> dict[str, Any]:
    """Open a case about pledges of the middle, so many, have the worker run it and undo it; its seconds, and the hearts
    that the tallies told before, between and in the end.

    The newest may be those that other measurements left behind, most of them never confirmed.
    """
    ada = User.objects.get_or_create(username="bench", defaults={"is_active": False})[0]
    request = RequestFactory().post("/")
    request.user = ada
    first, last = _moments(count)
    case = InvalidationCase.objects.create(
        title="A flood", why="measured", opened_by=ada, is_only_suspected=False, made_from=first, made_until=last
    )
    told = [_told()]
    invalidation.count(case)
    invalidation.begin(case_id=case.pk, request=request)
    seconds = _work_off()
    told.append(_told())
    case.refresh_from_db()
    done = case.done
    invalidation.undo(case_id=case.pk, request=request)
    undone = _work_off()
    told.append(_told())
    case.pledges.all().delete()
    case.delete()
    return {"seconds": seconds, "undone": undone, "done": done, "told": told}


def _moments(count: int) -> tuple[dt.datetime, dt.datetime]:
    """Between which so many of the counted pledges were made, from the middle one on."""
    counted = Pledge.objects.counted()
    middle = (counted.aggregate(last=Max("number"))["last"] or 0) // 2
    first = counted.filter(number__gte=middle).order_by("number").values_list("created_at", flat=True)[0]
    later = counted.filter(created_at__gte=first).order_by("created_at").values_list("created_at", flat=True)
    return first, later[count - 1] + dt.timedelta(microseconds=1)


def _work_off() -> float:
    began = time.perf_counter()
    while invalidation.work():
        pass
    return time.perf_counter() - began


def _told() -> int:
    counting.close_windows()
    return PledgeTally.objects.total()


def backend() -> int:
    """The process of PostgreSQL that serves us."""
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


ACTS: dict[str, Callable[..., Any]] = {"backend": backend, "invalidate": invalidate}


def answer() -> None:
    """Answer wishes, a line each, until the input ends."""
    said = sys.stdout
    sys.stdout = sys.stderr  # nothing else may speak there
    for line in sys.stdin:
        wish = json.loads(line)
        said.write(json.dumps(ACTS[wish.pop("act")](**wish)) + "\n")
        said.flush()


if __name__ == "__main__":
    answer()
