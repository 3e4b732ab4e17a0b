"""The portal's settings in a fault run: its own, and the points at which a process may kill itself."""

from blueheart.settings import *  # noqa: F403
from blueheart.settings import INSTALLED_APPS as OURS
from blueheart.settings import env

INSTALLED_APPS = [*OURS, "tests.faults.site.apps.PointsConfig"]
# A folder: the name of a point in it kills the first process that passes there.
KILL_POINTS = env.str("KILL_POINTS", "")
