from django.db import models
from django.utils.translation import gettext_lazy as _


class Payout(models.Model):
    """Money that Stripe sends from our balance with it to our bank account. Status words are Stripe's."""

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        IN_TRANSIT = "in_transit", _("in transit")
        PAID = "paid", _("paid")
        FAILED = "failed", _("failed")
        CANCELED = "canceled", _("cancelled")

    stripe_payout_id = models.CharField(_("Stripe payout"), max_length=255)
    amount_minor = models.BigIntegerField(_("amount, minor units"), help_text=_("Negative: from our bank to Stripe."))
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(_("status"), max_length=12, choices=Status)
    status_as_of = models.DateTimeField(
        _("status asked for at"), help_text=_("What Stripe answered to an earlier question is old news.")
    )
    is_automatic = models.BooleanField(_("automatic"), default=True)
    arrives_on = models.DateField(_("arrives"))
    created_at = models.DateTimeField(_("created"))
    failure_code = models.CharField(_("failure"), max_length=80, blank=True, help_text=_("Stripe’s code."))
    reconciled_at = models.DateTimeField(
        _("reconciled"), null=True, blank=True, help_text=_("When its lines were read from Stripe and added up.")
    )

    class Meta:
        verbose_name = _("payout")
        verbose_name_plural = _("payouts")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["stripe_payout_id"], name="one_payout_per_stripe_payout")]
        indexes = [
            models.Index(fields=["-id"], name="payout_failed", condition=models.Q(status="failed")),
            models.Index(fields=["currency", "created_at"], name="payout_paid", condition=models.Q(status="paid")),
        ]

    def __str__(self) -> str:
        return self.stripe_payout_id


class PayoutLine(models.Model):
    """One balance transaction that a payout pays out; all lines of a payout add up to its amount (I7)."""

    payout = models.ForeignKey(Payout, models.PROTECT, verbose_name=_("payout"), related_name="lines")
    stripe_balance_transaction_id = models.CharField(_("Stripe balance transaction"), max_length=255)
    kind = models.CharField(_("kind"), max_length=60, help_text=_("Stripe’s reporting category."))
    currency = models.CharField(_("currency"), max_length=3)
    amount_minor = models.BigIntegerField(_("gross, minor units"))
    fee_minor = models.BigIntegerField(_("fee, minor units"))
    net_minor = models.BigIntegerField(_("net, minor units"))

    class Meta:
        verbose_name = _("line of a payout")
        verbose_name_plural = _("lines of payouts")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["stripe_balance_transaction_id"], name="a_balance_transaction_is_paid_out_once"
            ),
            models.CheckConstraint(
                condition=models.Q(net_minor=models.F("amount_minor") - models.F("fee_minor")),
                name="payout_line_is_gross_less_fee",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "id"], name="payout_line_list_kind"),
            models.Index(fields=["currency", "id"], name="payout_line_list_currency"),
        ]

    def __str__(self) -> str:
        return self.stripe_balance_transaction_id
