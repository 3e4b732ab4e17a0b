"""Asking supporters whether they kept their pledge, and writing down what they say."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from blueheart.days import utc_today
from blueheart.limits.counting import spend
from blueheart.post import outbox
from blueheart.visits.links import LinkExpiredError, link_behind
from campaigns.models import Campaign
from pledges import limits
from pledges.models import CampaignTerms, Fulfilment, MailedLink, Pledge, PreceptWording
from pledges.models.pledges import PledgeQuerySet
from pledges.services import photo_files, photos

LINK_LASTS = dt.timedelta(days=90)
AGAIN_AFTER = dt.timedelta(days=30)
ASKED_IN_ONE_TRANSACTION = 500
ASKED_IN_ONE_RUN = 5000  # what is left over waits for the next hour: these mails must not hold others up
ANSWERS_A_DAY = 20
DAY = 24 * 60 * 60
Drawn = tuple[bytes, tuple[int, int]]  # a photo as it will be kept: WebP of our own making, its size in pixels


class TooManyAnswersError(Exception):
    """More answers or photos came through one link today than anybody needs to send."""


@dataclass(frozen=True, kw_only=True)
class NewPhoto:
    """A photo as it was sent, its header looked at and nothing unpacked, and what it shows."""

    file: IO[bytes]
    alt: str = ""
    consent_version: int | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a supporter says when they are asked."""

    answer: str
    kept: Sequence[PreceptWording] = ()
    words: str = ""
    is_16_or_older: bool = False
    consent_version: int | None = None
    ask_again: bool = False
    photo: NewPhoto | None = None
    removes_photo: bool = False
    alt: str = ""


def ask_supporters() -> int:
    """Have those asked by mail whose time has come, each once; and once more who wished it. Returns how many."""
    asked = 0
    for due in _due():
        while asked < ASKED_IN_ONE_RUN and (batch := _ask(due)):
            asked += batch
    while asked < ASKED_IN_ONE_RUN and (batch := _ask_once_more()):
        asked += batch
    return asked


def pledge_behind(token: str) -> Pledge:
    """The pledge that a mailed link asks about; looking at it changes nothing.

    Raises `LinkExpiredError`, for a pledge that is not one any more too.
    """
    mailed = MailedLink.objects.select_related("pledge__campaign", "pledge__fulfilment", "pledge__photo")
    link = link_behind(mailed.filter(purpose=MailedLink.Purpose.KEPT), token)
    if not _may_answer(link.pledge):
        raise LinkExpiredError
    return link.pledge


def answer(*, token: str, said: Answer, request: HttpRequest) -> Pledge:
    """Write down what the supporter says; the tallies follow by themselves.

    Safe to send twice: the newest answer holds. New words and photos wait until a person has looked. The photo is drawn
    last of all, when nothing else is left to refuse it. Raises `LinkExpiredError`, `TooManyAnswersError`, and of the
    photo `ValidationError` and `campaigns.pictures.BusyError`.
    """
    pledge = pledge_behind(token)
    within = spend("kept-answers", str(pledge.pk), limit=ANSWERS_A_DAY, seconds=DAY)
    if not within or (said.photo and not limits.may_send_photo(request, pledge.canonical_email or str(pledge.pk))):
        raise TooManyAnswersError
    drawn = photo_files.drawn_anew(said.photo.file) if said.photo else None
    return _write_down(pledge.pk, said, drawn)


