"""Counters by scope, key and window of time."""

import hmac
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

from blueheart.postgresql.trips import Statement, send

# The function of the migration `0003_refused_forms_count_for_themselves`, which says how it counts. Its values are
# `spending`, its rows the scopes that are over their limit.
SPENDING = (
    "limits_spend(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::boolean[], %s::boolean[], %s, %s, %s, %s)"
)
# The arguments of the function `limits_spend_paced`; their values are `paced`.
PACED = "%s, %s, %s, %s, %s, %s"


@dataclass(frozen=True)
class Use:
    """One use of `scope` by `key`, of which there may be `limit` per window of `seconds`.

    `slots` is for a key that all share: it is counted in so many rows of a scope of its own, each request adds to one
    of them at random, and their sum is what counts. `each_time` counts a repeat too; beyond that limit nothing is
    counted in slots any more, so that one source cannot use up what all share.
    """

    scope: str
    key: str
    limit: int
    seconds: int
    slots: int = 1
    each_time: bool = False


def spend(scope: str, key: str, *, limit: int, seconds: int) -> bool:
    """Count one use and tell whether it is still within `limit` uses per window of `seconds`.

    One statement, no lock held on a row that others share for longer than that. The key is stored as an HMAC, so the
    table holds no address. Counts made in a transaction that rolls back are not counted.
    """
    return not spend_all([Use(scope, key, limit=limit, seconds=seconds)])


def spend_all(uses: Sequence[Use], *, once: Use | None = None) -> frozenset[str]:
    """Count one use of each, in one statement, and return the scopes that are over their limit.

    With `once`, what was within all limits is remembered for the window of `once`: its repeat counts only those uses
    that count `each_time`. The limit of `once` is not looked at. No two uses may share scope and key.
    """
    return frozenset(scope for (scope,) in send(Statement(f"SELECT {SPENDING}", spending(uses, once=once))))


def spending(uses: Sequence[Use], *, once: Use | None = None) -> list[Any]:
    """What `spend_all` tells PostgreSQL now: for an act that asks for more in the same round trip."""
    now = int(time.time())
    remember = once or Use("", "", limit=0, seconds=1)
    memory: list[Any] = [remember.scope, hashed(remember.key) if once else "", _end(now, remember.seconds)]
    columns: list[list[Any]] = [
        [use.scope for use in uses],
        [_row(use) for use in uses],
        [_end(now, use.seconds) for use in uses],
        [use.limit for use in uses],
        [use.each_time for use in uses],
        [use.slots > 1 for use in uses],
    ]
    return [*columns, *memory, once is not None]


def spend_paced(use: Use, *, pause: int) -> bool:
    """Count one use if the last that was counted lies `pause` seconds back, and tell whether it is within the limit.

    Unlike a window, a pause never lets two through at the turn from one to the next. One statement, always the same.
    """
    [(is_within,)] = send(Statement(f"SELECT limits_spend_paced({PACED})", paced(use, pause=pause)))
    return bool(is_within)


def paced(use: Use, *, pause: int) -> list[Any]:
    """What `spend_paced` tells PostgreSQL now: for an act that counts in the round trip of something else."""
    now = time.time()
    return [use.scope, hashed(use.key), now, now + pause, _end(int(now), use.seconds), use.limit]


def seconds_left(seconds: int) -> int:
    """Until the window of so many seconds is over that runs now, and its limit begins anew."""
    now = int(time.time())
    return _end(now, seconds) - now


def hashed(key: str) -> str:
    """The key as it is stored: it cannot be turned back without our secret."""
    keyed = _keyed(settings.SECRET_KEY).copy()
    keyed.update(key.encode())
    return keyed.hexdigest()[:32]


@cache
def _keyed(secret: str) -> hmac.HMAC:
    """Django's salted HMAC, before anything is said: a pledge asks for a dozen."""
    return salted_hmac("blueheart.limits", "", secret=secret, algorithm="sha256")


def _end(now: int, seconds: int) -> int:
    return now // seconds * seconds + seconds


def _row(use: Use) -> str:
    return hashed(f"{use.key} {secrets.randbelow(use.slots)}" if use.slots > 1 else use.key)
