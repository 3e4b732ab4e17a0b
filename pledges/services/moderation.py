"""What staff do with hearts: read words, hide, show again, settle reports. Each act is in the audit trail."""

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from blueheart.trail.record import record
from pledges.models import Fulfilment, HeartReport, Pledge
from pledges.services import helping, photos


@transaction.atomic
def approve_words(*, pledge_id: int, request: HttpRequest) -> bool:
    """Publish the words that a member of staff has read; False where there was nothing to approve."""
    return _judge_words(pledge_id, Pledge.Words.APPROVED, request)


@transaction.atomic
def refuse_words(*, pledge_id: int, request: HttpRequest, reason: str = "") -> bool:
    """Keep the words from the public, for one of `Report.Reason`; the heart stays. False where that changes nothing."""
    return _judge_words(pledge_id, Pledge.Words.REFUSED, request, reason)


@transaction.atomic
def read_words_again(*, pledge_id: int, request: HttpRequest) -> bool:
    """Take a judgement of words back: they wait to be read; False where they do already."""
    return _judge_words(pledge_id, Pledge.Words.WAITING, request)


@transaction.atomic
def hide_pledge(*, pledge_id: int, reason: str, request: HttpRequest) -> bool:
    """Take a heart from the public with its photo, for one of `Pledge.Hidden`; it stays counted. False if it was
    hidden so before.

    A heart whose supporter may need help is never shown again, and staff who answer such supporters are told.
    """
    if reason == Pledge.Hidden.MAY_NEED_HELP:
        return helping.may_need_help(pledge_id=pledge_id, request=request)
    pledge = Pledge.objects.select_for_update().get(pk=pledge_id)
    if pledge.hidden_reason in {reason, Pledge.Hidden.MAY_NEED_HELP}:
        return False
    pledge.hidden_at, pledge.hidden_reason = timezone.now(), Pledge.Hidden(reason)
    pledge.featured_at = None
    pledge.save(update_fields=["hidden_at", "hidden_reason", "featured_at"])
    photos.hold_back(pledge)
    record("pledge.hidden", target=pledge, request=request, why=reason)
    return True


@transaction.atomic
def unhide_pledge(*, pledge_id: int, request: HttpRequest) -> bool:
    """Show a heart again; False where it was not hidden, or hidden because its supporter may need help."""
    pledge = Pledge.objects.select_for_update().get(pk=pledge_id)
    if pledge.hidden_at is None or pledge.hidden_reason == Pledge.Hidden.MAY_NEED_HELP:
        return False
    pledge.hidden_at, pledge.hidden_reason = None, ""
    pledge.save(update_fields=["hidden_at", "hidden_reason"])
    record("pledge.unhidden", target=pledge, request=request)
    return True


@transaction.atomic
def judge_answer(*, answer_id: int, judgement: str, request: HttpRequest, reason: str = "") -> bool:
    """Approve or refuse the words of an answer, or have them read once more; False where that changes nothing.

    What is refused may say for which `Report.Reason`.

    Words of a supporter who may need help stay refused.
    """
    to_judge = Fulfilment.objects.filter(pk=answer_id).exclude(words_status__in=[Pledge.Words.NONE, judgement])
    to_judge = to_judge.exclude(pledge__hidden_reason=Pledge.Hidden.MAY_NEED_HELP)
    if not to_judge.update(words_status=Pledge.Words(judgement)):
        return False
    record(f"pledge-answer.words-{judgement}", target=Fulfilment(pk=answer_id), request=request, why=reason)
    return True


@transaction.atomic
def settle_report(*, report_id: int, request: HttpRequest) -> bool:
    """Close a report that staff have looked at; False if it was closed before."""
    if not HeartReport.objects.filter(pk=report_id, settled_at=None).update(settled_at=timezone.now()):
        return False
    record("heart-report.settled", target=HeartReport(pk=report_id), request=request)
    return True


@transaction.atomic
def reopen_report(*, report_id: int, request: HttpRequest) -> bool:
    """Take it back that a report was settled: it waits once more. False where it does already."""
    if not HeartReport.objects.filter(pk=report_id, settled_at__isnull=False).update(settled_at=None):
        return False
    record("heart-report.reopened", target=HeartReport(pk=report_id), request=request)
    return True


def _judge_words(pledge_id: int, judgement: Pledge.Words, request: HttpRequest, reason: str = "") -> bool:
    to_judge = Pledge.objects.filter(pk=pledge_id).exclude(words_status__in=[Pledge.Words.NONE, judgement])
    to_judge = to_judge.exclude(hidden_reason=Pledge.Hidden.MAY_NEED_HELP)
    if not to_judge.update(words_status=judgement):
        return False
    record(f"pledge.words-{judgement}", target=Pledge(pk=pledge_id), request=request, why=reason)
    return True
