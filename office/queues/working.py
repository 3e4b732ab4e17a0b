"""Deciding in a queue, and taking the last decision back: the acts themselves are services of the apps."""

import datetime as dt

from django.db import transaction
from django.db.models import Count, Window
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.admin.acts import staff
from blueheart.days import utc_today
from blueheart.moderation import claims
from blueheart.moderation.models import Claim, Decision
from blueheart.moderation.queues import Act, Queue
from blueheart.refusals import RefusedError

UNDO_WITHIN = dt.timedelta(minutes=10)
LONGEST_WHY = 200


def person(claim: Claim) -> str:
    """How a colleague is named to others in the office."""
    return claim.holder.get_full_name() or claim.holder.get_username()


@transaction.atomic
def decide(queue: Queue, *, pk: int, act: str, reason: str, seen: str, request: HttpRequest) -> Decision:
    """Do one act on a row that waits and says what was read; the claim ends. Raises `RefusedError`."""
    me = staff(request)
    row = queue.locked(pk)
    if row is None or not queue.rows().order_by().filter(pk=pk).exists():
        raise RefusedError(_("Somebody else has decided on it, or it was taken back. Here is the next one."))
    if not claims.take(row, me, queue=queue.name):
        held = claims.held_by_other(row, me)
        raise RefusedError(
            _("A colleague looks at it now: %(person)s. Nothing was done.") % {"person": person(held) if held else ""}
        )
    if queue.seal(row) != seen:
        raise RefusedError(_("This was changed while you read it. Nothing was done: please look again."))
    chosen = next((each for each in queue.acts if each.name == act and each.applies(row)), None)
    done = chosen.do(row, _reason(chosen, reason), request) if chosen else None
    if chosen is None or done is None:
        raise RefusedError(_("That changes nothing."))
    claims.release(row, me)
    left = queue.seal(queue.locked(pk)) if done.undo else ""
    return Decision.objects.create(
        queue=queue.name, target_id=pk, by=me, act=act, name=queue.name_of(row), undo=done.undo, left=left
    )


@transaction.atomic
def undo(queue: Queue, *, decision_id: int, request: HttpRequest) -> None:
    """Take a decision of one's own back, within ten minutes and while nobody changed the row. Raises `RefusedError`."""
    me = staff(request)
    mine = Decision.objects.select_for_update().filter(pk=decision_id, queue=queue.name, by=me, undone_at=None)
    decision = mine.filter(at__gte=timezone.now() - UNDO_WITHIN).exclude(undo="").first()
    if decision is None:
        raise RefusedError(_("This cannot be taken back any more."))
    row = queue.locked(decision.target_id)
    if row is None or queue.seal(row) != decision.left:
        raise RefusedError(_("It was changed since. Nothing was taken back: please look at its page."))
    if not claims.take(row, me, queue=queue.name) or not queue.undo(row, decision.undo, request):
        raise RefusedError(_("That changes nothing."))
    decision.undone_at = timezone.now()
    decision.save(update_fields=["undone_at"])


def today(queue: Queue, request: HttpRequest) -> tuple[int, Decision | None]:
    """How many this person decided here today, and the last of them; one query."""
    now = timezone.now()
    midnight = dt.datetime.combine(utc_today(), dt.time(), dt.UTC)
    mine = Decision.objects.filter(queue=queue.name, by=staff(request), at__gte=midnight, undone_at=None)
    last = mine.annotate(number=Window(Count("pk"))).order_by("-at", "-pk").first()
    if last is None:
        return 0, None
    return last.number, last if last.at >= now - UNDO_WITHIN else None


def _reason(act: Act, given: str) -> str:
    given = given.strip()
    if act.reasons and given not in dict(act.reasons):
        raise RefusedError(_("Choose the reason. Nothing was changed."))
    if act.asks_why and not given:
        raise RefusedError(_("Say why. Nothing was changed."))
    return given[:LONGEST_WHY] if act.reasons or act.asks_why else ""
