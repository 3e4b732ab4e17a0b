"""How long a person stays signed in, and how they and others end it: 30 minutes without a sign, 8 hours in all."""

import datetime as dt
import time

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone

from office.signing_in.models import Session

IDLE = dt.timedelta(minutes=30)
LONGEST = dt.timedelta(hours=8)
GRACE = dt.timedelta(minutes=30)  # the row stays so long after its end: what is sent then must not be lost
WRITTEN_EVERY = 60  # seconds: a busy person's session is written no more often
SEEN, UNTIL = "office-seen", "office-until"


def begin(request: HttpRequest) -> None:
    """Start both clocks of a session in which both factors were shown."""
    now = int(time.time())
    request.session[SEEN] = now
    request.session[UNTIL] = now + int(LONGEST.total_seconds())
    request.session.set_expiry(timezone.now() + LONGEST + GRACE)


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
    others = Session.objects.filter(account_id=user.pk).exclude(session_key=but or "")
    count = others.filter(is_inside=True, expire_date__gt=timezone.now()).count()
    others.delete()
    return count


def open_sessions(user: User) -> int:
    """In how many browsers the person is signed in with both factors; some may be idle for less than eight hours."""
    return Session.objects.filter(account_id=user.pk, is_inside=True, expire_date__gt=timezone.now()).count()


def forget_ended() -> int:
    """Delete the sessions whose time is over; return how many there were."""
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]
