"""Read by every Python that starts with a clock of its own, before all else.

Since Python 3.11 `time.sleep` waits for a moment of the monotonic clock. libfaketime 0.9.10, Debian 12's, leaves that
clock alone and takes its moments for its own all the same: each sleep fails with EINVAL
(https://github.com/wolfcw/libfaketime/issues/426). Waits of locks are not touched.
"""

import threading
import time


def sleep(seconds: float) -> None:
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    threading.Event().wait(seconds)


time.sleep = sleep
