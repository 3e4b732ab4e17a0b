"""Counters by scope, key and window of time."""

import time

from django.db import connection
from django.utils.crypto import salted_hmac

from blueheart.limits.models import Counter


def spend(scope: str, key: str, *, limit: int, seconds: int) -> bool:
    """Count one use and tell whether it is still within `limit` uses per window of `seconds`.

    One statement, no lock held on a row that others share for longer than that. The key is stored as an HMAC, so the
    table holds no address. Counts made in a transaction that rolls back are not counted.
    """
    window = int(time.time()) // seconds * seconds
    table = connection.ops.quote_name(Counter._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (scope, key, ends_at, count) VALUES (%s, %s, to_timestamp(%s), 1)"  # noqa: S608 our own table
            " ON CONFLICT (scope, key, ends_at) DO UPDATE SET count = limits_counter.count + 1 RETURNING count",
            [scope, hashed(key), window + seconds],
        )
        (count,) = cursor.fetchone()
    return bool(count <= limit)


def hashed(key: str) -> str:
    """The key as it is stored: it cannot be turned back without our secret."""
    return salted_hmac("blueheart.limits", key, algorithm="sha256").hexdigest()[:32]
