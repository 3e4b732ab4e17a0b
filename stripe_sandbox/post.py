"""One webhook request, over connections that are kept open from one to the next, as Stripe keeps them."""

from __future__ import annotations

import http.client
import threading
from typing import Any
from urllib.parse import urlsplit

TIMEOUT = 20
HEADERS = {
    "Accept": "*/*; q=0.5, application/xml",
    "Cache-Control": "no-cache",
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
}
_kept = threading.local()


def post(url: str, body: str, signature: str) -> int:
    """The status of the answer; raises OSError or HTTPException when there is none.

    A kept connection that the other side has closed meanwhile is opened anew, once.
    """
    parts = urlsplit(url)
    place = (parts.scheme, parts.hostname, parts.port)
    connections = _kept.__dict__.setdefault("connections", {})
    known = connections.pop(place, None)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection = known or connect(*place)
        try:
            response = exchange(connection, target, body, signature)
        except (ConnectionError, http.client.RemoteDisconnected):
            connection.close()
            if known is None:
                raise
            connection = connect(*place)
            response = exchange(connection, target, body, signature)
    except (OSError, http.client.HTTPException):
        connection.close()
        raise
    response.read(65_536)
    if response.will_close or not response.isclosed():
        connection.close()
    else:
        connections[place] = connection
    return int(response.status)


def connect(scheme: str, host: str | None, port: int | None) -> http.client.HTTPConnection:
    kind: Any = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    connection: http.client.HTTPConnection = kind(host, port, timeout=TIMEOUT)
    return connection


def exchange(
    connection: http.client.HTTPConnection, target: str, body: str, signature: str
) -> http.client.HTTPResponse:
    connection.request("POST", target, body.encode(), {**HEADERS, "Stripe-Signature": signature})
    return connection.getresponse()
