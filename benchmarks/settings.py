"""The portal's settings on a database of made-up rows (BENCH_DATABASE): for the benchmarks' own processes."""

import os

from blueheart.settings import *  # noqa: F403

DATABASES["default"]["NAME"] = os.environ["BENCH_DATABASE"]  # noqa: F405
