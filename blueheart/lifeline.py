"""Lets a worker process end with the process that made it.

After kill -9 of granian's main process its workers went on serving the port, with nobody left to stop them. And a
SIGTERM that came while a worker was loading the project was lost: until it sets its own, it has its parent's handlers.
"""

import multiprocessing
import os
import signal
import threading
from typing import Protocol


class Parent(Protocol):
    """What multiprocessing tells a worker of its parent."""

    def join(self, timeout: float | None = None) -> None: ...


def end_with_parent() -> None:
    """End this process with its parent, and by SIGTERM; does nothing unless multiprocessing made this process."""
    if parent := multiprocessing.parent_process():
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        threading.Thread(target=_outlive, args=(parent,), name="lifeline", daemon=True).start()


def _outlive(parent: Parent) -> None:
    parent.join()  # sleeps in the kernel until the other end of a pipe closes, however the parent ends
    os._exit(1)
