from django.db import models
from django.utils.translation import gettext_lazy as _

from blueheart.moderation.models import Report
from pledges.models.pledges import Pledge


class HeartReport(Report):
    """What a visitor told us about a heart that should not be shown as it is."""

    pledge = models.ForeignKey(Pledge, models.CASCADE, verbose_name=_("heart"), related_name="reports")

    class Meta:
        verbose_name = _("report of a heart")
        verbose_name_plural = _("reports of hearts")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["-id"], name="heart_report_open", condition=models.Q(settled_at=None)),
            models.Index(
                fields=["-id"],
                name="heart_report_may_need_help",
                condition=models.Q(settled_at=None, reason="may-need-help"),
            ),
            models.Index(fields=["created_at"], name="heart_report_list_created"),
            models.Index(fields=["reason", "-id"], name="heart_report_list_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} ({self.pledge_id})"
