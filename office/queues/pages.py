"""The pages of the queues: all of them, and one with one item at a time."""

from collections import defaultdict
from http import HTTPStatus
from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.admin.acts import staff
from blueheart.moderation import claims
from blueheart.moderation.models import Claim, Decision
from blueheart.moderation.queues import MOST, Act, Queue
from blueheart.refusals import RefusedError
from blueheart.trail.record import kind_of, record
from office.page import OfficePage
from office.queues.kinds import QUEUES
from office.queues.working import decide, person, today, undo

MOST_KEYS = 9  # reasons that have a digit


class Line(NamedTuple):
    """One queue on the page of all of them."""

    queue: Queue
    url: str
    number: int
    is_more: bool
    since: Any
    people: list[str]


class Key(NamedTuple):
    """One reason, its digit and its words."""

    digit: str
    value: str
    label: Any


def url_of(queue: Queue) -> str:
    """The address of one queue."""
    return reverse("admin:queue", args=[queue.name])


def all_queues(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Every queue that this person may work on: how many wait, since when, and who is at it."""
    me = staff(request)
    at_it: dict[str, list[str]] = defaultdict(list)
    for claim in Claim.objects.live().exclude(queue="").exclude(holder=me).select_related("holder").order_by("pk"):
        if person(claim) not in at_it[claim.queue]:
            at_it[claim.queue].append(person(claim))
    lines = []
    for queue in _mine(me):
        number, since = queue.waiting()
        lines.append(Line(queue, url_of(queue), number, number >= MOST, since, at_it[queue.name]))
    context = site.each_context(request) | {"title": _("Queues"), "lines": lines}
    return TemplateResponse(request, "office/queues.html", context)


def one_queue(request: HttpRequest, site: AdminSite, kind: str) -> HttpResponse:
    """The oldest item that nobody else looks at, what can be decided about it, and what was decided last."""
    queue = QUEUES.get(kind)
    if queue is None:
        raise Http404
    if not queue.may_work(staff(request)):
        raise PermissionDenied
    return _work(queue, request) if request.method == "POST" else _show(queue, request, site)


def _work(queue: Queue, request: HttpRequest) -> HttpResponse:
    """Do what was pressed, then show what comes next; whatever is refused says why there."""
    me, act, pk = staff(request), request.POST.get("act", ""), _number(request, "item")
    model = queue.rows().model
    if act == "look":
        return _look(queue, model(pk=pk), request)
    if act == "leave":
        claims.release_all(model, me)
        return HttpResponseRedirect(reverse("admin:queues"))
    try:
        if act == "skip":
            claims.skip(model(pk=pk), me)
        elif act == "skipped-again":
            claims.show_skipped_again(model, me)
        elif act == "undo":
            undo(queue, decision_id=_number(request, "decision"), request=request)
            messages.success(request, _("Taken back. Here it is again."))
        elif any(each.name == act and each.warns for each in queue.acts) and "confirmed" not in request.POST:
            return HttpResponseRedirect(f"{url_of(queue)}?ask={act}&item={pk}")
        else:
            reason, seen = request.POST.get("reason", ""), request.POST.get("seen", "")
            decide(queue, pk=pk, act=act, reason=reason, seen=seen, request=request)
    except RefusedError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(url_of(queue))


def _look(queue: Queue, row: Any, request: HttpRequest) -> HttpResponse:
    """Renew the claim on what the queue has shown to somebody who still looks at it."""
    is_renewed = claims.renew(row, staff(request), queue=queue.name)
    return HttpResponse(status=HTTPStatus.NO_CONTENT if is_renewed else HTTPStatus.CONFLICT)


def _note(queue: Queue, row: Any, request: HttpRequest) -> None:
    record(f"{kind_of(row)}.viewed", target=row, request=request, detail={"queue": queue.name})


def _show(queue: Queue, request: HttpRequest, site: AdminSite) -> HttpResponse:
    me = staff(request)
    taken = claims.take_next(queue.rows(), me, queue=queue.name)
    number, _since = queue.waiting()
    done, last = today(queue, request)
    context = site.each_context(request) | {
        "title": queue.label,
        "queue": queue,
        "number": number,
        "is_more": number >= MOST,
        "done_today": done,
        "last": last,
        "last_said": _past(queue, last) if last else "",
        "all_queues_url": reverse("admin:queues"),
    }
    if taken:
        context |= _of_item(queue, taken.row, request)
        if taken.is_new:
            _note(queue, taken.row, request)
    else:
        context["held_by"] = _held_by_others(queue, me)
        context["skipped"] = number and claims.left_by(queue.rows(), me)
    return TemplateResponse(request, "office/queue.html", context)


def _of_item(queue: Queue, row: Any, request: HttpRequest) -> dict[str, Any]:
    acts = [act for act in queue.acts if act.applies(row)]
    asked = request.GET.get("ask", "") if request.GET.get("item") == str(row.pk) else ""
    return {
        "item": queue.shown(row),
        "heading": str(queue.one) % {"name": queue.name_of(row)},
        "row_id": row.pk,
        "seen": queue.seal(row),
        "acts": [(act, _keys(act)) for act in acts],
        "asked": next((act for act in acts if act.name == asked and act.warns), None),
    }


def _keys(act: Act) -> list[Key]:
    digits = [str(number) if number <= MOST_KEYS else "" for number in range(1, len(act.reasons) + 1)]
    return [Key(digit, value, label) for digit, (value, label) in zip(digits, act.reasons, strict=True)]


def _past(queue: Queue, decision: Decision) -> str:
    return next((str(act.past) % {"name": decision.name} for act in queue.acts if act.name == decision.act), "")


def _held_by_others(queue: Queue, me: User) -> list[tuple[str, Any]]:
    """Who still looks at an item of this queue, and until when it is theirs."""
    kind = claims.kind_of(queue.rows().model)
    held = Claim.objects.live().filter(kind=kind, target_id__in=queue.rows().order_by().values("pk")).exclude(holder=me)
    return [(person(claim), claim.expires_at) for claim in held.select_related("holder").order_by("expires_at")]


def _number(request: HttpRequest, name: str) -> int:
    """A key that was sent; 0, which no row has, where there is none."""
    given = request.POST.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 18 else 0


def _mine(user: User) -> list[Queue]:
    return [queue for queue in QUEUES.values() if queue.may_work(user)]


def _may_work_on_any(request: HttpRequest, _site: AdminSite) -> bool:
    return isinstance(request.user, User) and bool(_mine(request.user))


PAGES = [
    OfficePage("queues/", "queues", all_queues, _may_work_on_any, label=gettext_lazy("Queues: one item after another")),
    OfficePage("queues/<slug:kind>/", "queue", one_queue, _may_work_on_any),
]
