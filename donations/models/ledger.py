"""The books: double entry, append-only. Triggers refuse every change and every transaction that is out of balance."""

import datetime as dt
from dataclasses import dataclass
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from donations.models.closings import Closing
from donations.models.disputes import Dispute
from donations.models.donations import Donation
from donations.models.gifts import CURRENCY
from donations.models.grants import GrantPayment
from donations.models.payouts import Payout
from donations.models.promised_gifts import PromisedGift, PromisePayment
from donations.models.refunds import Refund


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
    SUSPENSE = "SUSPENSE", _("Payments to be cleared up")


class LedgerTransaction(models.Model):
    """One thing that happened to money: two or more entries that add up to zero in each currency."""

    class Purpose(models.TextChoices):
        DONATION = "donation", _("donation")
        SUSPENSE = "suspense", _("payment to be cleared up")
        REFUND = "refund", _("refund")
        REFUND_FAILURE = "refund-failure", _("refund that came back")
        DISPUTE = "dispute", _("dispute: money withdrawn")
        DISPUTE_REVERSAL = "dispute-reversal", _("dispute: money reinstated")
        PAYOUT = "payout", _("payout")
        PAYOUT_FAILURE = "payout-failure", _("payout that came back")
        STRIPE_FEE = "stripe-fee", _("fee of Stripe’s")
        STRIPE_ADJUSTMENT = "stripe-adjustment", _("adjustment by Stripe")
        PROMISE = "promise", _("promised gift")
        PROMISE_CHANGE = "promise-change", _("promised gift: more or less")
        WRITE_OFF = "write-off", _("promised gift: written off")
        PROMISE_PAYMENT = "promise-payment", _("payment of a contributor")
        GRANT_PAYMENT = "grant-payment", _("grant paid")
        GRANT_RETURN = "grant-return", _("grant: money that came back")
        BANK_FEE = "bank-fee", _("fee of the bank’s")
        ADJUSTMENT = "adjustment", _("adjustment by staff")
        REVERSAL = "reversal", _("reversal")

    # Those that staff write freely, with a reason; all others say what Stripe says, or what a record of ours says.
    BY_HAND = (Purpose.ADJUSTMENT, Purpose.REVERSAL)

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
    refund = models.ForeignKey(
        Refund, models.PROTECT, verbose_name=_("refund"), null=True, blank=True, related_name="ledger_transactions"
    )
    dispute = models.ForeignKey(
        Dispute, models.PROTECT, verbose_name=_("dispute"), null=True, blank=True, related_name="ledger_transactions"
    )
    payout = models.ForeignKey(
        Payout, models.PROTECT, verbose_name=_("payout"), null=True, blank=True, related_name="ledger_transactions"
    )
    promised_gift = models.ForeignKey(
        PromisedGift, models.PROTECT, verbose_name=_("promised gift"), null=True, blank=True,
        related_name="ledger_transactions",
    )  # fmt: skip
    promise_payment = models.ForeignKey(
        PromisePayment, models.PROTECT, verbose_name=_("payment of a contributor"), null=True, blank=True,
        related_name="ledger_transactions",
    )  # fmt: skip
    grant_payment = models.ForeignKey(
        GrantPayment, models.PROTECT, verbose_name=_("payment of a grant"), null=True, blank=True,
        related_name="ledger_transactions",
    )  # fmt: skip
    reverses = models.OneToOneField(
        "self", models.PROTECT, verbose_name=_("reverses"), null=True, blank=True, related_name="reversed_by"
    )
    exchange_rate = models.DecimalField(
        _("rate"),
        max_digits=20,
        decimal_places=10,
        null=True,
        blank=True,
        help_text=_("Units of the balance’s currency for one of the gift’s, as Stripe applied it."),
    )
    happened_at = models.DateTimeField(_("happened"), help_text=_("When the money was moved, or promised."))
    posted_on = models.DateField(
        _("posted on"), help_text=_("The day of the books (UTC): that of the event, or the first one not yet closed.")
    )
    why = models.TextField(_("why"), blank=True)
    booked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("booked by"), null=True, blank=True, related_name="+"
    )
    booked_at = models.DateTimeField(_("booked"), default=timezone.now)
    # Of a posting by hand: a form that is sent twice posts once.
    form_token = models.UUIDField(_("form token"), null=True, blank=True, editable=False)

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
            models.UniqueConstraint(
                fields=["promised_gift"], condition=Q(purpose="promise"), name="a_promised_gift_is_booked_once"
            ),
            models.UniqueConstraint(
                fields=["promise_payment"],
                condition=Q(purpose="promise-payment"),
                name="a_promise_payment_is_booked_once",
            ),
            models.UniqueConstraint(
                fields=["grant_payment"],
                condition=Q(purpose__in=["grant-payment", "grant-return"]),
                name="a_grant_payment_is_booked_once",
            ),
            models.UniqueConstraint(fields=["form_token"], name="a_form_posts_once"),
            models.CheckConstraint(
                condition=Q(purpose="reversal", reverses__isnull=False) | ~Q(purpose="reversal") & Q(reverses=None),
                name="reversal_names_what_it_reverses",
            ),
            models.CheckConstraint(
                condition=~Q(purpose__in=["adjustment", "reversal"]) | Q(booked_by__isnull=False) & ~Q(why=""),
                name="posting_by_hand_says_who_and_why",
            ),
        ]
        indexes = [
            models.Index(fields=["posted_on", "id"], name="ledger_by_day"),
            models.Index(fields=["purpose", "-id"], name="ledger_list_purpose"),
        ]
        permissions = [("post_adjustment", "Can post adjustments and reversals")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.stripe_balance_transaction_id or self.pk}"

    @property
    def is_late(self) -> bool:
        """Whether it happened on a day (UTC) that was closed when it came in, and is posted on a later one."""
        return self.happened_at.astimezone(dt.UTC).date() != self.posted_on

    @property
    def is_reversed(self) -> bool:
        """Whether its contrary has been posted; one query."""
        return LedgerTransaction.objects.filter(reverses=self.pk).exists()


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

    @property
    def credit_minor(self) -> int:
        """What the entry puts to the credit side, if anything."""
        return max(-self.amount_minor, 0)


