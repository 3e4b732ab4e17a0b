"""How long a person stays signed in, and how they and others end it: 30 minutes without a sign, 8 hours in all."""

import datetime as dt
import time
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from blueheart.limits.addresses import client_address, neighbourhood
from blueheart.tokens import digest
from office.signing_in.models import Session, SessionStore
from office.signing_in.places import browser_family

IDLE = dt.timedelta(minutes=30)
LONGEST = dt.timedelta(hours=8)
GRACE = dt.timedelta(minutes=30)  # the row stays so long after its end: what is sent then must not be lost
WRITTEN_EVERY = 60  # seconds: a busy person's session is written no more often
FRESH = dt.timedelta(minutes=10)  # so long after both factors the account and others' may be changed
SEEN, UNTIL, SHOWN, SINCE = "office-seen", "office-until", "office-shown", "office-since"
BROWSER, NETWORK = "office-browser", "office-network"


@dataclass(frozen=True)
class OpenSession:
    """One browser in which a person is signed in, as they see it; the network and not the whole address."""

    mark: str
    browser: str
    network: str
    since: dt.datetime
    seen: dt.datetime
    is_this: bool


def begin(request: HttpRequest) -> None:
    """Start all clocks of a session in which both factors were shown, and note where it was opened."""
    now = int(time.time())
    request.session[SEEN] = request.session[SHOWN] = request.session[SINCE] = now
    request.session[UNTIL] = now + int(LONGEST.total_seconds())
    request.session[BROWSER] = browser_family(request)
    request.session[NETWORK] = neighbourhood(client_address(request))
    request.session.set_expiry(timezone.now() + LONGEST + GRACE)


def renew(request: HttpRequest) -> None:
    """Both factors were shown once more: a new key, and a fresh sign-in; the eight hours go on."""
    request.session.cycle_key()
    request.session[SEEN] = request.session[SHOWN] = int(time.time())


def is_fresh(request: HttpRequest) -> bool:
    """Whether both factors were shown in this session within the last ten minutes."""
    return bool(int(time.time()) - request.session.get(SHOWN, 0) <= FRESH.total_seconds())


def seconds_left(request: HttpRequest) -> int:
    """How long the session lasts if nothing is done in it; zero or less when it is over."""
    now = int(time.time())
    idle_end = request.session.get(SEEN, now) + int(IDLE.total_seconds())
    return int(min(idle_end, request.session.get(UNTIL, idle_end)) - now)


def is_over(request: HttpRequest) -> bool:
    """Whether the time of the session is up, although its row is still there."""
    return seconds_left(request) <= 0


def was_idle(request: HttpRequest) -> bool:
    """Whether a session that is over ended for want of a sign, and not after its eight hours."""
    return bool(request.session.get(UNTIL, 0) > int(time.time()))


def touch(request: HttpRequest) -> None:
    """Take the request as a sign of the person."""
    now = int(time.time())
    if now - request.session.get(SEEN, 0) >= WRITTEN_EVERY:
        request.session[SEEN] = now


def end_all(user: User, *, but: str | None = None) -> int:
    """End the person's sessions in every browser at once, but for the one of this key; say how many were open."""
    others = Session.objects.filter(account_id=user.pk).exclude(session_key=digest(but) if but else "")
    count = others.filter(is_inside=True, expire_date__gt=timezone.now()).count()
    others.delete()
    return count


def end_one(user: User, mark: str) -> bool:
    """End the one of the person's sessions that the list calls by this mark; False where it is over already."""
    return bool(mark) and Session.objects.filter(account_id=user.pk, session_key=mark).delete()[0] > 0


def open_sessions(user: User) -> int:
    """In how many browsers the person is signed in with both factors; some may be idle for less than eight hours."""
    return Session.objects.filter(account_id=user.pk, is_inside=True, expire_date__gt=timezone.now()).count()


def listed(user: User, *, here: str | None = None) -> list[OpenSession]:
    """The person's sessions that are not over, newest first; `here` is the key of the one that asks.

    Each is marked by the digest of its key, which opens nothing.
    """
    rows = Session.objects.filter(account_id=user.pk, is_inside=True, expire_date__gt=timezone.now())
    mine = digest(here) if here else ""
    now = int(time.time())
    found = []
    for row in rows:
        said = SessionStore().decode(row.session_data)
        seen = said.get(SEEN, now)
        if min(seen + int(IDLE.total_seconds()), said.get(UNTIL, now + 1)) <= now:
            continue
        since, seen_at = (dt.datetime.fromtimestamp(at, dt.UTC) for at in (said.get(SINCE, seen), seen))
        browser, network = said.get(BROWSER, ""), said.get(NETWORK, "")
        found.append(OpenSession(row.session_key, browser, network, since, seen_at, row.session_key == mine))
    return sorted(found, key=lambda each: each.since, reverse=True)


def forget_ended() -> int:
    """Delete the sessions whose time is over; return how many there were."""
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]
