"""Telling staff about a heart."""

from django.db import transaction

from pledges.models import HeartReport, Pledge
from pledges.services import helping


@transaction.atomic
def report_heart(*, pledge: Pledge, reason: str, words: str) -> HeartReport:
    """Put the heart before staff; it stays on the wall until they have looked.

    Where somebody may need help, those who answer such people are told at once.
    """
    report = HeartReport.objects.create(pledge=pledge, reason=reason, words=words)
    if reason == HeartReport.Reason.MAY_NEED_HELP:
        helping.report_may_need_help(report)
    return report
