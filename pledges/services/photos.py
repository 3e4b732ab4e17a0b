"""Photos of hearts: drawn anew, held back until a person has looked, public in a file nobody can guess."""

import contextlib
import datetime as dt
import secrets
from collections.abc import Iterable

from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from pledges.models import HeartPhoto, HeldPhoto, Pledge

FOLDER = "hearts"
REFUSED_KEPT = dt.timedelta(days=7)
Status = HeartPhoto.Status


class PhotoRefusedError(RefusedError):
    """What was asked cannot be done with this photo as it stands."""


def put(
    pledge: Pledge, *, webp: bytes, size: tuple[int, int], alt: str, consent_version: int | None = None
) -> HeartPhoto:
    """Hold a photo until a person has looked; it takes the place of the one before. For a locked pledge."""
    remove([pledge.pk])
    photo = HeartPhoto.objects.create(
        pledge=pledge, width=size[0], height=size[1], alt=alt, consent_version=consent_version
    )
    HeldPhoto.objects.create(photo=photo, webp=webp)
    return photo


def describe(pledge: Pledge, alt: str) -> None:
    """Say anew what the photo shows; what was approved is looked at again, for words can hurt like pictures."""
    photo = HeartPhoto.objects.select_for_update().filter(pledge=pledge).first()
    if photo is None or photo.alt == alt:
        return
    photo.alt = alt
    if photo.status == Status.APPROVED:
        _hold(photo)
        _decide(photo, Status.WAITING)
    photo.save()


def hold_back(pledge: Pledge) -> None:
    """Take the photo of a hidden heart from the public, too: it waits to be looked at again. For a locked pledge."""
    for photo in HeartPhoto.objects.select_for_update().filter(pledge=pledge, status=Status.APPROVED):
        _hold(photo)
        _decide(photo, Status.WAITING)
        photo.save()


def remove(pledge_ids: Iterable[int]) -> int:
    """Delete the photos of these pledges, their public files as soon as the transaction commits; returns how many."""
    photos = list(HeartPhoto.objects.select_for_update().filter(pledge_id__in=list(pledge_ids)))
    for photo in photos:
        _delete_file_at_the_end(photo.file.name)
    HeartPhoto.objects.filter(pk__in=[photo.pk for photo in photos]).delete()
    return len(photos)


@transaction.atomic
def approve(*, photo_id: int, by: User, request: HttpRequest) -> None:
    """Make the photo public. Raises `PhotoRefusedError`."""
    photo = _locked(photo_id)
    if photo.status == Status.APPROVED:
        raise PhotoRefusedError(_("It is approved already."))
    if photo.pledge.hidden_reason == Pledge.Hidden.MAY_NEED_HELP:
        raise PhotoRefusedError(_("Nothing of a supporter who may need help is published."))
    if photo.pledge.hidden_at:
        raise PhotoRefusedError(_("Its heart is hidden. Show the heart again first."))
    held = HeldPhoto.objects.filter(photo=photo).first()
    if held is None:
        raise PhotoRefusedError(_("The picture was deleted some days after it was refused."))
    photo.file.save(f"{secrets.token_hex(16)}.webp", ContentFile(bytes(held.webp)), save=False)
    held.delete()
    _decide(photo, Status.APPROVED, by=by)
    photo.save()
    record("heart-photo.approved", target=photo, request=request)


@transaction.atomic
def refuse(*, photo_id: int, reason: str, by: User, request: HttpRequest) -> None:
    """Keep the photo from the public, for one of `HeartPhoto.Refusal`. Raises `PhotoRefusedError`.

    Where the reason is that somebody may need help, ask `helping.may_need_help` instead.
    """
    photo = _locked(photo_id)
    if photo.status == Status.REFUSED:
        raise PhotoRefusedError(_("It is refused already."))
    withdraw_from_public(photo, reason=reason, by=by, request=request)


@transaction.atomic
def look_again(*, photo_id: int, request: HttpRequest) -> None:
    """Take a decision back: the photo waits once more. Raises `PhotoRefusedError`."""
    photo = _locked(photo_id)
    if photo.status == Status.WAITING:
        raise PhotoRefusedError(_("It waits to be looked at already."))
    if photo.refused_for == HeartPhoto.Refusal.MAY_NEED_HELP:
        raise PhotoRefusedError(_("Nothing of a supporter who may need help is published."))
    if photo.status == Status.APPROVED:
        _hold(photo)
    elif not HeldPhoto.objects.filter(photo=photo).exists():
        raise PhotoRefusedError(_("The picture was deleted some days after it was refused."))
    _decide(photo, Status.WAITING)
    photo.save()
    record("heart-photo.to-be-looked-at", target=photo, request=request)


def withdraw_from_public(photo: HeartPhoto, *, reason: str, request: HttpRequest, by: User | None = None) -> None:
    """Refuse a locked photo, whatever it was before; its picture is deleted some days later."""
    if photo.status == Status.APPROVED:
        _hold(photo)
    _decide(photo, Status.REFUSED, by=by, refused_for=HeartPhoto.Refusal(reason))
    photo.save()
    record("heart-photo.refused", target=photo, request=request, why=reason)


def refused_due() -> "QuerySet[HeldPhoto]":
    """Pictures that were refused a week ago."""
    long_ago = timezone.now() - REFUSED_KEPT
    return HeldPhoto.objects.filter(photo__status=Status.REFUSED, photo__decided_at__lt=long_ago)


def forget_refused() -> int:
    """Delete pictures that were refused a week ago: that there was one, and why not, stays. Returns how many."""
    with transaction.atomic():
        ids = list(refused_due().select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
        HeldPhoto.objects.filter(pk__in=ids).delete()
    return len(ids)


def sweep_files() -> int:
    """Delete public files that no photo has: a process ended before it could. Returns how many."""
    try:
        _folders, names = default_storage.listdir(FOLDER)
    except FileNotFoundError:  # a bucket knows no folders, and lists nothing then
        return 0
    used = set(HeartPhoto.objects.exclude(file="").values_list("file", flat=True))
    an_hour_ago = timezone.now() - dt.timedelta(hours=1)
    lost = [path for path in (f"{FOLDER}/{name}" for name in names) if path not in used]
    gone = [path for path in lost if default_storage.get_modified_time(path) < an_hour_ago]
    for path in gone:
        default_storage.delete(path)
    return len(gone)


def _locked(photo_id: int) -> HeartPhoto:
    """The photo, behind the lock of its pledge: all that is done to a pledge's things takes that one first."""
    photo = HeartPhoto.objects.only("pledge_id").get(pk=photo_id)
    Pledge.objects.select_for_update().get(pk=photo.pledge_id)
    return HeartPhoto.objects.select_for_update(of=("self",)).select_related("pledge").get(pk=photo_id)


def _hold(photo: HeartPhoto) -> None:
    """Take a public photo back: its file goes when the transaction commits."""
    # A file that is lost must not keep anyone from hiding the photo.
    with contextlib.suppress(FileNotFoundError), photo.file.open("rb") as file:
        HeldPhoto.objects.update_or_create(photo=photo, defaults={"webp": file.read()})
    _delete_file_at_the_end(photo.file.name)
    photo.file = ""


def _decide(photo: HeartPhoto, status: str, *, by: User | None = None, refused_for: str = "") -> None:
    photo.status, photo.refused_for = status, refused_for
    photo.decided_by = by
    photo.decided_at = None if status == Status.WAITING else timezone.now()


def _delete_file_at_the_end(name: str | None) -> None:
    if name:
        transaction.on_commit(lambda: default_storage.delete(name))
