"""One thread makes a page; the others who want it wait for that one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from blueheart.pages.cache.wishes import Wish


class Flight:
    """The making of one page. `is_for_all` says, when it is over, whether those who waited have something of it."""

    def __init__(self) -> None:
        self.is_over = threading.Event()
        self.is_for_all = True


class Flights:
    """The pages that are made now."""

    def __init__(self) -> None:
        self._flights: dict[Wish, Flight] = {}
        self._lock = threading.Lock()

    def join(self, wish: Wish) -> tuple[Flight, bool]:
        """The flight of this wish, and whether the caller leads it: who does must `land` it."""
        with self._lock:
            flight = self._flights.get(wish)
            if flight is not None:
                return flight, False
            flight = self._flights[wish] = Flight()
            return flight, True

    @contextmanager
    def led(self, wish: Wish, flight: Flight) -> Iterator[None]:
        """Lead it: whatever happens, it lands, and the next who wants the page may try."""
        try:
            yield
        finally:
            with self._lock:
                del self._flights[wish]
            flight.is_over.set()

    def is_under_way(self, wish: Wish) -> bool:
        return wish in self._flights
