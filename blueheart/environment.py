"""Reading the environment where it holds secrets, or addresses that lead to them: nothing that is said repeats one."""

import os
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SCHEMES = frozenset({"postgres", "postgresql", "psql", "pgsql"})
SMTP = environ.Env.EMAIL_SCHEMES["smtp"]


def secret(name: str, default: str = "") -> str:
    """The variable's value, or what is in the file that NAME_FILE names, as Docker and Kubernetes hand out secrets.

    A file's last line end does not count. Raises `ImproperlyConfigured` where both are set, or the file is no good.
    """
    value, path = os.environ.get(name, ""), os.environ.get(f"{name}_FILE", "")
    if not path:
        return value or default
    if value:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both set: keep one of them.")
    try:
        value = Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:  # its words would repeat the file's
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: it is no text in UTF-8.") from None
    if not value:
        raise ImproperlyConfigured(f"{name}_FILE is empty.")
    return value


def secrets(name: str) -> list[str]:
    """Several of them, comma-separated, so that one can follow the other."""
    return [each.strip() for each in secret(name).split(",") if each.strip()]


def is_weak(key: str) -> bool:
    """Whether a key that signs could be guessed: 50 random characters are twice what is needed."""
    return len(key) < 50 or len(set(key)) < 10


def database(name: str, url: str, *, private: Sequence[str], must_be_safe: bool) -> dict[str, Any]:
    """Django's settings of a database by its address.

    Over a network it must be encrypted and its server's certificate verified, unless the server is this machine or
    one of `private`. Raises `ImproperlyConfigured`.
    """
    unreadable = ImproperlyConfigured(
        f"{name} must be postgres://role:password@host/database; the password's own signs are %-encoded."
    )
    if url.partition("://")[0] not in SCHEMES:  # others are warned of, password and all
        raise unreadable
    try:
        found: dict[str, Any] = environ.Env.db_url_config(url)
    except (ValueError, TypeError, AttributeError):  # they repeat the address
        raise unreadable from None
    options = found.get("OPTIONS", {})
    for host in _hosts(found["HOST"], options):
        if must_be_safe and _is_elsewhere(host, private) and options.get("sslmode") != "verify-full":
            raise ImproperlyConfigured(
                f"{name} leads over a network: add ?sslmode=verify-full&sslrootcert=system (or a file), "
                "or name the host in PRIVATE_NETWORK_HOSTS."
            )
    return found


def _hosts(named: str, options: Mapping[str, Any]) -> list[str]:
    """Whom libpq asks, of several one after the other; what `hostaddr` says counts before any name."""
    said = (str(options.get("hostaddr") or ""), str(options.get("host") or named))
    return [host.strip("[] ") for host in ",".join(filter(None, said)).split(",")]


def _is_elsewhere(host: str, private: Sequence[str]) -> bool:
    return bool(host) and not host.startswith(("/", "@")) and host not in LOOPBACK and host not in private


def mail(name: str, url: str, *, private: Sequence[str], must_be_safe: bool) -> dict[str, Any]:
    """Django's settings of a mail server by its address: over a network it must be encrypted (its certificate is
    verified then), unless the server is this machine or one of `private`. Raises `ImproperlyConfigured`."""
    try:
        found: dict[str, Any] = environ.Env.email_url_config(url)
    except (ValueError, TypeError, AttributeError, ImproperlyConfigured):  # they may repeat the address
        raise ImproperlyConfigured(
            f"{name} is no address of a mail server: smtp+tls://user:password@host:587"
        ) from None
    is_encrypted = found.get("EMAIL_USE_TLS") or found.get("EMAIL_USE_SSL")
    is_safe = found["EMAIL_BACKEND"] == SMTP and (
        is_encrypted or not _is_elsewhere(found["EMAIL_HOST"] or "localhost", private)
    )
    if must_be_safe and not is_safe:
        raise ImproperlyConfigured(
            f"{name} must begin with smtp+tls:// or smtp+ssl://, for mails hold links that open people's pages; "
            "smtp:// is for this machine and PRIVATE_NETWORK_HOSTS."
        )
    return found


def sentry(name: str, *, private: Sequence[str]) -> str:
    """Where errors are told of, if anywhere: over a network it must be encrypted. Raises `ImproperlyConfigured`, also
    where the package is missing that tells them."""
    if not (address := secret(name)):
        return ""
    try:
        parts = urlsplit(address)
        is_address = bool(parts.username and parts.hostname and parts.path.rpartition("/")[2].isdecimal())
    except ValueError:  # its words may repeat the address
        is_address = False
    if not is_address or parts.scheme not in {"http", "https"}:
        raise ImproperlyConfigured(f"{name} is no address of a project at Sentry: https://key@host/number")
    if parts.scheme == "http" and _is_elsewhere(str(parts.hostname), private):
        raise ImproperlyConfigured(
            f"{name} must begin with https://; http:// is for this machine and PRIVATE_NETWORK_HOSTS."
        )
    if find_spec("sentry_sdk") is None:
        raise ImproperlyConfigured(
            f"{name} is set, and sentry-sdk is not installed: "
            "pip install --require-hashes -r requirements.txt -r requirements-optional.txt"
        )
    return address
