"""What a process of the portal can be asked about one database (see `benchmarks.portal`); Django is set up there."""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks import addresses
from benchmarks.budgets import WrongAnswerError
from benchmarks.many_rows import multiply_content
from benchmarks.stage import cpu_seconds

Acts = dict[str, Callable[..., Any]]


@contextlib.contextmanager
def ready() -> Iterator[Acts]:
    """The acts; what pages need and no made-up row gives stands in a transaction that is rolled back."""
    with transaction.atomic():
        with connection.cursor() as cursor:  # all of PostgreSQL's work for us is done by the one backend we measure
            cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        addresses.make_missing_rows()
        yield {"paths": addresses.public, "get": get, "cpu": cpu, "reads": reads, "query_counts": query_counts}
        transaction.set_rollback(True)


def _client() -> Client:
    return Client(headers={"host": "localhost"})


def get(path: str) -> list[Any]:
    """Status, kind and size of the answer."""
    response = _client().get(path)
    return [response.status_code, response["Content-Type"], len(_body(response))]


def cpu(path: str, least_seconds: float) -> float:
    """Milliseconds of CPU per request, of this process and of its PostgreSQL backend; asked for so long at least."""
    client = _client()
    _whole(client, path)
    backend = connection.connection.info.backend_pid
    before, times = time.process_time() + cpu_seconds(backend), 0
    while True:
        _whole(client, path)
        times += 1
        spent = time.process_time() + cpu_seconds(backend) - before
        if spent >= least_seconds:
            return spent / times * 1000


def _whole(client: Client, path: str) -> None:
    """Ask for the page; raises `WrongAnswerError` for anything but a whole one."""
    response = client.get(path)
    if response.status_code != 200 or not _body(response):
        raise WrongAnswerError(f"{path} answers {response.status_code}")


def queries(path: str) -> list[str]:
    """The SQL that the page asks, as it is asked once all that a process keeps is there."""
    client = _client()
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        client.get(path)
    return [query["sql"] for query in asked if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]


def reads(path: str) -> list[int]:
    """The buffers that each query of the page reads, as `EXPLAIN (ANALYZE, BUFFERS)` counts them."""
    return [_buffers(sql) for sql in queries(path) if sql.lstrip(" \n(").startswith(("SELECT", "WITH"))]


def query_counts(each: int) -> dict[str, tuple[int, int]]:
    """How many queries each address asks, with the content as it is and with hundreds of rows of each kind.

    Every second address is asked for an `each` of two, and so on.
    """
    paths = dict(list(addresses.public().items())[::each])
    few = {name: len(queries(path)) for name, path in paths.items()}
    multiply_content()
    return {name: (few[name], len(queries(path))) for name, path in paths.items()}


def _buffers(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + sql.replace("%", "%%"), [])
        plan = cursor.fetchone()[0][0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def _body(response: Any) -> bytes:
    body: bytes = b"".join(response.streaming_content) if response.streaming else response.content
    return body
