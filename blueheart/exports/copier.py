"""Copies the rows of one statement from PostgreSQL to its output: a process of its own, beside the portal's.

The first line of its input says as JSON how to connect and what to copy. When that input ends, whoever started this
has no more use for it: it ends too, and PostgreSQL ends the statement of a client that is gone. Only psycopg2 and the
standard library are imported, so it is there in a moment and weighs little.
"""

import json
import os
import sys
import threading
from typing import Any

import psycopg2

ASIDE = 1 << 18  # bytes that wait to be written while PostgreSQL is asked for more


def main() -> None:
    """Copy; exits with what went wrong, without a word of the rows or of how to connect."""
    asked = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        _copy(asked)
    except psycopg2.Error as error:
        sys.exit(f"{type(error).__name__} {error.pgcode}")
    except BrokenPipeError:
        os._exit(1)  # nobody reads; nor what an interpreter that ends would still flush


def _copy(asked: dict[str, Any]) -> None:
    connection = psycopg2.connect(**asked["connect"])
    connection.set_session(readonly=True)
    with connection, connection.cursor() as cursor, open(1, "wb", buffering=ASIDE) as output:
        for name, value in asked["settings"].items():
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
        cursor.copy_expert(asked["statement"], output)


def _end_with_parent() -> None:
    os.read(0, 1)  # sleeps in the kernel until the other end of the pipe closes, however the parent ends
    os._exit(1)


if __name__ == "__main__":
    main()
