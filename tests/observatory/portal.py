"""A portal as production runs it, on this machine: granian behind the shipped nginx, which ends TLS."""

import contextlib
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from unittest import mock
from urllib.parse import urlsplit

from django.db import connection

from benchmarks import nginx, stage
from blueheart.postgresql import roles
from blueheart.postgresql.cluster import APPLICATION_ROLE
from office.web_server import web_server

HOST = "blueheart.example"


class Front(NamedTuple):
    """An nginx: where it takes requests in the clear, and where over TLS."""

    http: int
    https: int


def production(owner_url: str, folder: Path) -> dict[str, str]:
    """The variables of a production on this database, signed in with the application's own role."""
    server = urlsplit(owner_url)
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "EMBEDDED_PG_BINDIR") if name in os.environ},
        "DJANGO_SETTINGS_MODULE": "tests.observatory.production",
        "ENVIRONMENT": "production",
        "SITE_URL": f"https://{HOST}",
        "ALLOWED_HOSTS": HOST,
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DATABASE_URL": f"postgres://{APPLICATION_ROLE}@{server.path}?{server.query}",
        "EMAIL_URL": "smtp://localhost",
        "DEFAULT_FROM_EMAIL": f"hello@{HOST}",
        "STRIPE_SECRET_KEY": "sk_test_nobody_is_asked",
        "TRUSTED_PROXIES": "1",
        "VAR_DIR": str(folder),
    }


@contextlib.contextmanager
def app(environment: dict[str, str]) -> Iterator[int]:
    """The web server's port; its files are collected, and its role has what `migrate` would give it."""
    roles.grant_application_role(connection, APPLICATION_ROLE)
    collect = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
    subprocess.run(collect, cwd=stage.PROJECT, env=environment, check=True)
    port = stage.free_port()
    command = [sys.executable, "-m", *web_server(host=stage.LOOPBACK, port=port, workers=1)]
    with stage.running(command, port=port, environment=environment, path="/healthz"):
        yield port


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for the host that we sign ourselves, and its key."""
    made, key = folder / "certificate.pem", folder / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "2",
    ]
    command += ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", str(key), "-out", str(made)]
    subprocess.run(command, check=True, capture_output=True)
    return made, key


@contextlib.contextmanager
def front(app_port: int, folder: Path, spoil: Callable[[str], str] = str) -> Iterator[Front]:
    """nginx as shipped, unless what `spoil` makes of its shared configuration says otherwise."""
    made, key = certificate(folder)
    https = stage.free_port()
    values = {
        "FRONT": "tls",
        "SERVER_NAME": HOST,
        "SERVER_NAMES": HOST,
        "HTTPS_PORT": f"{stage.LOOPBACK}:{https}",
        "TLS_CERTIFICATE": str(made),
        "TLS_KEY": str(key),
        "STATIC_ROOT": str(folder / "static"),
        "MEDIA_ROOT": str(folder / "media"),
    }
    written = nginx.written

    def spoiled(target: Path, filled: dict[str, str]) -> Path:
        main = written(target, filled)
        shared = target / "blueheart.conf"
        shared.write_text(spoil(shared.read_text()))
        return main

    with mock.patch.object(nginx, "written", spoiled), nginx.front(app_port, **values) as server:
        yield Front(server.port, https)
