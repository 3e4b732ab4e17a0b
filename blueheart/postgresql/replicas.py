"""Copies of the database that only read (DATABASE_REPLICA_URLS), and reading one of them instead of the database.

They are no databases of Django's: no command, test or query can come to one by its name. Within `instead` one of them
is what this thread's `connection` leads to, for the ORM and for plain cursors alike, so that all of a page is read from
one place. Whoever asks sees to it that nothing is written there, and that the replica knows enough
(`blueheart.pages.cache.making`).
"""

import contextlib
import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from blueheart.postgresql import deadline

logger = logging.getLogger(__name__)

AWAY_SECONDS = 5.0  # between two tries of one that is away
BEHIND_SECONDS = 0.5  # until one that was behind is asked again how far it is


class Replica:
    """One of them, as this process knows it. For any thread."""

    def __init__(self, name: str, connection: Callable[[], BaseDatabaseWrapper], clock: Callable[[], float]) -> None:
        self.name = name
        self._connection, self._clock = connection, clock
        self._lock = threading.Lock()
        self._out_until = 0.0
        self._is_away = False

    def connection(self) -> BaseDatabaseWrapper:
        """This thread's own; it may have to be opened yet. What is read by it belongs to the database as ever."""
        found = self._connection()
        found.alias = DEFAULT_DB_ALIAS
        return found

    def may_be_asked(self) -> bool:
        """Whether it is not left out now. Of those who find that one was away for long enough, the first one tries."""
        with self._lock:
            now = self._clock()
            if now < self._out_until:
                return False
            if self._is_away:
                self._out_until = now + AWAY_SECONDS
            return True

    def is_behind(self) -> None:
        """Leave it out for a moment."""
        self._leave_out(BEHIND_SECONDS)

    def is_away(self, why: object) -> None:
        """Leave it out for a while; the log says so once, and when it is back."""
        with self._lock:
            is_news, self._is_away = not self._is_away, True
        self._leave_out(AWAY_SECONDS)
        if is_news:
            logger.warning("%s is left out, reads go to the primary: %s", self.name, " ".join(str(why).split()))

    def is_well(self) -> None:
        """It has answered, and what it said will do."""
        if not self._is_away:
            return
        with self._lock:
            was_away, self._is_away, self._out_until = self._is_away, False, 0.0
        if was_away:
            logger.info("%s is back", self.name)

    @contextlib.contextmanager
    def instead(self) -> Iterator[BaseDatabaseWrapper]:
        """Have this thread read from it within. Not for a thread in a transaction."""
        primary = connections[DEFAULT_DB_ALIAS]
        if primary.in_atomic_block:
            raise RuntimeError("a transaction stays with the database that it was begun in")
        replica = self.connection()
        connections[DEFAULT_DB_ALIAS] = replica
        try:
            with deadline.aside():
                yield replica
        finally:
            connections[DEFAULT_DB_ALIAS] = primary

    def _leave_out(self, seconds: float) -> None:
        with self._lock:
            self._out_until = self._clock() + seconds


class Replicas:
    """All of them, asked in turn."""

    def __init__(self, databases: Sequence[Mapping[str, Any]], clock: Callable[[], float] = time.monotonic) -> None:
        named = {f"replica-{number}": dict(database) for number, database in enumerate(databases, 1)}
        handler = ConnectionHandler({DEFAULT_DB_ALIAS: {}} | named)
        self.all = [Replica(name, _of(handler, name), clock) for name in named]
        self._turns = itertools.count()

    def __bool__(self) -> bool:
        return bool(self.all)

    def in_turn(self) -> Iterator[Replica]:
        """Those that may be asked now, another one first each time."""
        first = next(self._turns) % len(self.all) if self.all else 0
        for replica in self.all[first:] + self.all[:first]:
            if replica.may_be_asked():
                yield replica


def configured() -> Replicas:
    """Those of DATABASE_REPLICA_URLS."""
    return Replicas(settings.DATABASE_REPLICAS)


def _of(handler: ConnectionHandler, name: str) -> Callable[[], BaseDatabaseWrapper]:
    return lambda: handler[name]
