"""Dying with the process that started us."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time

PR_SET_PDEATHSIG = 1


def die_with_parent(expected: int = 0) -> None:
    """End this process when its parent ends, kill -9 included.

    On Linux the kernel does it, and means the thread that started us: start us from a thread that
    lives as long as the parent. The parent may have ended before we asked, so we look once more;
    `expected` is its process id, 0 when it was not given. Elsewhere a thread watches.
    """
    parent = expected or os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)
        return
    threading.Thread(target=watch, args=(parent,), daemon=True).start()


def watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
