"""The door through which a WSGI server calls the portal."""

import gc
import os

from blueheart import lanes
from blueheart.lifeline import end_with_parent
from blueheart.pages.cache import cached

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blueheart.settings")
os.environ.setdefault("DATABASE_DEADLINE_SECONDS", "5")  # a visitor does not wait longer for PostgreSQL

end_with_parent()
application = cached(lanes.application())

# What is loaded by now stays: the collector need not walk through all of it again for the few objects of a request.
gc.collect()
gc.freeze()
gc.set_threshold(10_000)
