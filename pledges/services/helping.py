"""Supporters who may need help: nothing of theirs is published, staff are told at once, and they get the helpline."""

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from blueheart.post import outbox
from blueheart.post.alerts import alert
from blueheart.refusals import RefusedError
from blueheart.trail.record import record
from campaigns.models import Helpline
from pledges.models import Fulfilment, HeartPhoto, HeartReport, Pledge
from pledges.services import photos, quiet

ANSWER = "pledges.answer_for_help"


class NobodyToAnswerError(RefusedError):
    """Nobody waits for the helpline here, or there is no address to write to."""


@transaction.atomic
def may_need_help(*, pledge_id: int, request: HttpRequest) -> bool:
    """Publish nothing of this supporter any more, and have who answers such supporters told at once by mail.

    For good: no other act shows the heart, its words or its photo again. False where it was known before.
    """
    pledge = Pledge.objects.select_for_update().get(pk=pledge_id)
    if pledge.hidden_reason == Pledge.Hidden.MAY_NEED_HELP:
        return False
    _publish_nothing(pledge, request)
    record("pledge.may-need-help", target=pledge, request=request)
    alert("alert-heart-may-need-help", cause=f"alert-heart-may-need-help:{pledge.pk}",
          subject_id=pledge.pk)  # fmt: skip
    return True


def report_may_need_help(report: HeartReport) -> None:
    """Tell staff at once by mail that a visitor thinks so, in the transaction of the report.

    The heart stays as it is until a person has looked: a report alone must not take anyone's heart away. One mail per
    heart and day, however many report it.
    """
    cause = f"alert-heart-reported:{report.pledge_id}:{timezone.now():%Y-%m-%d}"
    alert("alert-heart-reported", cause=cause, subject_id=report.pk)


@transaction.atomic
def answer_with_helpline(*, pledge_id: int, request: HttpRequest) -> None:
    """Write to the supporter with the helplines of their country, in their language.

    Raises `NobodyToAnswerError` where that was done before, or where no address is left.
    """
    pledge = _to_answer(pledge_id)
    if not quiet.may_write(pledge.email):
        raise NobodyToAnswerError(_("There is no address that we may write to. Close it without a mail."))
    outbox.add("pledge-help", cause=f"pledge-help:{pledge.pk}", subject_id=pledge.pk, language=pledge.language)
    _answered(pledge)
    record("pledge.help-answered", target=pledge, request=request)


@transaction.atomic
def close_without_mail(*, pledge_id: int, why: str, request: HttpRequest) -> None:
    """Note that nobody need be, or can be, written to, and why. Raises `NobodyToAnswerError`."""
    pledge = _to_answer(pledge_id)
    _answered(pledge)
    record("pledge.help-closed", target=pledge, request=request, why=why)


def helplines_for(pledge: Pledge) -> list[Helpline]:
    """The checked lines that work in the supporter's country, as its page has them: its own before those of Europe."""
    lines = Helpline.objects.published().that_work_in(pledge.country)
    return sorted(lines, key=lambda line: line.iso2 != pledge.country)


def _to_answer(pledge_id: int) -> Pledge:
    pledge = Pledge.objects.may_need_help().select_for_update().filter(pk=pledge_id).first()
    if pledge is None:
        raise NobodyToAnswerError(_("Nobody waits for an answer here."))
    return pledge


def _answered(pledge: Pledge) -> None:
    pledge.help_answered_at = timezone.now()
    pledge.save(update_fields=["help_answered_at"])


def _publish_nothing(pledge: Pledge, request: HttpRequest) -> None:
    pledge.hidden_at, pledge.hidden_reason = timezone.now(), Pledge.Hidden.MAY_NEED_HELP
    pledge.featured_at = None
    if pledge.words:
        pledge.words_status = Pledge.Words.REFUSED
    pledge.save(update_fields=["hidden_at", "hidden_reason", "featured_at", "words_status"])
    answers = Fulfilment.objects.filter(pledge=pledge).exclude(words="")
    answers.update(words_status=Pledge.Words.REFUSED)
    for photo in HeartPhoto.objects.select_for_update().filter(pledge=pledge):
        photos.withdraw_from_public(photo, reason=HeartPhoto.Refusal.MAY_NEED_HELP, request=request)
