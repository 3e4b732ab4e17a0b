"""What supporters change of their own pledges: what is shown, what is promised, and whether it stands at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.post import outbox
from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from pledges.models import Fulfilment, Pledge, PledgingBody, PreceptWording
from pledges.services import confirming, photos
from pledges.services.pledging import Body

Hidden, Words, Verification = Pledge.Hidden, Pledge.Words, Pledge.Verification


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a supporter wants others to see of a heart. `is_on_wall` is their own wish; staff may still hide it."""

    public_name: str
    words: str
    is_16_or_older: bool
    consent_version: int | None = None
    is_on_wall: bool
    body: Body | None = None


@transaction.atomic
def change_what_is_shown(pledge_id: int, shown: Shown) -> list[str]:
    """Show this of the pledge from now on; returns the names of what has changed. Safe to repeat.

    Changed words wait for a person again, a changed organisation for verification: neither is seen before. What staff
    have hidden stays hidden. Raises `confirming.NameTakenError`, and `RefusedError` where the pledge is not confirmed
    any more.
    """
    _lock_mailbox_of(pledge_id)
    pledge = lock_confirmed(pledge_id)
    changed = [*_show_words(pledge, shown), *_show_name(pledge, shown), *_show_or_hide(pledge, shown)]
    pledge.is_16_or_older = pledge.is_16_or_older or shown.is_16_or_older
    pledge.consent_version = shown.consent_version or pledge.consent_version
    if shown.body and pledge.kind != Pledge.Kind.PERSON:
        changed += _write_body(pledge, shown.body)
    _look_again(pledge, changed)
    pledge.save()
    _write_down(pledge, "pledge.shown-changed", changed)
    return changed


@transaction.atomic
def change_promise(pledge_id: int, *, precepts: Sequence[PreceptWording], way: str, country: str) -> list[str]:
    """Promise this from now on; returns the names of what has changed. Safe to repeat.

    A precept that was promised before keeps the wording it was promised in, where that one is among `precepts`. What
    was said to be kept and is promised no more is not said any more. Raises `RefusedError` where the pledge is not
    confirmed any more.
    """
    pledge = lock_confirmed(pledge_id)
    wanted = {"way": way, "country": country}
    changed = [name for name, value in wanted.items() if getattr(pledge, name) != value]
    for name in changed:
        setattr(pledge, name, wanted[name])
    _look_again(pledge, changed)
    pledge.save()
    if {wording.pk for wording in precepts} != set(pledge.precepts.values_list("pk", flat=True)):
        changed.append("precepts")
        pledge.precepts.set(precepts)
        for fulfilment in Fulfilment.objects.filter(pledge=pledge):
            fulfilment.kept.remove(*fulfilment.kept.exclude(pk__in=[wording.pk for wording in precepts]))
    _write_down(pledge, "pledge.promise-changed", changed)
    return changed


@transaction.atomic
def withdraw(pledge_id: int) -> bool:
    """Take a pledge back: it is not counted and not shown any more, and keeps its number. False if it was before.

    Its photo is deleted. The supporter is told by mail, and can pledge anew. Raises `RefusedError` for one that never
    was confirmed.
    """
    pledge = Pledge.objects.select_for_update().get(pk=pledge_id)
    if pledge.status == Pledge.Status.WITHDRAWN:
        return False
    if pledge.status != Pledge.Status.CONFIRMED or pledge.erased_at:
        raise RefusedError(_("This pledge was not confirmed: there is nothing to take back."))
    pledge.status, pledge.withdrawn_at, pledge.featured_at = Pledge.Status.WITHDRAWN, timezone.now(), None
    pledge.save(update_fields=["status", "withdrawn_at", "featured_at"])
    photos.remove([pledge.pk])
    record("pledge.withdrawn", target=pledge)
    outbox.add(
        "pledge-withdrawn", cause=f"pledge-withdrawn:{pledge.pk}", subject_id=pledge.pk, language=pledge.language
    )
    return True


def lock_confirmed(pledge_id: int) -> Pledge:
    """The pledge, locked. Raises `RefusedError` where it is not a confirmed one with its supporter any more."""
    pledge = Pledge.objects.select_for_update().filter(pk=pledge_id, erased_at=None).first()
    if pledge is None or pledge.status != Pledge.Status.CONFIRMED:
        raise RefusedError(_("This pledge cannot be changed any more."))
    return pledge


def is_hidden_by_staff(pledge: Pledge) -> bool:
    """Whether the heart is hidden for another reason than its supporter's own wish."""
    return pledge.hidden_at is not None and pledge.hidden_reason != Hidden.OWN_WISH


def _lock_mailbox_of(pledge_id: int) -> None:
    """As whoever writes names of a mailbox does first: two forms could take the same name at once."""
    for pledge in Pledge.objects.filter(pk=pledge_id, canonical_email__isnull=False):
        confirming.lock_mailbox(campaign_id=pledge.campaign_id, canonical_email=pledge.canonical_email or "")


def _show_words(pledge: Pledge, shown: Shown) -> list[str]:
    if shown.words == pledge.words:
        return []
    pledge.words = shown.words
    pledge.words_status = Words.WAITING if shown.words else Words.NONE
    return ["words"]


def _show_name(pledge: Pledge, shown: Shown) -> list[str]:
    if shown.public_name == pledge.public_name:
        return []
    confirming.rename(pledge, shown.public_name)
    pledge.featured_at = None  # staff chose the heart under its old name
    return ["public_name"]


def _show_or_hide(pledge: Pledge, shown: Shown) -> list[str]:
    if is_hidden_by_staff(pledge) or shown.is_on_wall == (pledge.hidden_at is None):
        return []
    if shown.is_on_wall:
        pledge.hidden_at, pledge.hidden_reason = None, ""
    else:
        pledge.hidden_at, pledge.hidden_reason, pledge.featured_at = timezone.now(), Hidden.OWN_WISH, None
        photos.hold_back(pledge)
    return ["is_on_wall"]


def _write_body(pledge: Pledge, said: Body) -> list[str]:
    body = PledgingBody.objects.select_for_update().get(pledge=pledge)
    changed = [name for name in Body.__dataclass_fields__ if getattr(body, name) != getattr(said, name)]
    for name in changed:
        setattr(body, name, getattr(said, name))
    body.save(update_fields=changed)
    return changed


def _look_again(pledge: Pledge, changed: list[str]) -> None:
    """What staff verified of an organisation is not that any more: it waits for them again, unseen and uncounted."""
    if pledge.kind == Pledge.Kind.PERSON or not {"public_name", "form", "link", "people", "country"} & set(changed):
        return
    pledge.verification, pledge.featured_at = Verification.WAITING, None
    PledgingBody.objects.filter(pledge=pledge).update(decided_at=None, decided_by=None, refused_for="")


def _write_down(pledge: Pledge, action: str, changed: list[str]) -> None:
    if changed:
        record(action, target=pledge, detail={"changed": changed})
