"""The door through which a WSGI server calls the portal."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.db import connection

from blueheart import lanes
from blueheart.lifeline import end_with_parent
from blueheart.log import catch_uncaught
from blueheart.pages.cache import cached
from blueheart.postgresql.replicas import configured
from blueheart.postgresql.roles import judge_at_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blueheart.settings")
os.environ.setdefault("DATABASE_DEADLINE_SECONDS", "5")  # a visitor does not wait longer for PostgreSQL

end_with_parent()

# Nearly nothing of what is loaded now is ever garbage: to look for it costs a fifth of the start and finds 2 MB.
gc.disable()
application = cached(lanes.application())
catch_uncaught()
import_module(settings.ROOT_URLCONF)  # 0.2 s that the first visitor would wait
judge_at_start(connection)
for replica in configured().all:
    with replica.instead() as copied:
        judge_at_start(copied)

# What is loaded by now stays: the collector need not walk through all of it again for the few objects of a request.
gc.freeze()
gc.enable()
gc.set_threshold(10_000)
