"""Lets a worker process end with the process that made it.

After kill -9 of granian's main process its workers went on serving the port, with nobody left to stop them.
"""

import multiprocessing
import os
import threading
from typing import Protocol


class Parent(Protocol):
    """What multiprocessing tells a worker of its parent."""

    def join(self, timeout: float | None = None) -> None: ...


def end_with_parent() -> None:
    """End this process at once when its parent has ended; does nothing unless multiprocessing made this process."""
    if parent := multiprocessing.parent_process():
        threading.Thread(target=_outlive, args=(parent,), name="lifeline", daemon=True).start()


def _outlive(parent: Parent) -> None:
    parent.join()  # sleeps in the kernel until the other end of a pipe closes, however the parent ends
    os._exit(1)