@transaction.atomic
def _write_down(pledge_id: int, said: Answer, drawn: Drawn | None) -> Pledge:
    pledge = Pledge.objects.select_for_update().filter(pk=pledge_id).first()
    if pledge is None or not _may_answer(pledge):
        raise LinkExpiredError
    is_done = said.answer == Fulfilment.Answer.DONE
    pledge.fulfilled_at = (pledge.fulfilled_at or timezone.now()) if is_done else None
    pledge.is_16_or_older = pledge.is_16_or_older or said.is_16_or_older
    pledge.consent_version = said.consent_version or pledge.consent_version
    pledge.save(update_fields=["fulfilled_at", "is_16_or_older", "consent_version"])
    fulfilment = Fulfilment.objects.filter(pledge=pledge).first() or Fulfilment(pledge=pledge)
    if said.words != fulfilment.words:
        fulfilment.words = said.words
        fulfilment.words_status = Pledge.Words.WAITING if said.words else Pledge.Words.NONE
    fulfilment.answer = said.answer
    fulfilment.answered_at = timezone.now()
    again = said.ask_again and not is_done and fulfilment.asked_again_at is None
    fulfilment.ask_again_on = utc_today() + AGAIN_AFTER if again else None
    fulfilment.save()
    fulfilment.kept.set(said.kept)
    _take_photo(pledge, said, drawn)
    return pledge


def _take_photo(pledge: Pledge, said: Answer, drawn: Drawn | None) -> None:
    if said.photo and drawn:
        webp, size = drawn
        photos.put(pledge, webp=webp, size=size, alt=said.photo.alt, consent_version=said.photo.consent_version)
    elif said.removes_photo:
        photos.remove([pledge.pk])
    elif said.alt:
        photos.describe(pledge, said.alt)


def _may_answer(pledge: Pledge) -> bool:
    """Suspected ones too: their supporters learn nothing of it."""
    return (
        pledge.status == Pledge.Status.CONFIRMED
        and pledge.erased_at is None
        and pledge.standing != Pledge.Standing.INVALID
        and pledge.verification in (Pledge.Verification.NOT_NEEDED, Pledge.Verification.VERIFIED)
    )


def _due() -> Iterator[PledgeQuerySet]:
    """For each campaign, those whom its terms say to ask now.

    A campaign about one day asks on its day who pledged before it; who pledges later is asked after so many days.
    """
    today, now = utc_today(), timezone.now()
    to_ask = Pledge.objects.counted().filter(kept_asked_at=None, hidden_at=None, erased_at=None, fulfilment=None)
    written = CampaignTerms.objects.in_bulk()
    for campaign in Campaign.objects.only("pk").order_by("pk"):
        terms = written.get(campaign.pk) or CampaignTerms(campaign=campaign)
        when = Q(pk__in=[])
        if terms.ask_after_days:
            when |= Q(confirmed_at__lte=now - dt.timedelta(days=terms.ask_after_days))
        if terms.ask_on:
            day = dt.datetime.combine(terms.ask_on, dt.time(), dt.UTC)
            before = Q(confirmed_at__lt=day)
            when = (before if terms.ask_on <= today else Q(pk__in=[])) | (when & ~before)
        yield to_ask.filter(when, campaign=campaign)


@transaction.atomic
def _ask(due: PledgeQuerySet) -> int:
    pledges = list(
        due.order_by("confirmed_at").select_for_update(skip_locked=True, of=("self",))[:ASKED_IN_ONE_TRANSACTION]
    )
    Pledge.objects.filter(pk__in=[pledge.pk for pledge in pledges]).update(kept_asked_at=timezone.now())
    for pledge in pledges:
        outbox.add("pledge-kept", cause=f"pledge-kept:{pledge.pk}", subject_id=pledge.pk, language=pledge.language)
    return len(pledges)


@transaction.atomic
def _ask_once_more() -> int:
    due = (
        Fulfilment.objects.filter(ask_again_on__lte=utc_today(), asked_again_at=None)
        .select_related("pledge")
        .order_by("ask_again_on")
        .select_for_update(skip_locked=True, of=("self",))
    )
    answers = list(due[:ASKED_IN_ONE_TRANSACTION])
    Fulfilment.objects.filter(pk__in=[row.pk for row in answers]).update(asked_again_at=timezone.now())
    for row in answers:
        cause = f"pledge-kept-again:{row.pledge_id}"
        outbox.add("pledge-kept", cause=cause, subject_id=row.pledge_id, language=row.pledge.language)
    return len(answers)
