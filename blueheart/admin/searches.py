"""What staff look for, kept in their session: it may be somebody's address, and addresses of pages are written down.

The page's own address holds a key instead: browsers keep it in their history, proxies and people hand it on.
"""

import re
import secrets
from collections.abc import Mapping

from django.contrib.admin.views.main import SEARCH_VAR
from django.http import HttpRequest

LOOK_FOR = "look_for"  # the field of the form; `q` in an address is still understood
KEPT = "office-searches"
MOST_KEPT = 20  # for each session: the oldest go
LONGEST = 200
KEY = re.compile(r"~[\w-]{16}", re.ASCII)


def address(request: HttpRequest) -> str:
    """Keep what was typed, and return where its results are: the list as it was filtered, with the key of the words."""
    asked = request.GET.copy()
    asked.pop(SEARCH_VAR, None)
    typed = request.POST[LOOK_FOR].strip()[:LONGEST]
    if typed:
        key = f"~{secrets.token_urlsafe(12)}"
        kept = {**request.session.get(KEPT, {}), key: typed}
        request.session[KEPT] = dict(list(kept.items())[-MOST_KEPT:])
        asked[SEARCH_VAR] = key
    return f"{request.path}?{asked.urlencode()}" if asked else request.path


def words(request: HttpRequest, asked: str) -> str:
    """The words behind a key of this session; any other text as it is. A key of nobody's finds nothing."""
    kept: Mapping[str, str] = request.session.get(KEPT, {}) if KEY.fullmatch(asked) and _has_session(request) else {}
    return kept.get(asked, asked)


def _has_session(request: HttpRequest) -> bool:
    return hasattr(request, "session")
