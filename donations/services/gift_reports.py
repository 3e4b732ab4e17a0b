"""Telling staff about a gift on the donor wall, and settling what visitors told."""

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from blueheart.trail.record import record
from donations.models import Donation, GiftReport


def report_gift(*, donation: Donation, reason: str, words: str) -> GiftReport:
    """Put the gift before staff; it stays on the wall until they have looked."""
    return GiftReport.objects.create(donation=donation, reason=reason, words=words)


@transaction.atomic
def settle_report(*, report_id: int, request: HttpRequest) -> bool:
    """Close a report that staff have looked at; False if it was closed before."""
    if not GiftReport.objects.filter(pk=report_id, settled_at=None).update(settled_at=timezone.now()):
        return False
    record("gift-report.settled", target=GiftReport(pk=report_id), request=request)
    return True


@transaction.atomic
def reopen_report(*, report_id: int, request: HttpRequest) -> bool:
    """Take it back that a report was settled: it waits once more. False where it does already."""
    if not GiftReport.objects.filter(pk=report_id, settled_at__isnull=False).update(settled_at=None):
        return False
    record("gift-report.reopened", target=GiftReport(pk=report_id), request=request)
    return True
