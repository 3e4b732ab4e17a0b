"""What the plain Django projects among the peers have in common: the settings of `startproject`, on our PostgreSQL."""

import os
import secrets
from collections.abc import Sequence
from typing import Any

import django
from django.conf import settings

from blueheart.postgresql.embedded import ensure

APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages"]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


def set_up(
    urls: str, *, templates: dict[str, Any], apps: Sequence[str] = (), middleware: Sequence[str] = MIDDLEWARE
) -> None:
    """Configure Django for a module of addresses and the database BENCH_DATABASE; `templates` are its engine's rest."""
    settings.configure(
        SECRET_KEY=secrets.token_urlsafe(50),
        ALLOWED_HOSTS=["localhost", "127.0.0.1"],
        ROOT_URLCONF=urls,
        USE_TZ=True,
        STATIC_URL="/static/",
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": os.environ["BENCH_DATABASE"],
                "CONN_MAX_AGE": 60,
                **ensure(),
            }
        },
        INSTALLED_APPS=[*APPS, *apps],
        MIDDLEWARE=list(middleware),
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", **templates}],
    )
    django.setup()
