"""One thread in a process that makes stale pages anew while visitors are shown the former ones."""

import queue
import threading
from collections.abc import Callable

from blueheart.pages.cache.wishes import Wish

MOST_WAITING = 256  # of those that find no place, the next visitor is the one who renews


class Renewer:
    """Renews wishes one after the other, each once however often it was asked to."""

    def __init__(self, renew: Callable[[Wish], None]) -> None:
        self._renew = renew
        self._thread: threading.Thread | None = None
        self.forget_thread()

    def soon(self, wish: Wish) -> None:
        """Have the page renewed, unless that is already to be done."""
        with self._lock:
            if wish in self._waiting or len(self._waiting) >= MOST_WAITING:
                return
            self._waiting.add(wish)
            self._queue.put(wish)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, args=(self._queue,), name="page-renewer", daemon=True)
                self._thread.start()

    def forget_thread(self) -> None:
        """A forked process has none of it."""
        self._queue: queue.SimpleQueue[Wish] = queue.SimpleQueue()
        self._waiting: set[Wish] = set()
        self._lock = threading.Lock()
        self._thread = None

    def _run(self, wishes: "queue.SimpleQueue[Wish]") -> None:
        while True:
            wish = wishes.get()
            try:
                self._renew(wish)
            finally:
                with self._lock:
                    self._waiting.discard(wish)
