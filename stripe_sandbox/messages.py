"""A request that came in and the answer that goes out."""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, urlsplit


class Headers(Protocol):
    """Header values by name, whatever the case of its letters."""

    def get(self, name: str, /) -> str | None: ...


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str
    headers: Headers
    body: bytes = b""

    def header(self, name: str) -> str:
        return self.headers.get(name) or ""

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def query_value(self, name: str) -> str:
        return dict(parse_qsl(self.query)).get(name, "")


@dataclass
class Response:
    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    # what a fault makes of the connection: "reset" or "truncate"
    breaks: str | None = None


def json_response(value: Any, status: int = 200, **headers: str) -> Response:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(status, json.dumps(value).encode(), headers=named)


def redirect(location: str) -> Response:
    """303: the browser fetches the new address with GET."""
    safe = quote(location, safe="%/:?#[]@!$&'()*+,;=~-._")
    return Response(303, content_type="text/plain; charset=utf-8", headers={"Location": safe})


def is_loopback_host(host: str) -> bool:
    """Whether a Host header or an origin's host names this machine."""
    name = urlsplit("//" + host).hostname or ""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_foreign(request: Request) -> bool:
    """Whether another site's page in a browser sent this."""
    origin = request.header("Origin")
    if origin and not is_loopback_host(urlsplit(origin).netloc):
        return True
    return request.header("Sec-Fetch-Site") == "cross-site"


def is_own_page(request: Request) -> bool:
    """Whether a form post comes from a page of the sandbox itself (or from no browser at all)."""
    origin = request.header("Origin")
    if origin and urlsplit(origin).netloc != request.header("Host"):
        return False
    return request.header("Sec-Fetch-Site") in ("", "same-origin", "none")
