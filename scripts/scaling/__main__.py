"""`python -m scripts.scaling` writes docs/scaling.md anew."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blueheart.settings")
django.setup()

from scripts.scaling import page  # noqa: E402  reads what Django has set up

page.write()
