"""The look of the sandbox's own pages: one stylesheet, no script, nothing from elsewhere."""

from __future__ import annotations

from html import escape
from pathlib import Path

from stripe_sandbox.messages import Response

STYLESHEET = (Path(__file__).parent / "sandbox.css").read_bytes()
STYLESHEET_PATH = "/assets/sandbox.css"


def page(title: str, body: str, *, status: int = 200, body_class: str = "", form_targets: str = "") -> Response:
    """A whole page. `body` is HTML that was escaped where it was made."""
    document = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex">'
        f'<title>{escape(title)}</title><link rel="icon" href="data:,">'
        f'<link rel="stylesheet" href="{STYLESHEET_PATH}"></head>'
        f'<body class="{escape(body_class)}">{body}</body></html>'
    )
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'self'; img-src data:; form-action 'self' {form_targets}".rstrip()
            + "; frame-ancestors 'none'; base-uri 'none'"
        ),
        "Referrer-Policy": "no-referrer-when-downgrade",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(status, document.encode(), "text/html; charset=utf-8", headers)


def stylesheet() -> Response:
    return Response(200, STYLESHEET, "text/css; charset=utf-8", {"Cache-Control": "max-age=300"})


def text(value: object) -> str:
    """Anything, as text that cannot become markup."""
    return escape("" if value is None else str(value))
