"""Promised gifts: what a contributor said it would give, in which instalments, and what it has paid of them."""

import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from donations.models.contributors import Contributor
from donations.models.donations import Donation
from donations.models.donors import new_public_id
from donations.models.gifts import CURRENCY


class PromisedGift(models.Model):
    """Money that a contributor said it would give, booked as receivable. Its instalments always add up to it.

    The amount changes only together with its instalments, its entry in the books and a `PromiseChange`.
    """

    class Status(models.TextChoices):
        """`CLOSED`: nothing is outstanding any more, for it was paid, written off or cancelled in part."""

        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")
        CANCELLED = "cancelled", _("cancelled")

    public_id = models.CharField(_("reference"), max_length=16, default=new_public_id, editable=False)
    contributor = models.ForeignKey(
        Contributor, models.PROTECT, verbose_name=_("contributor"), related_name="promised_gifts"
    )
    campaign = models.ForeignKey(
        Campaign,
        models.PROTECT,
        verbose_name=_("campaign"),
        null=True,
        blank=True,
        related_name="promised_gifts",
        help_text=_("Empty for the Trust Fund in general."),
    )
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    promised_on = models.DateField(_("promised on"))
    document = models.CharField(
        _("document"), max_length=200, blank=True, help_text=_("The letter or agreement in which it stands.")
    )
    note = models.TextField(_("note"), blank=True)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("recorded by"), related_name="+"
    )
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)
    # A form that is sent twice records once.
    form_token = models.UUIDField(_("form token"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("promised gift")
        verbose_name_plural = _("promised gifts")
        ordering = ["-pk"]
        permissions = [
            ("record_promisedgift", "Can record promised gifts and change them"),
            ("write_off_promisedgift", "Can write off and cancel promised gifts"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="promised_gift_public_id_is_unique"),
            models.UniqueConstraint(fields=["form_token"], name="a_form_records_one_promised_gift"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="promised_gift_is_more_than_nothing"),
            models.CheckConstraint(condition=Q(currency__regex=CURRENCY), name="promised_gift_has_a_currency"),
        ]
        indexes = [models.Index(fields=["status", "-id"], name="promised_gift_by_status")]

    def __str__(self) -> str:
        return self.public_id


class InstalmentQuerySet(models.QuerySet["Instalment"]):
    def outstanding(self) -> Self:
        """Those of which something is still to come."""
        return self.filter(amount_minor__gt=F("paid_minor") + F("written_off_minor") + F("cancelled_minor"))

    def overdue(self, today: dt.date) -> Self:
        """Those that should have been paid in full before `today`."""
        return self.outstanding().filter(due_on__lt=today)


class Instalment(models.Model):
    """One part of a promised gift and the day on which it is due.

    What was paid, written off and cancelled of it stands in minor units of the promise's currency, and is never more
    than the instalment; what is paid too much goes to the next ones, or beyond the promise.
    """

    promised_gift = models.ForeignKey(
        PromisedGift, models.PROTECT, verbose_name=_("promised gift"), related_name="instalments"
    )
    number = models.PositiveSmallIntegerField(_("number"))
    due_on = models.DateField(_("due on"))
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    paid_minor = models.BigIntegerField(_("paid, minor units"), default=0)
    written_off_minor = models.BigIntegerField(_("written off, minor units"), default=0)
    cancelled_minor = models.BigIntegerField(_("cancelled, minor units"), default=0)

    objects = InstalmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        ordering = ["promised_gift", "due_on", "number"]
        constraints = [
            # At the end of the transaction: a new schedule numbers them anew.
            models.UniqueConstraint(
                fields=["promised_gift", "number"],
                name="instalment_numbers_are_unique",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="instalment_is_more_than_nothing"),
            models.CheckConstraint(
                condition=Q(paid_minor__gte=0, written_off_minor__gte=0, cancelled_minor__gte=0)
                & Q(amount_minor__gte=F("paid_minor") + F("written_off_minor") + F("cancelled_minor")),
                name="instalment_takes_no_more_than_its_amount",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"],
                name="instalment_outstanding",
                condition=Q(amount_minor__gt=F("paid_minor") + F("written_off_minor") + F("cancelled_minor")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.promised_gift_id}/{self.number}"

    @property
    def outstanding_minor(self) -> int:
        """What is still to come, in minor units of the promise's currency."""
        return self.amount_minor - self.paid_minor - self.written_off_minor - self.cancelled_minor


class PromiseChange(models.Model):
    """One thing that staff did to a promised gift, with its reason. Rows are never changed."""

    class Kind(models.TextChoices):
        RECORDED = "recorded", _("recorded")
        AMOUNT = "amount", _("amount changed")
        SCHEDULE = "schedule", _("instalments changed")
        WRITTEN_OFF = "written-off", _("written off")
        CANCELLED = "cancelled", _("cancelled")

    promised_gift = models.ForeignKey(
        PromisedGift, models.PROTECT, verbose_name=_("promised gift"), related_name="changes"
    )
    kind = models.CharField(_("what"), max_length=12, choices=Kind)
    amount_minor = models.BigIntegerField(
        _("by, minor units"), default=0, help_text=_("Above zero: more is promised. Below: less, or nothing comes.")
    )
    why = models.TextField(_("why"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("by"), related_name="+")
    at = models.DateTimeField(_("at"), default=timezone.now)
    # A form that is sent twice changes once.
    form_token = models.UUIDField(_("form token"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("change of a promised gift")
        verbose_name_plural = _("changes of promised gifts")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["form_token"], name="a_form_changes_a_promised_gift_once")]

    def __str__(self) -> str:
        return f"{self.promised_gift_id} {self.kind}"


class PromisePayment(models.Model):
    """Money that a contributor paid outside Stripe, on what it had promised. A wrong one is reversed, never edited."""

    class Status(models.TextChoices):
        BOOKED = "booked", _("booked")
        REVERSED = "reversed", _("reversed")

    Method = Donation.Method

    public_id = models.CharField(_("reference"), max_length=16, default=new_public_id, editable=False)
    contributor = models.ForeignKey(Contributor, models.PROTECT, verbose_name=_("contributor"), related_name="payments")
    method = models.CharField(_("by"), max_length=8, choices=Method.offline_money())
    amount_minor = models.BigIntegerField(_("amount, minor units"), help_text=_("As it reached our bank."))
    currency = models.CharField(_("currency"), max_length=3)
    received_on = models.DateField(_("received on"))
    reference = models.CharField(_("reference of the bank or cheque"), max_length=140, blank=True)
    note = models.TextField(_("note"), blank=True)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.BOOKED)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("recorded by"), related_name="+"
    )
    created_at = models.DateTimeField(_("recorded"), default=timezone.now)
    reversed_at = models.DateTimeField(_("reversed"), null=True, blank=True)
    form_token = models.UUIDField(_("form token"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("payment of a contributor")
        verbose_name_plural = _("payments of contributors")
        ordering = ["-pk"]
        permissions = [("record_promisepayment", "Can record payments of contributors and reverse them")]
        constraints = [
            models.UniqueConstraint(fields=["public_id"], name="promise_payment_public_id_is_unique"),
            models.UniqueConstraint(fields=["form_token"], name="a_form_records_one_promise_payment"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="promise_payment_is_more_than_nothing"),
            models.CheckConstraint(condition=Q(currency__regex=CURRENCY), name="promise_payment_has_a_currency"),
            models.CheckConstraint(
                condition=Q(status="booked", reversed_at=None) | Q(status="reversed", reversed_at__isnull=False),
                name="reversed_promise_payment_says_when",
            ),
        ]
        indexes = [models.Index(fields=["received_on"], name="promise_payment_by_day")]

    def __str__(self) -> str:
        return self.public_id


class PaymentPart(models.Model):
    """What one payment brought for one instalment, or beyond all promises where it names none. Never changed.

    `received_minor` is in the payment's currency; all parts of a payment add up to it. `amount_minor` is what it
    settles, in the promise's currency: the same figure, unless the two currencies differ.
    """

    payment = models.ForeignKey(PromisePayment, models.PROTECT, verbose_name=_("payment"), related_name="parts")
    instalment = models.ForeignKey(
        Instalment, models.PROTECT, verbose_name=_("instalment"), null=True, blank=True, related_name="parts"
    )
    received_minor = models.BigIntegerField(_("received, minor units"))
    amount_minor = models.BigIntegerField(_("settles, minor units"))

    class Meta:
        verbose_name = _("part of a payment")
        verbose_name_plural = _("parts of payments")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["payment", "instalment"], name="one_part_per_payment_and_instalment", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(received_minor__gt=0, amount_minor__gt=0), name="payment_part_is_more_than_nothing"
            ),
            models.CheckConstraint(
                condition=Q(instalment__isnull=False) | Q(amount_minor=F("received_minor")),
                name="part_beyond_the_promises_is_as_received",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment_id}→{self.instalment_id}"
