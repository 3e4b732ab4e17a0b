"""One statement in one round trip, for what may as well be run twice."""

from collections.abc import Sequence
from typing import Any

from django.db import InterfaceError, OperationalError, connection


def run_repeatable(statement: str, values: Sequence[Any]) -> int:
    """Run a statement that does no harm when it is run again, and return how many rows it touched.

    Before a request uses a connection Django asks whether it still lives (CONN_HEALTH_CHECKS), and our backend asks its
    socket, which cannot know of every death. This one is sent without asking. Where the connection has died since then,
    a new one runs it again: the first may have been carried out before it was cut off, hence "repeatable".
    """
    connection.health_check_done = True  # type: ignore[attr-defined]  # django-stubs lacks it
    try:
        return _run(statement, values)
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block or not _is_dead():
            raise
        connection.close()
        return _run(statement, values)


def _run(statement: str, values: Sequence[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def _is_dead() -> bool:
    return connection.connection is None or bool(connection.connection.closed)
