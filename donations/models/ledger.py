"""The books: double entry, append-only. Triggers refuse every change and every transaction that is out of balance."""

from dataclasses import dataclass
from typing import Self

from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from donations.models.donations import CURRENCY, Donation


class Account(models.TextChoices):
    """Where money is, or why it came and went. Debits are positive, credits negative, in minor units."""

    STRIPE_BALANCE = "STRIPE_BALANCE", _("Stripe balance")
    BANK = "BANK", _("Bank")
    PROMISED_GIFTS_RECEIVABLE = "PROMISED_GIFTS_RECEIVABLE", _("Promised gifts, receivable")
    DONATION_INCOME = "DONATION_INCOME", _("Income from donations")
    PROMISED_GIFT_INCOME = "PROMISED_GIFT_INCOME", _("Income from promised gifts")
    IN_KIND_INCOME = "IN_KIND_INCOME", _("Gifts in kind, income")
    IN_KIND = "IN_KIND", _("Gifts in kind, used")
    PROCESSING_FEES = "PROCESSING_FEES", _("Processing fees")
    REFUNDS = "REFUNDS", _("Refunds")
    DISPUTES = "DISPUTES", _("Disputes")
    DISPUTE_FEES = "DISPUTE_FEES", _("Dispute fees")
    CURRENCY_EXCHANGE = "CURRENCY_EXCHANGE", _("Currency exchange")
    GRANTS = "GRANTS", _("Grants")
    WRITE_OFFS = "WRITE_OFFS", _("Write-offs")
    ADJUSTMENTS = "ADJUSTMENTS", _("Adjustments")


class LedgerTransaction(models.Model):
    """One thing that happened to money: two or more entries that add up to zero in each currency."""

    class Purpose(models.TextChoices):
        DONATION = "donation", _("donation")

    purpose = models.CharField(_("purpose"), max_length=20, choices=Purpose)
    stripe_balance_transaction_id = models.CharField(  # noqa: DJ001  None where Stripe moved no money
        _("Stripe balance transaction"), max_length=255, null=True, blank=True
    )
    donation = models.ForeignKey(
        Donation,
        models.PROTECT,
        verbose_name=_("donation"),
        null=True,
        blank=True,
        related_name="ledger_transactions",
    )
    happened_at = models.DateTimeField(_("happened"), help_text=_("When Stripe moved the money."))
    booked_at = models.DateTimeField(_("booked"), default=timezone.now)

    class Meta:
        verbose_name = _("ledger transaction")
        verbose_name_plural = _("ledger transactions")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["stripe_balance_transaction_id", "purpose"],
                name="booked_once_per_balance_transaction_and_purpose",
            ),
            models.UniqueConstraint(
                fields=["donation"], condition=Q(purpose="donation"), name="a_donation_comes_in_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.stripe_balance_transaction_id or self.pk}"


class LedgerEntry(models.Model):
    """One side of a ledger transaction: so much into (+) or out of (−) an account, in minor units of one currency."""

    transaction = models.ForeignKey(
        LedgerTransaction, models.PROTECT, verbose_name=_("transaction"), related_name="entries"
    )
    account = models.CharField(_("account"), max_length=30, choices=Account)
    currency = models.CharField(_("currency"), max_length=3)
    amount_minor = models.BigIntegerField(_("amount, minor units"))

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="ledger_entry_moves_something"),
            models.CheckConstraint(condition=Q(currency__regex=CURRENCY), name="ledger_entry_has_a_currency"),
            models.CheckConstraint(
                condition=Q(account__in=[account.value for account in Account]), name="ledger_account_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount_minor:+d} {self.currency}"


class Window(models.Model):
    """What both tables of public totals count, per campaign and currency."""

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, verbose_name=_("campaign"), null=True, blank=True, related_name="+", db_index=False
    )
    currency = models.CharField(_("currency"), max_length=3)
    received_minor = models.BigIntegerField(_("received, minor units"))
    donations = models.BigIntegerField(_("donations"))

    class Meta:
        abstract = True


class LedgerDelta(Window):
    """What one ledger transaction adds to the public totals; the worker soon adds it up and deletes it."""

    class Meta:
        verbose_name = _("change of a total")
        verbose_name_plural = _("changes of totals")

    def __str__(self) -> str:
        return f"{self.currency} {self.received_minor:+d}"


class LedgerTotalQuerySet(models.QuerySet["LedgerTotal"]):
    def of(self, campaign: Campaign | None) -> Self:
        """Totals of one campaign, or of everything."""
        return self.filter(campaign=campaign) if campaign else self

    def by_currency(self) -> list["CurrencyTotal"]:
        """What was received in each currency, most gifts first; one query."""
        rows = self.values("currency").annotate(received=Sum("received_minor"), number=Sum("donations"))
        return [
            CurrencyTotal(row["currency"], row["received"], row["number"])
            for row in rows.order_by("-number", "currency")
        ]


@dataclass(frozen=True)
class CurrencyTotal:
    """Received less refunded, in minor units, and by how many donations. Test mode, this portal."""

    currency: str
    net_minor: int
    donations: int


class LedgerTotal(Window):
    """What was received for one campaign in one currency, as of the last window; drawn from the ledger."""

    objects = LedgerTotalQuerySet.as_manager()

    class Meta:
        verbose_name = _("total")
        verbose_name_plural = _("totals")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "currency"],
                name="one_total_per_campaign_and_currency",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.received_minor}"
