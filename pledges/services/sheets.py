"""Hearts on paper: counted in by a group's keeper, or one by one by pupils with the group's code. Only numbers come."""

import datetime as dt
import uuid

from django.db import transaction
from django.db.models import Sum
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from blueheart.limits.counting import spend
from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from pledges.models import Group, PaperSheet
from pledges.paper_lists import MOST_HEARTS

DAY = dt.timedelta(days=1)
MOST_A_DAY = 20_000  # hearts that one group counts in
JOINS_AT_LEAST = 200  # a day and code, however small its target
JOINS_BY_NETWORK = 2_000  # an hour, with all codes: a school has one network
HOUR_SECONDS, DAY_SECONDS = 3600, 86_400


@transaction.atomic
def count_in(*, group: Group, hearts: int, way: str, form_token: uuid.UUID) -> PaperSheet:
    """Count the hearts of a list; the same form counts once. Raises `RefusedError`.

    One list of a group at a time: two that arrive together must not both slip below the day's ceiling.
    """
    group = Group.objects.select_for_update(no_key=True).get(pk=group.pk)
    counted = _counted_before(group, form_token)
    if counted:
        return counted
    if not group.is_open:
        raise RefusedError(_("This group is closed: it takes no more hearts."))
    if not 0 < hearts <= MOST_HEARTS:
        raise RefusedError(_("One list has 1 to 5,000 hearts."))
    today = group.sheets.filter(added_at__gt=timezone.now() - DAY, taken_back_at=None)
    left = MOST_A_DAY - (today.aggregate(hearts=Sum("hearts"))["hearts"] or 0)
    if hearts > left:
        said = ngettext(
            "A group counts in at most 20,000 hearts in 24 hours. %(left)d is left: please come back tomorrow.",
            "A group counts in at most 20,000 hearts in 24 hours. %(left)d are left: please come back tomorrow.",
            max(left, 0),
        )
        raise RefusedError(said % {"left": max(left, 0)})
    sheet = PaperSheet.objects.create(group=group, hearts=hearts, way=way, form_token=form_token)
    record("group.sheet-counted", target=group, detail={"sheet": sheet.pk, "hearts": hearts, "way": way})
    return sheet


@transaction.atomic
def join_unnamed(*, group: Group, network: str, form_token: uuid.UUID) -> None:
    """Count the heart of one pupil: a number and nothing else; the same form counts once. Raises `RefusedError`."""
    if _counted_before(group, form_token):
        return
    if not group.is_open or not group.is_of_pupils:
        raise RefusedError(_("This group is closed: it takes no more hearts."))
    # The keeper says the target: it lifts the ceiling no further than that of lists.
    most = min(max(2 * group.target, JOINS_AT_LEAST), MOST_A_DAY)
    within = spend("group-joins", group.code, limit=most, seconds=DAY_SECONDS)
    if not spend("group-joins-network", network, limit=JOINS_BY_NETWORK, seconds=HOUR_SECONDS) or not within:
        raise RefusedError(
            _("Very many hearts came in with this code. Please come back tomorrow, or give your keeper the number.")
        )
    PaperSheet.objects.bulk_create(
        [PaperSheet(group=group, hearts=1, way=PaperSheet.Way.JOINED, form_token=form_token)], ignore_conflicts=True
    )


@transaction.atomic
def take_back(sheet: PaperSheet, *, request: HttpRequest | None = None) -> None:
    """Take a list out of the count again, which stays on record. Safe to call twice; staff pass their `request`."""
    sheet = PaperSheet.objects.select_for_update().select_related("group").get(pk=sheet.pk)
    if sheet.taken_back_at is None:
        sheet.taken_back_at = timezone.now()
        sheet.save(update_fields=["taken_back_at"])
        detail = {"sheet": sheet.pk, "hearts": sheet.hearts}
        record("group.sheet-taken-back", target=sheet.group, request=request, detail=detail)


def _counted_before(group: Group, form_token: uuid.UUID) -> PaperSheet | None:
    return PaperSheet.objects.filter(group=group, form_token=form_token).first()
