"""Reading the environment where it holds secrets, or addresses that lead to them: nothing that is said repeats one."""

import os
import re
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SCHEMES = frozenset({"postgres", "postgresql", "psql", "pgsql"})
BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/?")
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


def cache(name: str, url: str, *, private: Sequence[str], must_be_safe: bool) -> dict[str, Any]:
    """Django's settings of the cache by its address: Redis, or without one this process's memory. Over a network it
    must be encrypted, unless the server is this machine or one of `private`. Raises `ImproperlyConfigured`, also where
    the package is missing."""
    if not url:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    parts = _split(url)
    if parts is None or parts.scheme not in {"redis", "rediss"} or not parts.hostname:
        raise ImproperlyConfigured(f"{name} must be rediss://:password@host:6379/0, the password's signs %-encoded.")
    is_verified = parts.scheme == "rediss" and "ssl_" not in parts.query
    if must_be_safe and not is_verified and _is_elsewhere(parts.hostname, private):
        raise ImproperlyConfigured(
            f"{name} must begin with rediss:// and leave its certificate's check alone; "
            "redis:// is for this machine and PRIVATE_NETWORK_HOSTS."
        )
    _needs(name, "redis", "redis")
    return {"BACKEND": "blueheart.caches.RedisCache", "LOCATION": url}


def bucket(name: str, url: str, *, keys: tuple[str, str], private: Sequence[str]) -> dict[str, Any]:
    """Django's settings of a storage in a bucket that speaks S3, by its address; `keys` are the id and the secret, both
    empty where the machine itself is known. Raises `ImproperlyConfigured`, also where a package is missing."""
    parts = _split(url)
    asked = dict(parse_qsl(parts.query)) if parts else {}
    if not parts or not BUCKET.fullmatch(url.partition("?")[0]) or asked.keys() - {"endpoint_url", "region"}:
        raise ImproperlyConfigured(f"{name} must be s3://bucket?endpoint_url=https://host&region=name")
    endpoint = _split(asked.get("endpoint_url", "https://s3.amazonaws.com"))
    if endpoint is None or not endpoint.hostname or endpoint.scheme not in {"http", "https"}:
        raise ImproperlyConfigured(f"{name} has an endpoint_url that is no address: https://host")
    if endpoint.scheme == "http" and _is_elsewhere(endpoint.hostname, private):
        raise ImproperlyConfigured(
            f"{name} must have an endpoint_url of https://; http:// is for this machine and PRIVATE_NETWORK_HOSTS."
        )
    if bool(keys[0]) != bool(keys[1]):
        raise ImproperlyConfigured("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY go together: set both, or neither.")
    _needs(name, "storages", "django-storages[s3]")
    _needs(name, "boto3", "django-storages[s3]")
    options = {"bucket_name": parts.netloc, "endpoint_url": asked.get("endpoint_url")}
    options |= {"region_name": asked.get("region"), "access_key": keys[0] or None, "secret_key": keys[1] or None}
    return {"BACKEND": "blueheart.storage.MediaInBucket", "OPTIONS": options}


def _split(url: str) -> SplitResult | None:
    """Its parts; None of what is none, whose error would repeat it."""
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError:
        return None
    return parts


def _needs(name: str, module: str, package: str) -> None:
    """Refuse a setting whose package is not installed."""
    if find_spec(module) is None:
        raise ImproperlyConfigured(
            f"{name} is set, and {package} is not installed: "
            "pip install --require-hashes -r requirements.txt -r requirements-optional.txt"
        )


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
    _needs(name, "sentry_sdk", "sentry-sdk")
    return address
