"""The portal's settings on the database of a test (SERVED_DATABASE), for the processes that it starts."""

import os

from blueheart.settings import *  # noqa: F403

DATABASES["default"]["NAME"] = os.environ["SERVED_DATABASE"]  # noqa: F405
