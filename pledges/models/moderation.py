from django.db import models
from django.utils.translation import gettext_lazy as _

from pledges.models.pledges import Pledge


class HeartReport(models.Model):
    """What a visitor told us about a heart that should not be shown as it is. Nothing is kept about the visitor."""

    class Reason(models.TextChoices):
        NOT_THEM = "not-them", _("It uses somebody else’s name")
        ABUSE = "abuse", _("It insults or threatens")
        ADVERTISING = "advertising", _("It advertises something")
        CHILD = "child", _("It is about a child")
        MAY_NEED_HELP = "may-need-help", _("Somebody may need help")
        OTHER = "other", _("Something else")

    pledge = models.ForeignKey(Pledge, models.CASCADE, verbose_name=_("heart"), related_name="reports")
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    words = models.CharField(_("in the visitor’s words"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("reported"), auto_now_add=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

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
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} ({self.pledge_id})"
