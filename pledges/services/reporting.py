"""Telling staff about a heart."""

from pledges.models import HeartReport, Pledge


def report_heart(*, pledge: Pledge, reason: str, words: str) -> HeartReport:
    """Put the heart before staff; it stays on the wall until they have looked."""
    return HeartReport.objects.create(pledge=pledge, reason=reason, words=words)
