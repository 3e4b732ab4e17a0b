"""What a request asks for, where it asks for a page that is the same for everyone."""

import io
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict
from django.http.request import split_domain_port, validate_host
from django.urls import Resolver404, resolve
from django.utils import translation
from django.utils.translation import get_language_from_path

from blueheart.pages.kinds import Rule, narrowed, rule_of

Environ = Mapping[str, Any]
LONGEST_PATH, LONGEST_QUERY, LONGEST_HOST = 400, 1000, 200
# What they ask is about one visitor, or too rare to be worth a branch of its own.
OWN = ("HTTP_AUTHORIZATION", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE", "HTTP_RANGE")
DEFAULT_PORTS = {"http": "80", "https": "443"}


class Wish(NamedTuple):
    """All that a public page is made from. Two requests with the same one get the same page."""

    scheme: str
    host: str
    path: str
    query: str
    numbers: bool

    def environ(self) -> dict[str, Any]:
        """The request that Django answers: nothing in it is of the visitor who happens to be the first."""
        name, port = split_domain_port(self.host)
        environ = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": self.path,
            "QUERY_STRING": self.query,
            "SERVER_NAME": name,
            "SERVER_PORT": port or DEFAULT_PORTS[self.scheme],
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "",
            "HTTP_HOST": self.host,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": self.scheme,
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        if settings.SECURE_PROXY_SSL_HEADER:
            header, secure = settings.SECURE_PROXY_SSL_HEADER
            environ[header] = secure if self.scheme == "https" else "http"
        return environ


def wish_of(environ: Environ) -> Wish | None:
    """What the request asks for; None where Django has to look at it as it is."""
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or any(name in environ for name in OWN):
        return None
    if settings.SESSION_COOKIE_NAME in environ.get("HTTP_COOKIE", "") or environ.get("SCRIPT_NAME"):
        return None
    path, query, host = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""), environ.get("HTTP_HOST", "")
    if len(path) > LONGEST_PATH or len(query) > LONGEST_QUERY or "%00" in query or not _is_ours(host):
        return None
    rule = _rule_of(path)
    if rule is None or not rule.kept:
        return None
    asked = _asked(query, rule.query) if query and rule.query else ""
    return None if asked is None else Wish(_scheme(environ), host.lower(), path, asked, rule.numbers)


def _scheme(environ: Environ) -> str:
    """As Django tells it: by the word of our own proxy where there is one."""
    if settings.SECURE_PROXY_SSL_HEADER:
        header, secure = settings.SECURE_PROXY_SSL_HEADER
        if (said := environ.get(header)) is not None:
            return "https" if said.split(",")[0].strip() == secure else "http"
    return "https" if environ["wsgi.url_scheme"] == "https" else "http"


@lru_cache(maxsize=128)
def _is_ours(host: str) -> bool:
    """Whether Django would take the host. Asked before anything is kept under its name."""
    domain, _port = split_domain_port(host)
    return bool(domain) and len(host) <= LONGEST_HOST and validate_host(domain, settings.ALLOWED_HOSTS)


@lru_cache(maxsize=4096)
def _rule_of(path: str) -> Rule | None:
    """The rule of the view that the path leads to, in the language that stands in it."""
    try:
        text = path.encode("iso-8859-1").decode()
    except UnicodeError:
        return None
    with translation.override(get_language_from_path(text) or settings.LANGUAGE_CODE):
        try:
            return rule_of(resolve(text).func)
        except Resolver404:
            return None


def _asked(query: str, keys: tuple[str, ...]) -> str | None:
    """What the view reads of the query, always spelled in the same way; None where Django would refuse it."""
    try:
        return narrowed(QueryDict(query.encode("iso-8859-1")), keys).urlencode()
    except (TooManyFieldsSent, UnicodeError):
        return None


def forget() -> None:
    """The site map or the hosts are other ones."""
    _is_ours.cache_clear()
    _rule_of.cache_clear()
