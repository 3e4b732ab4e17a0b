from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from donations.models.donors import new_public_id
from donations.models.gifts import CURRENCY, MONTHS, REPEATED, Gift, Interval


class MonthlyGift(Gift):
    """A donor's promise to give the same each month, quarter or year; Stripe's subscription collects it.

    Each charge is a donation. The amount may change by the donor's wish; what was agreed when stands in its changes.
    """

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
    interval = models.CharField(_("how often"), max_length=8, choices=Interval, default=Interval.MONTH)
    stripe_customer_id = models.CharField(_("Stripe customer"), max_length=255, blank=True)
    stripe_subscription_id = models.CharField(_("Stripe subscription"), max_length=255)
    stripe_payment_method_id = models.CharField(_("Stripe payment method"), max_length=255, blank=True)
    status = models.CharField(_("status"), max_length=20, choices=Status)
    status_as_of = models.DateTimeField(
        _("status asked for at"), help_text=_("What Stripe answered to an earlier question is old news.")
    )
    next_charge_at = models.DateTimeField(_("next charge"), null=True, blank=True)
    is_paused = models.BooleanField(_("paused"), default=False)
    resumes_at = models.DateTimeField(_("resumes"), null=True, blank=True)
    ends_at_period_end = models.BooleanField(_("ends with the period"), default=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    # Of the charge that does not go through at the moment; empty when all is well.
    failing_invoice_id = models.CharField(_("invoice that is not paid"), max_length=255, blank=True)
    failed_tries = models.PositiveSmallIntegerField(_("failed tries"), default=0)
    next_try_at = models.DateTimeField(_("next try"), null=True, blank=True)
    authenticate_url = models.TextField(_("page where the donor confirms the charge"), blank=True)

    class Meta:
        verbose_name = _("monthly gift")
        verbose_name_plural = _("monthly gifts")
        ordering = ["-pk"]
        permissions = [("act_on_monthlygift", "Can pause and end monthly gifts")]
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="monthly_gift_public_id_is_unique"),
            models.UniqueConstraint(fields=["stripe_subscription_id"], name="one_monthly_gift_per_subscription"),
            models.CheckConstraint(
                condition=Q(interval__in=[interval.value for interval in REPEATED]), name="monthly_gift_is_repeated"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="monthly_gift_is_more_than_nothing"),
            models.CheckConstraint(condition=Q(currency__regex=CURRENCY), name="monthly_gift_has_a_currency"),
            models.CheckConstraint(
                condition=Q(public_name="") | Q(is_16_or_older=True), name="monthly_public_name_needs_16_years"
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="monthly_list_created"),
            models.Index(fields=["status", "-id"], name="monthly_list_status"),
            models.Index(fields=["currency", "-id"], name="monthly_list_currency"),
            models.Index(fields=["interval", "-id"], name="monthly_list_interval"),
            models.Index(fields=["-id"], name="monthly_list_paused", condition=Q(is_paused=True)),
            models.Index(fields=["-id"], name="monthly_list_failing", condition=~Q(failing_invoice_id="")),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def has_ended(self) -> bool:
        return self.status in self.ENDED

    @property
    def months(self) -> int:
        """Months from one charge to the next."""
        return MONTHS[Interval(self.interval)]

    @property
    def is_resting(self) -> bool:
        """Whether nothing is charged for now: by a pause of ours, or by Stripe's own."""
        return self.is_paused or self.status == self.Status.PAUSED

    @property
    def is_failing(self) -> bool:
        """Whether a charge was tried in vain, and can still be made good."""
        return bool(self.failing_invoice_id) and not self.has_ended


class MonthlyGiftChange(models.Model):
    """One thing that was agreed about a monthly gift since it began; never changed, so that old charges explain."""

    class Kind(models.TextChoices):
        AMOUNT = "amount", _("another amount")
        PAUSED = "paused", _("paused")
        RESUMED = "resumed", _("resumed")
        CARD = "card", _("another card")
        CANCELLED = "cancelled", _("cancelled")

    class By(models.TextChoices):
        DONOR = "donor", _("the donor")
        STAFF = "staff", _("staff")
        STRIPE = "stripe", _("Stripe")

    class Feedback(models.TextChoices):
        """Stripe's words for why a subscription ended, in ours. The portal of Stripe offers more than we do."""

        TOO_EXPENSIVE = "too_expensive", _("I cannot afford it at the moment")
        UNUSED = "unused", _("I support something else now")
        SWITCHED_SERVICE = "switched_service", _("I give in another way now")
        CUSTOMER_SERVICE = "customer_service", _("I was not content with how you dealt with me")
        OTHER = "other", _("Something else")
        LOW_QUALITY = "low_quality", _("low quality")
        MISSING_FEATURES = "missing_features", _("something is missing")
        TOO_COMPLEX = "too_complex", _("too complicated")
        PAYMENT_FAILED = "payment_failed", _("the charges did not go through")

    monthly_gift = models.ForeignKey(
        MonthlyGift, models.PROTECT, verbose_name=_("monthly gift"), related_name="changes"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    by = models.CharField(_("by"), max_length=8, choices=By)
    old_amount_minor = models.BigIntegerField(_("amount before, minor units"), null=True, blank=True)
    new_amount_minor = models.BigIntegerField(_("amount after, minor units"), null=True, blank=True)
    feedback = models.CharField(_("reason"), max_length=40, blank=True, help_text=_("Stripe’s word for it."))
    # Of a change that we asked for ourselves; one that Stripe tells of comes from no form.
    form_token = models.UUIDField(_("form token"), null=True, blank=True, editable=False)
    changed_at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("change of a monthly gift")
        verbose_name_plural = _("changes of monthly gifts")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["form_token"], name="one_change_of_a_monthly_gift_per_form"),
            models.CheckConstraint(
                condition=Q(kind="amount", old_amount_minor__isnull=False, new_amount_minor__gt=0) | ~Q(kind="amount"),
                name="changed_amount_says_from_what_to_what",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.changed_at:%Y-%m-%d}"

    @property
    def feedback_in_words(self) -> str:
        """Why it ended, as far as somebody said; Stripe's own word where we have none."""
        known = self.feedback in self.Feedback.values
        return str(self.Feedback(self.feedback).label) if known else self.feedback
