"""Whether a person has signed in from a browser and a network before, without keeping either."""

import datetime as dt
import re

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from blueheart import tokens
from blueheart.limits.addresses import client_address, neighbourhood
from office.signing_in.models import SeenPlace

REMEMBERED = dt.timedelta(days=30)
# The first that a browser names itself by; the later ones stand in the names of the others, too.
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome", "Safari": "Safari"}
SYSTEMS = {name: name for name in ("Android", "iPhone", "iPad", "Windows")} | {"Mac": "macOS", "Linux": "Linux"}


def is_new(user: User, request: HttpRequest) -> bool:
    """Remember the browser and the network, and tell whether either was not seen for 30 days.

    A browser's new version is no new browser: its figures do not count.
    """
    browser = re.sub(r"[\d.]+", "", request.headers.get("User-Agent", ""))
    marks = [f"browser {browser}", f"network {neighbourhood(client_address(request))}"]
    digests = [tokens.seals("office.places", f"{user.pk} {mark}") for mark in marks]
    now = timezone.now()
    every = [digest for under_each_key in digests for digest in under_each_key]
    asked = SeenPlace.objects.filter(account=user, digest__in=every, seen_at__gt=now - REMEMBERED)
    known = set(asked.values_list("digest", flat=True))
    SeenPlace.objects.bulk_create(
        [SeenPlace(account=user, digest=newest, seen_at=now) for newest, *_older in digests],
        update_conflicts=True,
        unique_fields=["account", "digest"],
        update_fields=["seen_at"],
    )
    return any(known.isdisjoint(under_each_key) for under_each_key in digests)


def browser_family(request: HttpRequest) -> str:
    """What a person knows their browser by: `Firefox, Linux`; empty where it says neither."""
    said = request.headers.get("User-Agent", "")
    known = (next((name for part, name in names.items() if part in said), "") for names in (BROWSERS, SYSTEMS))
    return ", ".join(filter(None, known))


def forget_old() -> int:
    """Delete what was not seen for 30 days; return how much there was."""
    return SeenPlace.objects.filter(seen_at__lt=timezone.now() - REMEMBERED).delete()[0]
