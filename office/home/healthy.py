"""Is it healthy: one line per thing that must go on by itself, said in words and with a sign."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from django.conf import settings
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.exports.models import PreparedExport
from blueheart.post.models import Message
from blueheart.trail.models import Seal
from donations.models import ReconciliationRun, StripeEvent
from office import health
from office.models import JobTurn

BACKUP = "backup"
RECOUNTS = ("recount-pledges", "check-books")
SIGHT = ("office.view_jobturn", "post.view_message", "donations.view_stripeevent")
A_MINUTE, A_QUARTER, A_NIGHT = 60, 15 * 60, 26 * 60 * 60
LISTED: tuple[type[Model], ...] = (JobTurn, Message, StripeEvent, PreparedExport, ReconciliationRun, Seal)
UNSEALED = dt.timedelta(minutes=5)


class Sign(Enum):
    """How a thing is: a sign and a word, so that nothing is told by colour alone."""

    FINE = ("✓", gettext_lazy("fine"))
    LOOK = ("!", gettext_lazy("please look"))
    UNKNOWN = ("–", gettext_lazy("not known"))

    @property
    def mark(self) -> str:
        return self.value[0]

    @property
    def word(self) -> str | Promise:
        return self.value[1]

    @property
    def css(self) -> str:
        return self.name.lower()


@dataclass(frozen=True)
class Line:
    """One thing, how it is, what is known of it, and the list where it can be looked at; empty where there is none."""

    what: str
    sign: Sign
    known: str
    url: str = ""


def may_see(request: HttpRequest) -> bool:
    """Whether the person may look at any of what the lines tell."""
    return any(request.user.has_perm(permission) for permission in SIGHT)


def lines(request: HttpRequest) -> list[Line]:
    """All lines; six queries, however much waits.

    The backup is known by the row `backup` of the worker's turns: whatever makes a backup writes when it ended, and
    its failure where there was one.
    """
    turns = {turn.name: turn for turn in JobTurn.objects.filter(name__in=[health.HEARTBEAT, BACKUP, *RECOUNTS])}
    mail, events, exports = health.queues()
    found = [
        _worker(turns.get(health.HEARTBEAT)),
        _webhook(),
        _queue(_("Events of Stripe’s"), events, A_QUARTER, StripeEvent, "status__exact=received"),
        _queue(_("Mail"), mail, A_QUARTER, Message, "status__exact=waiting"),
        _queue(_("Exports in work"), exports, A_QUARTER, PreparedExport, ""),
        _reconciliation(),
        _recount(turns),
        _trail(),
        _backup(turns.get(BACKUP)),
    ]
    return [line if _may_open(request, line) else Line(line.what, line.sign, line.known) for line in found]


def _may_open(request: HttpRequest, line: Line) -> bool:
    of_model = {_list(model): model._meta for model in LISTED}
    meta = of_model.get(line.url.partition("?")[0])
    return meta is None or request.user.has_perm(f"{meta.app_label}.view_{meta.model_name}")


def _list(model: type[Model]) -> str:
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")


def _worker(turn: JobTurn | None) -> Line:
    age = health.age_of(turn.ended_at) if turn else None
    sign = Sign.FINE if age is not None and age <= A_MINUTE else Sign.LOOK
    known = _ago(turn.ended_at) if turn and turn.ended_at else _("no worker has run yet")
    return Line(_("The worker was alive"), sign, known, _list(JobTurn))


def _webhook() -> Line:
    moment = health.last_webhook()
    if moment:
        return Line(_("Last webhook"), Sign.FINE, _ago(moment), _list(StripeEvent))
    if settings.STRIPE_WEBHOOK_SECRETS:
        return Line(_("Last webhook"), Sign.UNKNOWN, _("none among the newest events"), _list(StripeEvent))
    known = _("none: without a webhook’s secret, events are fetched from Stripe’s list")
    return Line(_("Last webhook"), Sign.UNKNOWN, known, _list(StripeEvent))


def _queue(what: str, queue: health.Queue, longest: int, model: type[Model], query: str) -> Line:
    url = f"{_list(model)}?{query}" if query else _list(model)
    if queue.overdue is None:
        known = _("waiting: %(number)s; none is late") if queue.waiting else _("nothing waits")
        return Line(what, Sign.FINE, known % {"number": queue.waiting} if queue.waiting else known, url)
    late = timesince(timezone.now() - dt.timedelta(seconds=queue.overdue))
    known = _("waiting: %(number)s; the first is late by %(time)s") % {"number": queue.waiting, "time": late}
    return Line(what, Sign.LOOK if queue.overdue > longest else Sign.FINE, known, url)


def _reconciliation() -> Line:
    run = ReconciliationRun.objects.filter(ended_at__isnull=False).first()
    what, url = _("Last comparison with Stripe"), _list(ReconciliationRun)
    if run is None:
        return Line(what, Sign.UNKNOWN, _("none yet"), url)
    is_fine = not run.found and not run.failure and (health.age_of(run.ended_at) or 0) <= A_NIGHT
    known = _ago(run.ended_at)
    if run.found or run.failure:
        known = _("%(when)s: they differ, or Stripe could not be asked") % {"when": known}
    return Line(what, Sign.FINE if is_fine else Sign.LOOK, known, url)


def _recount(turns: Mapping[str, JobTurn]) -> Line:
    """Hearts and books are counted anew every night: the older of both counts here."""
    done = [turns[name] for name in RECOUNTS if name in turns]
    what, url = _("Last recount of hearts and books"), _list(JobTurn)
    ended = [turn.ended_at for turn in done if turn.ended_at]
    if len(ended) < len(RECOUNTS):
        return Line(what, Sign.UNKNOWN, _("not all of it was counted yet"), url)
    is_fine = (health.age_of(min(ended)) or 0) <= A_NIGHT and not any(turn.failure for turn in done)
    return Line(what, Sign.FINE if is_fine else Sign.LOOK, _ago(min(ended)), url)


def _trail() -> Line:
    what, url = _("Last sealed minute of the trail"), _list(Seal)
    seal = health.sealed()
    if seal is None:
        return Line(what, Sign.UNKNOWN, _("none yet"), url)
    minute, oldest = seal
    is_late = oldest is not None and oldest < timezone.now() - UNSEALED
    known = _ago(minute)
    return Line(what, Sign.LOOK if is_late else Sign.FINE, known, url)


def _backup(turn: JobTurn | None) -> Line:
    what, url = _("Last backup"), _list(JobTurn)
    if turn is None or turn.ended_at is None:
        return Line(what, Sign.UNKNOWN, _("no backup is known"), url)
    is_fine = not turn.failure and (health.age_of(turn.ended_at) or 0) <= A_NIGHT
    return Line(what, Sign.FINE if is_fine else Sign.LOOK, _ago(turn.ended_at), url)


def _ago(moment: dt.datetime | None) -> str:
    if moment is None:
        return _("not known")
    return _("just now") if (health.age_of(moment) or 0) < A_MINUTE else _("%(time)s ago") % {"time": timesince(moment)}
