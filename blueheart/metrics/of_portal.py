"""Figures that are the same at every web server: read from the database when Prometheus asks, and not too often."""

import logging
import threading
import time
from collections.abc import Callable, Iterable

from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError
from django.db import connection

from blueheart.metrics import shared  # noqa: F401  it names the folder, which prometheus_client looks for at its import

from prometheus_client import Metric  # isort: skip
from prometheus_client.core import GaugeMetricFamily  # isort: skip

logger = logging.getLogger(__name__)

KEPT_SECONDS = 5.0
AWAY = (DatabaseError, ImproperlyConfigured, OSError)  # the second: the embedded server does not start

Read = Callable[[], Iterable[Metric]]
_readers: list[Read] = []


def tells_figures(read: Read) -> Read:
    """Let `/metrics` tell what this function reads from the database; it is asked every five seconds at most."""
    if read not in _readers:
        _readers.append(read)
    return read


class Portal:
    """A collector that asks the database once for all who ask within five seconds, and one at a time.

    While somebody waits for it, others are told what was last known; while it is away, only that.
    """

    def __init__(self, readers: Iterable[Read], clock: Callable[[], float] = time.monotonic) -> None:
        self._readers, self._clock = readers, clock
        self._lock = threading.Lock()
        self._known: list[Metric] = []
        self._until = float("-inf")
        self._heard_of_trouble = False

    def collect(self) -> Iterable[Metric]:
        if self._clock() >= self._until and self._lock.acquire(blocking=not self._known):
            try:
                self._known = self._read()
                self._until = self._clock() + KEPT_SECONDS
            finally:
                self._lock.release()
        return self._known

    def forget(self) -> None:
        """Ask anew the next time."""
        self._until = float("-inf")

    def _read(self) -> list[Metric]:
        try:
            found = [_up(True), *(metric for read in self._readers for metric in read())]
        except AWAY as error:
            connection.close()
            if not self._heard_of_trouble:
                logger.warning("figures cannot be read: %s", " ".join(str(error).split()))
            self._heard_of_trouble = True
            return [_up(False)]
        self._heard_of_trouble = False
        return found


def _up(is_up: bool) -> Metric:
    return GaugeMetricFamily(
        "blueheart_database_up", "Whether this web server's database answered when figures were read.", value=is_up
    )


portal = Portal(_readers)
