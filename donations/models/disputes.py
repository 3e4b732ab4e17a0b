from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from donations.models.donations import Donation


class Dispute(models.Model):
    """A donor's bank wants a charge back, or only asks about it. The words are Stripe's; its newest answer counts."""

    class Status(models.TextChoices):
        WARNING_NEEDS_RESPONSE = "warning_needs_response", _("inquiry: needs a response")
        WARNING_UNDER_REVIEW = "warning_under_review", _("inquiry: under review")
        WARNING_CLOSED = "warning_closed", _("inquiry: closed")
        NEEDS_RESPONSE = "needs_response", _("needs a response")
        UNDER_REVIEW = "under_review", _("under review")
        WON = "won", _("won")
        LOST = "lost", _("lost")
        PREVENTED = "prevented", _("prevented")

    OPEN = frozenset(
        {Status.WARNING_NEEDS_RESPONSE, Status.WARNING_UNDER_REVIEW, Status.NEEDS_RESPONSE, Status.UNDER_REVIEW}
    )
    WANTS_RESPONSE = frozenset({Status.WARNING_NEEDS_RESPONSE, Status.NEEDS_RESPONSE})

    stripe_dispute_id = models.CharField(_("Stripe dispute"), max_length=255)
    donation = models.ForeignKey(Donation, models.PROTECT, verbose_name=_("donation"), related_name="disputes")
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    reason = models.CharField(_("the bank’s reason"), max_length=60, blank=True)
    status = models.CharField(_("status"), max_length=24, choices=Status)
    status_as_of = models.DateTimeField(
        _("status asked for at"), help_text=_("What Stripe answered to an earlier question is old news.")
    )
    evidence_due_at = models.DateTimeField(_("evidence is due"), null=True, blank=True)
    opened_at = models.DateTimeField(_("opened"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["stripe_dispute_id"], name="one_dispute_per_stripe_dispute")]
        indexes = [
            models.Index(fields=["status", "evidence_due_at"], name="dispute_by_status"),
            models.Index(fields=["opened_at"], name="dispute_list_opened"),
            models.Index(fields=["currency", "-id"], name="dispute_list_currency"),
            models.Index(fields=["reason", "-id"], name="dispute_list_reason"),
        ]

    def __str__(self) -> str:
        return self.stripe_dispute_id

    @property
    def is_inquiry(self) -> bool:
        """Whether the bank only asks: no money has moved."""
        return self.status.startswith("warning_")

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN


class FraudWarning(models.Model):
    """A card network holds a charge for fraud: refunding it now spares a dispute and its fee."""

    stripe_warning_id = models.CharField(_("Stripe warning"), max_length=255)
    donation = models.ForeignKey(Donation, models.PROTECT, verbose_name=_("donation"), related_name="fraud_warnings")
    fraud_type = models.CharField(_("kind of fraud"), max_length=60, blank=True)
    is_actionable = models.BooleanField(_("something can be done"), default=True)
    warned_at = models.DateTimeField(_("warned"), default=timezone.now)

    class Meta:
        verbose_name = _("fraud warning")
        verbose_name_plural = _("fraud warnings")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["stripe_warning_id"], name="one_row_per_fraud_warning")]
        indexes = [
            models.Index(fields=["-id"], name="fraud_warning_open", condition=models.Q(is_actionable=True)),
            models.Index(fields=["warned_at"], name="fraud_warning_list_warned"),
            models.Index(fields=["fraud_type", "-id"], name="fraud_warning_list_type"),
        ]

    def __str__(self) -> str:
        return self.stripe_warning_id