class ClosedPeriod(models.Model):
    """The books are closed up to and with this day: nothing is posted there any more. Rows are never changed."""

    closed_through = models.DateField(_("closed through"))
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("closed by"), related_name="+"
    )
    closing = models.OneToOneField(
        Closing, models.PROTECT, verbose_name=_("closing"), null=True, blank=True, related_name="closed_period"
    )
    closed_at = models.DateTimeField(_("closed at"), default=timezone.now)
    why = models.TextField(_("why"), blank=True)

    class Meta:
        verbose_name = _("closed period")
        verbose_name_plural = _("closed periods")
        ordering = ["-closed_through"]
        constraints = [models.UniqueConstraint(fields=["closed_through"], name="a_day_is_closed_once")]

    def __str__(self) -> str:
        return f"{self.closed_through}"


class UncountedTransaction(models.Model):
    """A ledger transaction that the public totals do not hold yet; the worker soon counts it and deletes the row."""

    transaction = models.OneToOneField(
        LedgerTransaction, models.PROTECT, verbose_name=_("ledger transaction"), primary_key=True, related_name="+"
    )

    class Meta:
        verbose_name = _("transaction to be counted")
        verbose_name_plural = _("transactions to be counted")

    def __str__(self) -> str:
        return f"{self.pk}"


class BooksTotal(models.Model):
    """What was put to each side of an account in one month of the books, as of the last window."""

    month = models.DateField(_("month"), help_text=_("Its first day."))
    account = models.CharField(_("account"), max_length=30, choices=Account)
    currency = models.CharField(_("currency"), max_length=3)
    debits_minor = models.BigIntegerField(_("debits, minor units"), default=0)
    credits_minor = models.BigIntegerField(_("credits, minor units"), default=0)

    class Meta:
        verbose_name = _("total of an account")
        verbose_name_plural = _("totals of accounts")
        ordering = ["month", "account", "currency"]
        constraints = [
            models.UniqueConstraint(
                fields=["month", "account", "currency"], name="one_total_per_month_account_and_currency"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month} {self.account} {self.currency}"


class DayTotal(models.Model):
    """What was put to each side of an account of gifts on one day of the books, as of the last window."""

    day = models.DateField(_("day"))
    account = models.CharField(_("account"), max_length=30, choices=Account)
    currency = models.CharField(_("currency"), max_length=3)
    debits_minor = models.BigIntegerField(_("debits, minor units"), default=0)
    credits_minor = models.BigIntegerField(_("credits, minor units"), default=0)

    class Meta:
        verbose_name = _("total of a day")
        verbose_name_plural = _("totals of days")
        constraints = [
            models.UniqueConstraint(
                fields=["day", "account", "currency"], name="one_total_per_day_account_and_currency"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.account} {self.currency}"


class LedgerTotalQuerySet(models.QuerySet["LedgerTotal"]):
    def of(self, campaign: Campaign | None) -> Self:
        """Totals of one campaign, or of everything."""
        return self.filter(campaign=campaign) if campaign else self

    def by_currency(self) -> list["CurrencyTotal"]:
        """What was received in each currency, most gifts first; one query."""
        rows = self.values("currency").annotate(
            received=Sum("received_minor"),
            refunded=Sum("refunded_minor"),
            disputed=Sum("disputed_minor"),
            number=Sum("donations"),
        )
        return [
            CurrencyTotal(row["currency"], row["received"], row["refunded"], row["disputed"], row["number"])
            for row in rows.order_by("-number", "currency")
        ]


@dataclass(frozen=True)
class CurrencyTotal:
    """What came in and went back, in minor units, and by how many donations. Test mode, this portal."""

    currency: str
    received_minor: int
    refunded_minor: int
    disputed_minor: int
    donations: int

    @property
    def net_minor(self) -> int:
        """Received less refunded and disputed."""
        return self.received_minor - self.refunded_minor - self.disputed_minor


class LedgerTotal(models.Model):
    """What was received for one campaign in one currency, as of the last window; drawn from the ledger.

    Only donations of money count here: neither promised gifts nor gifts in kind.
    """

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, verbose_name=_("campaign"), null=True, blank=True, related_name="+", db_index=False
    )
    currency = models.CharField(_("currency"), max_length=3)
    received_minor = models.BigIntegerField(_("received, minor units"), default=0)
    refunded_minor = models.BigIntegerField(_("refunded, minor units"), default=0)
    disputed_minor = models.BigIntegerField(_("disputed, minor units"), default=0)
    donations = models.BigIntegerField(_("donations"), default=0)

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
