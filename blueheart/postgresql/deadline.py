"""A deadline for every answer of the database, kept by the client.

The server's own `statement_timeout` cannot help when the server is frozen: its process is stopped, or its disk or
network hangs, and nobody is left to look at the clock. Without this a client waited until the server thawed.

psycopg2 hands every wait (connecting, a statement, a commit) to one function per process, the wait callback. Ours
polls the connection's socket until the deadline, then raises OperationalError; psycopg2 closes a connection whose
callback has raised, so the next request opens a new one. psycopg2 refuses COPY while a callback is set: what copies
in bulk runs in a process without a deadline.

A statement that is merely slow should be ended by the server instead, which keeps the connection and stops the work:
its timeouts are set a little shorter. Where a pooler stands in between (DATABASE_URL) they belong to the roles, by
`ALTER ROLE … SET`: Debian's PgBouncer refuses `options`, and a SET would leak to the pool's other clients.

Whoever waits for the deadline keeps a thread of the web server from the visitors behind. So once an answer did not
come, the process is in doubt until somebody has connected again: one thread at a time tries that, for a short while,
and all others who would connect are told at once. Connections that answer are not touched.

What is asked `aside`, of a replica, neither brings the process in doubt nor heeds that: it is another server.
"""

import contextlib
import functools
import select
import threading
import time
from collections.abc import Iterator

from psycopg2 import OperationalError
from psycopg2.extensions import POLL_OK, POLL_READ, POLL_WRITE, connection, set_wait_callback

LOCK_SHARE = 0.8  # of the deadline: web 4 s, worker 48 s
STATEMENT_SHARE = 0.9  # web 4.5 s, worker 54 s
TRIAL_SECONDS = 2.0  # for a connection while in doubt

_in_doubt = threading.Event()
_trial = threading.Lock()
_mine = threading.local()  # `seconds`, in a thread that waits shorter; `is_aside`, in one that asks another server
_EVENTS = {POLL_READ: select.POLLIN, POLL_WRITE: select.POLLOUT}


def install(seconds: float | None) -> None:
    """Give every answer to this process's psycopg2 connections a deadline; None waits for ever. May be called again."""
    set_wait_callback(None if seconds is None else functools.partial(wait_for_answer, seconds=seconds))


def server_timeouts(seconds: float | None) -> str:
    """Return libpq's `options` that let the server give up just before the client does; empty without a deadline."""
    if seconds is None:
        return ""
    lock_ms, statement_ms = round(seconds * LOCK_SHARE * 1000), round(seconds * STATEMENT_SHARE * 1000)
    return f"-c lock_timeout={lock_ms} -c statement_timeout={statement_ms}"


def wait_for_answer(conn: connection, *, seconds: float) -> None:
    """Return when the connection has its answer; raises OperationalError after that many seconds.

    Uses poll, which takes descriptors above 1,023 where select does not, and which Python resumes after a signal.
    """
    seconds = min(seconds, getattr(_mine, "seconds", seconds))
    deadline = time.monotonic() + seconds
    while (state := conn.poll()) != POLL_OK:
        remaining_ms = (deadline - time.monotonic()) * 1000
        socket = select.poll()
        socket.register(conn.fileno(), _EVENTS[state])  # anew each time: connecting may change the socket
        if remaining_ms <= 0 or not socket.poll(remaining_ms):
            if not getattr(_mine, "is_aside", False):
                _in_doubt.set()
            raise OperationalError(f"the database did not answer within {seconds:g} s")


@contextlib.contextmanager
def connecting() -> Iterator[None]:
    """Around the opening of a connection: raises OperationalError at once where another thread tries it in doubt."""
    if getattr(_mine, "is_aside", False) or not _in_doubt.is_set():
        yield
        return
    if not _trial.acquire(blocking=False):
        raise OperationalError("the database did not answer a moment ago")
    _mine.seconds = TRIAL_SECONDS
    try:
        yield
        _in_doubt.clear()
    finally:
        del _mine.seconds
        _trial.release()


@contextlib.contextmanager
def aside() -> Iterator[None]:
    """Around what is asked of a replica: each answer may take TRIAL_SECONDS, for the primary can be asked instead."""
    _mine.seconds, _mine.is_aside = TRIAL_SECONDS, True
    try:
        yield
    finally:
        del _mine.seconds, _mine.is_aside
