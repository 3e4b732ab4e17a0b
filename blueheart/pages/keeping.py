"""What a process found out about content, kept until content changes: another reading would find the same.

For public pages: the page cache keeps them by the same version, so what they are made of must not be older. What a form
that is posted reads, and may be a second old, is kept by `blueheart.lately`, which asks nothing.
"""

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from threading import Lock
from typing import Any, NamedTuple, ParamSpec, TypeVar

from django.db import connection
from django.utils import timezone

from blueheart.languages import page_language
from blueheart.pages.moments import next_moment
from blueheart.pages.noting import CONTENT

P = ParamSpec("P")
T = TypeVar("T")

MOST = 1024  # findings, of all kinds together: each is some rows
# A sum may be reached twice, once before a backup is restored and once after: the transaction's number is another one.
VERSION = """
    SELECT coalesce(sum(changes), 0)::bigint, coalesce(max(xmin::text::bigint), 0) FROM pages_version WHERE topic = %s
"""


class Found(NamedTuple):
    """A finding, the version of the content that it was read from, and the moment at which it may be another."""

    version: tuple[str, int, int]
    until: dt.datetime | None
    value: Any


_kept: OrderedDict[Hashable, Found] = OrderedDict()
_lock = Lock()


def kept_while_content_stays(read: Callable[P, T]) -> Callable[P, T]:
    """Let the function read content once for each of its arguments and each language, then again when any changed.

    For what content says and nothing else: no settings, no tallies. Its result is shared by all requests of the
    process: it is made of values and of rows that were fetched, and whoever gets it leaves it as it is. One query says
    whether it is still true, and nothing is kept in a transaction, which sees what others do not.
    """

    @wraps(read)
    def reading(*args: P.args, **kwargs: P.kwargs) -> T:
        version = _version()
        if version is None:
            return read(*args, **kwargs)
        key = (read, page_language(), args, tuple(kwargs.items()))
        found = _kept.get(key)
        now = timezone.now()
        if found is None or found.version != version or (found.until is not None and found.until <= now):
            found = Found(version, next_moment(now), read(*args, **kwargs))
            _keep(key, found)
        value: T = found.value
        return value

    return reading


def _version() -> tuple[str, int, int] | None:
    """The version of this database's content; None where nothing may be kept.

    It is read before the content: what changes in between is found to be another version by whoever asks next.
    """
    if connection.in_atomic_block:
        return None
    with connection.cursor() as cursor:
        cursor.execute(VERSION, [CONTENT])
        changes, transaction = cursor.fetchone()
    return str(connection.settings_dict["NAME"]), changes, transaction


def _keep(key: Hashable, found: Found) -> None:
    with _lock:
        _kept[key] = found
        _kept.move_to_end(key)
        while len(_kept) > MOST:
            _kept.popitem(last=False)
