"""Statements that took long, in the log: as they were written, without their values.

The time is what the caller waited for: the network, locks and a pooler's queue count. What a server-side cursor works
on while its rows are fetched does not.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db.backends.utils import CursorWrapper

logger = logging.getLogger(__name__)

MOST_CHARACTERS = 2000
# Comments, texts in each of PostgreSQL's spellings, and names in quotes, which stay; what is open goes to the end.
TEXTS = re.compile(
    r"""(?P<name>"[^"]*")|--[^\n]*|/\*.*?\*/|\b[eE]'(?:[^'\\]|\\.|'')*(?:'|$)|'(?:[^']|'')*(?:'|$)"""
    r"""|\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|$)""",
    re.DOTALL,
)
PLACES = re.compile(r"%s(?:, ?%s)+")
ROWS = re.compile(r"(\([^()]*\))(?:, ?\1)+")


class Timed(CursorWrapper):
    """A cursor whose statements are told of where they take longer than SLOW_QUERY_SECONDS."""

    def _execute(self, sql: Any, params: Any, *rest: Any) -> Any:
        begun = perf_counter()
        try:
            return super()._execute(sql, params, *rest)  # type: ignore[misc]
        finally:
            if (seconds := perf_counter() - begun) >= settings.SLOW_QUERY_SECONDS > 0:
                tell(sql, seconds, self.db)

    def _executemany(self, sql: Any, param_list: Any, *rest: Any) -> Any:
        with timing(sql, self.db):
            return super()._executemany(sql, param_list, *rest)  # type: ignore[misc]


@contextmanager
def timing(sql: Any, connection: Any) -> Iterator[None]:
    """Tell of the statement that is run within, if it takes long."""
    begun = perf_counter()
    try:
        yield
    finally:
        if (seconds := perf_counter() - begun) >= settings.SLOW_QUERY_SECONDS > 0:
            tell(sql, seconds, connection)


def tell(sql: Any, seconds: float, connection: Any) -> None:
    """Log a statement; none that the server did not live to answer, for that is an outage."""
    if connection.connection is None or connection.connection.closed:
        return
    logger.warning("a statement took long", extra={"fields": {"seconds": round(seconds, 3), "sql": template(sql)}})


def template(sql: Any) -> str:
    """The statement in one line without the texts in it; lists of placeholders count once."""
    if not isinstance(sql, str):
        return f"a {type(sql).__name__}"  # psycopg2.sql's hold values
    bare = " ".join(TEXTS.sub(lambda found: found["name"] or ("" if found[0][0] in "-/" else "'…'"), sql).split())
    bare = ROWS.sub(r"\1, …", PLACES.sub("%s, …", bare))
    return bare if len(bare) <= MOST_CHARACTERS else f"{bare[:MOST_CHARACTERS]}…"
