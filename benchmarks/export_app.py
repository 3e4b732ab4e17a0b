"""The portal as its web server runs it, but every list is sent at once, however long: for `export_at_size`."""

import os

from blueheart.wsgi import application  # isort: skip  sets Django up
from django.db import connections

from blueheart.admin import exporting

connections.settings["default"]["NAME"] = os.environ["EXPORTED_DATABASE"]
exporting.AT_ONCE.update(dict.fromkeys(exporting.AT_ONCE, 10**9))

__all__ = ["application"]
