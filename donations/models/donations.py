from typing import Self

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from donations.models.donors import Donor, new_public_id

CURRENCY = r"^[A-Z]{3}$"


class Gift(models.Model):
    """What a single donation and a monthly gift both say: who gives how much, for what, shown how."""

    donor = models.ForeignKey(Donor, models.PROTECT, verbose_name=_("donor"), related_name="%(class)ss")
    campaign = models.ForeignKey(
        Campaign,
        models.PROTECT,
        verbose_name=_("campaign"),
        null=True,
        blank=True,
        related_name="%(class)ss",
        help_text=_("Empty for the Trust Fund in general."),
    )
    amount_minor = models.BigIntegerField(
        _("amount, minor units"), validators=[MinValueValidator(1)], help_text=_("Cents, yen, fils.")
    )
    currency = models.CharField(_("currency"), max_length=3)
    receipt_name = models.CharField(_("name on the receipt"), max_length=120, blank=True)
    public_name = models.CharField(_("public name"), max_length=40, blank=True, help_text=_("Empty: anonymous."))
    is_16_or_older = models.BooleanField(_("16 or older"), default=False)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    created_at = models.DateTimeField(_("begun"), default=timezone.now)

    class Meta:
        abstract = True


class MonthlyGift(Gift):
    """A donor's promise to give the same each month; Stripe's subscription collects it. Each charge is a donation."""

    class Status(models.TextChoices):
        INCOMPLETE = "incomplete", _("incomplete")
        INCOMPLETE_EXPIRED = "incomplete_expired", _("never begun")
        TRIALING = "trialing", _("trialing")
        ACTIVE = "active", _("active")
        PAST_DUE = "past_due", _("past due")
        CANCELED = "canceled", _("cancelled")
        UNPAID = "unpaid", _("unpaid")
        PAUSED = "paused", _("paused")

    ENDED = frozenset({Status.CANCELED, Status.INCOMPLETE_EXPIRED})

    public_id = models.CharField(_("public id"), max_length=16, default=new_public_id, editable=False)
    stripe_subscription_id = models.CharField(_("Stripe subscription"), max_length=255)
    status = models.CharField(_("status"), max_length=20, choices=Status)
    status_as_of = models.DateTimeField(
        _("status asked for at"), help_text=_("What Stripe answered to an earlier question is old news.")
    )

    class Meta:
        verbose_name = _("monthly gift")
        verbose_name_plural = _("monthly gifts")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="monthly_gift_public_id_is_unique"),
            models.UniqueConstraint(fields=["stripe_subscription_id"], name="one_monthly_gift_per_subscription"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="monthly_gift_is_more_than_nothing"),
            models.CheckConstraint(condition=Q(currency__regex=CURRENCY), name="monthly_gift_has_a_currency"),
            models.CheckConstraint(
                condition=Q(public_name="") | Q(is_16_or_older=True), name="monthly_public_name_needs_16_years"
            ),
        ]

    def __str__(self) -> str:
        return self.public_id


class DonationQuerySet(models.QuerySet["Donation"]):
    def succeeded(self) -> Self:
        return self.filter(status=Donation.Status.SUCCEEDED)

    def quarantined(self) -> Self:
        """Payments that differ from what was agreed: a person has to look at them."""
        return self.filter(status=Donation.Status.QUARANTINED)


