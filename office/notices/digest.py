"""The digest: what waits for a person, what came yesterday, and the newest seal of the trail, by mail."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import F, Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from blueheart.days import utc_today
from blueheart.languages import page_language
from blueheart.money import format_amount
from blueheart.post import outbox
from blueheart.post.letters import Letter, letter, site_url
from blueheart.post.models import DigestReader, Message
from blueheart.trail.sealing import last_seal
from donations import open_books
from donations.models import DayTotal
from office.home.waiting import what_waits
from pledges.models import PledgeDay

KIND = "staff-digest"
MONDAY = 0


def promise() -> int:
    """Promise today's digest to whoever wants one today; once a day however often it is called. Counts the readers."""
    today = utc_today()
    wanted = [DigestReader.Every.DAY, *([DigestReader.Every.WEEK] if today.weekday() == MONDAY else [])]
    readers = DigestReader.objects.filter(every__in=wanted, user__is_active=True, user__is_staff=True)
    keys = list(readers.exclude(user__email="").values_list("user_id", flat=True))
    for key in keys:
        cause = f"{KIND}:{today:%Y%m%d}:{key}"
        outbox.add(KIND, cause=cause, subject_id=key, language=settings.LANGUAGE_CODE)
    return len(keys)


@letter(KIND)
def digest(message: Message) -> Letter | None:
    """To the reader, if they still are staff: what they themselves may see, and no more."""
    reader = User.objects.filter(pk=message.subject_id, is_active=True, is_staff=True).exclude(email="").first()
    if reader is None:
        return None
    context = {"waits": _waits(reader), "came": _came(reader), "seal": _seal(reader), "office": site_url(_home())}
    return Letter(to=reader.email, context=context)


def _waits(reader: User) -> list[dict[str, Any]]:
    request = HttpRequest()
    request.user = reader
    heaps = [heap for heap in what_waits(request, admin.site).heaps if heap.count]
    return [{"label": heap.label, "count": heap.count, "url": site_url(heap.url)} for heap in heaps]


def _came(reader: User) -> dict[str, Any]:
    """Hearts and gifts of yesterday by UTC: from tallies and the windows of the books."""
    yesterday = timezone.now().astimezone(dt.UTC).date() - dt.timedelta(days=1)
    came: dict[str, Any] = {"day": date_format(yesterday, "DATE_FORMAT")}
    if reader.has_perm("pledges.view_pledge"):
        came["hearts"] = PledgeDay.objects.filter(day=yesterday).aggregate(sum=Sum("confirmed"))["sum"] or 0
    if reader.has_perm("donations.view_ledgertransaction"):
        came["received"] = _received(yesterday)
    return came


def _received(day: dt.date) -> list[str]:
    weights = open_books.RECEIVED.weights
    rows = DayTotal.objects.filter(day=day, account__in=weights)
    sums: dict[str, int] = {}
    for account, currency, balance in rows.values_list("account", "currency", F("debits_minor") - F("credits_minor")):
        sums[currency] = sums.get(currency, 0) + weights[account] * balance
    return [format_amount(minor, currency, page_language()) for currency, minor in sorted(sums.items()) if minor]


def _seal(reader: User) -> str:
    """The newest seal as `check_audit --against` takes it, for whoever may read the trail: their mailbox keeps it."""
    seal = last_seal() if reader.has_perm("trail.view_entry") else None
    return seal.line if seal else ""


def _home() -> str:
    return f"/{settings.ADMIN_PATH}"
