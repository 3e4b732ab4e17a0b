"""A WSGI application that does nothing: what a server alone can do."""

from collections.abc import Iterable
from typing import Any

BODY = b"x" * 6000


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer six kilobytes, as a page compressed."""
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(BODY)))])
    return [BODY]
