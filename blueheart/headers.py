"""What answers tell browsers beside what Django tells them. Files that no view answers, by WhiteNoise or by nginx, say
the same: `deploy/nginx/blueheart.conf` repeats these words, and a test compares them.
"""

from collections.abc import MutableMapping

PERMISSIONS_POLICY = (
    "camera=(), microphone=(), geolocation=(), payment=(), usb=(), midi=(), display-capture=(), browsing-topics=()"
)
# Where browsers tell what they refused: the policy names it by `report-to`, and older ones know `report-uri`.
REPORTING_ENDPOINTS = 'csp="/csp-report/"'
# A file is no page: opened by itself, an SVG may load and run nothing, and nobody may frame it.
POLICY_OF_FILES = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

# What people upload and browsers show; all else is downloaded, never opened as a page of ours.
SHOWN_KINDS = frozenset({"image/png", "image/jpeg", "image/webp"})

OWN = "same-origin"  # what others may not put into their pages
OPEN = "cross-origin"  # … and what they may: the counter, the badge, pictures to share, the API
CORP = "Cross-Origin-Resource-Policy"


def add_to_file(headers: MutableMapping[str, str], path: str, url: str) -> None:
    """Give a static file what middleware gives to pages (WhiteNoise's add_headers_function).

    Open to others: the counter stands in frames without an origin of their own, and needs its stylesheet there.
    """
    headers["Content-Security-Policy"] = POLICY_OF_FILES
    headers["Permissions-Policy"] = PERMISSIONS_POLICY
    headers["X-Frame-Options"] = "DENY"
    headers[CORP] = OPEN
