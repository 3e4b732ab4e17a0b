"""The door through which a WSGI server calls the portal."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blueheart.settings")

application = get_wsgi_application()