class Donation(Gift):
    """One gift of money: a visitor's form that leads to Stripe's pay page, or one month of a monthly gift.

    Amount, currency and interval never change once written, and the status only moves forward: triggers hold both.
    """

    class Status(models.TextChoices):
        NOT_STARTED = "not-started", _("not started")
        PENDING = "pending", _("at Stripe’s pay page")
        PROCESSING = "processing", _("processing")
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")
        QUARANTINED = "quarantined", _("quarantined: Stripe says something else")

    class Interval(models.TextChoices):
        ONCE = "once", _("once")
        MONTH = "month", _("monthly")

    # The allowed moves; migration 0002 holds the database to the same table, and a test compares the two.
    MOVES = {
        Status.NOT_STARTED: {Status.PENDING, Status.PROCESSING, Status.SUCCEEDED, Status.FAILED, Status.EXPIRED,
                             Status.QUARANTINED},
        Status.PENDING: {Status.PROCESSING, Status.SUCCEEDED, Status.FAILED, Status.EXPIRED, Status.QUARANTINED},
        Status.PROCESSING: {Status.SUCCEEDED, Status.FAILED, Status.QUARANTINED},
        Status.SUCCEEDED: set(),
        # Money that comes in for a gift we hold for dead must not be lost, and must not pass unseen.
        Status.FAILED: {Status.QUARANTINED},
        Status.EXPIRED: {Status.QUARANTINED},
        Status.QUARANTINED: set(),
    }  # fmt: skip
    OPEN = frozenset({Status.NOT_STARTED, Status.PENDING, Status.PROCESSING})

    public_id = models.CharField(_("reference"), max_length=16, default=new_public_id, editable=False)
    interval = models.CharField(_("how often"), max_length=8, choices=Interval)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.NOT_STARTED)
    reason = models.TextField(_("reason"), blank=True)
    failure_code = models.CharField(_("failure"), max_length=80, blank=True, help_text=_("Stripe’s code."))
    # A renewal comes from no form.
    form_token = models.UUIDField(_("form token"), null=True, blank=True, editable=False)
    form_digest = models.CharField(_("what the form said"), max_length=64, blank=True, editable=False)
    checkout_tries = models.PositiveSmallIntegerField(_("refusals by Stripe"), default=0, editable=False)
    checkout_url = models.TextField(_("pay page"), blank=True)
    # Unknown is NULL here, for what is empty is not unique.
    stripe_checkout_session_id = models.CharField(_("Stripe session"), max_length=255, null=True, blank=True)  # noqa: DJ001
    stripe_payment_intent_id = models.CharField(_("Stripe payment"), max_length=255, null=True, blank=True)  # noqa: DJ001
    stripe_invoice_id = models.CharField(_("Stripe invoice"), max_length=255, null=True, blank=True)  # noqa: DJ001
    statement_text = models.CharField(_("on the card statement"), max_length=40, blank=True)
    monthly_gift = models.ForeignKey(
        MonthlyGift, models.PROTECT, verbose_name=_("monthly gift"), null=True, blank=True, related_name="donations"
    )
    succeeded_at = models.DateTimeField(_("succeeded"), null=True, blank=True)

    objects = DonationQuerySet.as_manager()

    class Meta:
        verbose_name = _("donation")
        verbose_name_plural = _("donations")
        ordering = ["-pk"]
        # Unique by constraint and not by field: Django would add a second index to a field, for LIKE, at every insert.
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="donation_public_id_is_unique"),
            models.UniqueConstraint(fields=["form_token", "form_digest"], name="one_donation_per_form_and_its_content"),
            models.UniqueConstraint(fields=["stripe_checkout_session_id"], name="one_donation_per_checkout_session"),
            models.UniqueConstraint(fields=["stripe_payment_intent_id"], name="one_donation_per_payment"),
            models.UniqueConstraint(fields=["stripe_invoice_id"], name="one_donation_per_invoice"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="donation_is_more_than_nothing"),
            models.CheckConstraint(condition=Q(currency__regex=CURRENCY), name="donation_has_a_currency"),
            models.CheckConstraint(
                condition=Q(
                    status__in=["not-started", "pending", "processing", "succeeded", "failed", "expired", "quarantined"]
                ),
                name="donation_status_is_known",
            ),
            models.CheckConstraint(condition=Q(interval__in=["once", "month"]), name="donation_interval_is_known"),
            models.CheckConstraint(
                condition=Q(status="succeeded", succeeded_at__isnull=False, stripe_payment_intent_id__isnull=False)
                | ~Q(status="succeeded") & Q(succeeded_at=None),
                name="donation_succeeded_at_a_moment_by_a_payment",
            ),
            models.CheckConstraint(
                condition=~Q(status="pending") | Q(stripe_checkout_session_id__isnull=False) & ~Q(checkout_url=""),
                name="pending_donation_has_a_pay_page",
            ),
            models.CheckConstraint(
                condition=~Q(status="quarantined") | ~Q(reason=""), name="quarantined_donation_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(monthly_gift=None) | Q(interval="month"), name="donation_of_a_monthly_gift_is_monthly"
            ),
            models.CheckConstraint(
                condition=Q(public_name="") | Q(is_16_or_older=True), name="public_name_of_a_donor_needs_16_years"
            ),
        ]
        indexes = [models.Index(fields=["status", "created_at"], name="donation_by_status")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def is_open(self) -> bool:
        """Whether it may still become a gift."""
        return self.status in self.OPEN

    @property
    def is_monthly(self) -> bool:
        return self.interval == self.Interval.MONTH

    def may_become(self, status: str) -> bool:
        """Whether the graph of states has a way from here to there."""
        return status in self.MOVES[self.Status(self.status)]
