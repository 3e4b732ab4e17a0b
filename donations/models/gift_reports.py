from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from blueheart.moderation.models import Report
from donations.models.donations import Donation


class GiftReport(Report):
    """What a visitor told us about a name or words on the donor wall."""

    donation = models.ForeignKey(Donation, models.CASCADE, verbose_name=_("gift"), related_name="reports")

    class Meta:
        verbose_name = _("report of a gift")
        verbose_name_plural = _("reports of gifts")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(reason__in=["not-them", "abuse", "advertising", "child", "may-need-help", "other"]),
                name="gift_report_reason_is_known",
            )
        ]
        indexes = [
            models.Index(fields=["-id"], name="gift_report_open", condition=Q(settled_at=None)),
            models.Index(
                fields=["-id"],
                name="gift_report_may_need_help",
                condition=Q(settled_at=None, reason="may-need-help"),
            ),
            models.Index(fields=["created_at"], name="gift_report_list_created"),
            models.Index(fields=["reason", "-id"], name="gift_report_list_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} ({self.donation_id})"
