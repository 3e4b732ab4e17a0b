"""Groups that staff open from a list, all at once, and take back while nobody has joined them."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from campaigns.models import Campaign
from pledges.group_list import ListedGroup
from pledges.models import Group, GroupTally, PaperSheet, Pledge, PledgeDelta
from pledges.services.groups import ask_to_confirm, spelling

NAMED = 5  # groups in a refusal


@transaction.atomic
def open_listed(listed: Sequence[ListedGroup], *, campaign: Campaign, by: User, request: HttpRequest) -> list[Group]:
    """Open the groups of a list; keepers get a mail that confirms their address. Raises `RefusedError`.

    A group of this name and country that the campaign has already is refused: the list was imported before.
    """
    _refuse_known(listed, campaign)
    now = timezone.now()
    groups = []
    for each in listed:
        fields = each._asdict() | {"keeper_email": spelling(each.keeper_email) if each.keeper_email else ""}
        group = Group.objects.create(
            campaign=campaign, status=Group.Status.APPROVED, decided_at=now, decided_by=by, **fields
        )
        record("group.approved", target=group, request=request, detail={"way": "list"})
        if group.keeper_email:
            ask_to_confirm(group)
        groups.append(group)
    return groups


@transaction.atomic
def take_listed_back(keys: Sequence[int], *, why: str, request: HttpRequest) -> None:
    """Delete groups of a list. Raises `RefusedError` where one has hearts: close that one instead. Safe to repeat."""
    groups = list(Group.objects.filter(pk__in=keys).select_for_update().order_by("pk"))
    joined = set(Pledge.objects.filter(group__in=groups).values_list("group_id", flat=True))
    joined |= set(PaperSheet.objects.filter(group__in=groups).values_list("group_id", flat=True))
    # Hearts that were there once are counted with it for ever.
    joined |= set(PledgeDelta.objects.filter(group__in=groups).values_list("group_id", flat=True))
    joined |= set(GroupTally.objects.filter(group__in=groups).values_list("group_id", flat=True))
    if joined:
        named = ", ".join(group.name for group in groups if group.pk in joined)[:200]
        raise RefusedError(_("People have joined: %(names)s. Close these groups instead.") % {"names": named})
    for group in groups:
        record("group.taken-back", target=group, why=why, request=request)
    Group.objects.filter(pk__in=[group.pk for group in groups]).delete()


def _refuse_known(listed: Sequence[ListedGroup], campaign: Campaign) -> None:
    places = {(each.name, each.country) for each in listed}
    known = Group.objects.filter(campaign=campaign, name__in=[each.name for each in listed])
    again = [name for name, country in known.values_list("name", "country") if (name, country) in places]
    if again:
        named = ", ".join(again[:NAMED])
        raise RefusedError(_("There are such groups already: %(names)s. Nothing was written.") % {"names": named})
