from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from donations.models.donations import Donation


class GiftReport(models.Model):
    """What a visitor told us about a name or words on the donor wall. Nothing is kept about the visitor."""

    class Reason(models.TextChoices):
        NOT_THEM = "not-them", _("It uses somebody else’s name")
        ABUSE = "abuse", _("It insults or threatens")
        ADVERTISING = "advertising", _("It advertises something")
        CHILD = "child", _("It is about a child")
        MAY_NEED_HELP = "may-need-help", _("Somebody may need help")
        OTHER = "other", _("Something else")

    donation = models.ForeignKey(Donation, models.CASCADE, verbose_name=_("gift"), related_name="reports")
    reason = models.CharField(_("reason"), max_length=20, choices=Reason)
    words = models.CharField(_("in the visitor’s words"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("reported"), auto_now_add=True)
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

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
        ]

    def __str__(self) -> str:
        return f"{self.get_reason_display()} ({self.donation_id})"
