"""What somebody sent when their session was over, or not fresh enough: it waits in the browser until they are back."""

import json
import time
from typing import Any, NamedTuple

from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.http import HttpRequest

KEPT = "office-kept-form"
LARGEST = 64 * 1024  # bytes of JSON
KEPT_SECONDS = 30 * 60


class KeptForm(NamedTuple):
    """A form that was sent too late: where to, and what stood in it."""

    path: str
    fields: list[tuple[str, str]]
    had_files: bool


def end_and_keep(request: HttpRequest) -> bool:
    """Sign the person out and keep what they sent; tell whether something is kept.

    Passwords are never kept, nor is anything beside them; nor files, nor what is longer than 64 KB.
    """
    kept = _sent(request)
    logout(request)
    if kept:
        request.session[KEPT] = kept
        request.session.set_expiry(KEPT_SECONDS)
    return bool(kept)


def keep(request: HttpRequest) -> bool:
    """Keep what was sent while the session goes on, until both factors were shown again; tell whether anything is."""
    kept = _sent(request)
    if kept:
        request.session[KEPT] = kept
    return bool(kept)


def _sent(request: HttpRequest) -> dict[str, Any] | None:
    if request.method != "POST" or not isinstance(request.user, User):
        return None
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if isinstance(value, str) and name != "csrfmiddlewaretoken"
    ]
    kept = {
        "account": request.user.pk,
        "until": int(time.time()) + KEPT_SECONDS,
        "path": request.get_full_path(),
        "fields": fields,
        "had_files": bool(request.FILES),
    }
    is_secret = any("password" in name for name, _value in fields)
    return None if not fields or is_secret or len(json.dumps(kept)) > LARGEST else kept


def waiting(request: HttpRequest) -> KeptForm | None:
    """What this person typed before; what another had typed in this browser is dropped unseen."""
    kept = request.session.get(KEPT)
    if not kept:
        return None
    if kept["account"] != request.user.pk or kept["until"] < time.time():
        drop(request)
        return None
    return KeptForm(kept["path"], [(name, value) for name, value in kept["fields"]], kept["had_files"])


def drop(request: HttpRequest) -> None:
    """Forget what was kept; nothing happens where nothing was."""
    request.session.pop(KEPT, None)


def sent(request: HttpRequest) -> None:
    """Forget what was kept once a form goes to where it was meant for."""
    kept = request.session.get(KEPT)
    if kept and kept["path"] == request.get_full_path():
        drop(request)
