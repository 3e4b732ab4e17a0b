import secrets
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blueheart.queue import QueueRow
from donations.models.donations import Donation
from donations.models.donors import Donor

# Crockford's base 32: no letter that is taken for a digit.
CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 10


def new_check_code() -> str:
    """Fifty random bits, to be typed by a person."""
    return "".join(secrets.choice(CODE_LETTERS) for _letter in range(CODE_LENGTH))


class LegalEntity(models.Model):
    """Who issues receipts: its name and address as printed, and the time zone in which its years begin and end."""

    code = models.SlugField(_("code"), max_length=8, help_text=_("The beginning of its receipts’ numbers."))
    name = models.CharField(_("name"), max_length=160)
    address = models.TextField(_("address"), blank=True)
    note = models.TextField(_("note on every receipt"), blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    keeps_years = models.PositiveSmallIntegerField(
        _("receipts are kept for, years"), default=7, help_text=_("Counted from the end of the receipt’s year.")
    )
    is_default = models.BooleanField(_("issues the receipts of new gifts"), default=False)

    class Meta:
        verbose_name = _("legal entity")
        verbose_name_plural = _("legal entities")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["code"], name="legal_entity_code_is_unique"),
            models.UniqueConstraint(fields=["is_default"], condition=Q(is_default=True), name="one_default_entity"),
        ]

    def __str__(self) -> str:
        return self.name


class ReceiptSeries(models.Model):
    """The last number drawn of one year's series of one legal entity. Only the receipts job draws."""

    entity = models.ForeignKey(LegalEntity, models.PROTECT, verbose_name=_("legal entity"), related_name="series")
    year = models.PositiveSmallIntegerField(_("year"))
    last_sequence = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("series of receipts")
        verbose_name_plural = _("series of receipts")
        ordering = ["-year", "entity"]
        constraints = [models.UniqueConstraint(fields=["entity", "year"], name="one_series_per_entity_and_year")]

    def __str__(self) -> str:
        return f"{self.entity_id} {self.year}"


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def valid(self) -> Self:
        return self.filter(voided_at=None)

    def of_donor(self, donor: Donor) -> Self:
        return self.filter(donation__donor=donor)

    def outlived(self) -> Self:
        """Those that the law no longer wants kept, and that still hold their words."""
        return self.filter(kept_until__lt=Now()).exclude(snapshot={})


class Receipt(models.Model):
    """What a donor may show to prove a gift: numbered without gaps, and never changed once it was issued.

    A refund voids it and, where something of the gift remains, a new one replaces it.
    """

    class VoidReason(models.TextChoices):
        REFUNDED = "refunded", _("the gift was given back")
        PARTLY_REFUNDED = "partly-refunded", _("a part of the gift was given back")
        DISPUTED = "disputed", _("the donor’s bank took the money back")
        BOUNCED = "bounced", _("the payment did not go through")
        MISTAKE = "mistake", _("the gift was recorded by mistake")
        REFUND_FAILED = "refund-failed", _("a refund came back to us")

    entity = models.ForeignKey(LegalEntity, models.PROTECT, verbose_name=_("legal entity"), related_name="receipts")
    year = models.PositiveSmallIntegerField(_("year"))
    sequence = models.PositiveIntegerField(_("number in the year"))
    number = models.CharField(_("number"), max_length=24)
    code = models.CharField(_("check code"), max_length=CODE_LENGTH, default=new_check_code, editable=False)
    donation = models.ForeignKey(Donation, models.PROTECT, verbose_name=_("donation"), related_name="receipts")
    amount_minor = models.BigIntegerField(_("amount, minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    snapshot: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(_("what it says"))
    issued_at = models.DateTimeField(_("issued"), default=timezone.now)
    kept_until = models.DateField(_("kept until"), help_text=_("The law wants it that long, names included."))
    replaces = models.OneToOneField(
        "self", models.PROTECT, verbose_name=_("replaces"), null=True, blank=True, related_name="replaced_by"
    )
    voided_at = models.DateTimeField(_("voided"), null=True, blank=True)
    void_reason = models.CharField(_("why it was voided"), max_length=160, blank=True)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["-pk"]
        permissions = [("download_receipt", "Can download receipts")]
        constraints = [
            models.UniqueConstraint(fields=["entity", "year", "sequence"], name="receipt_sequence_is_unique"),
            models.UniqueConstraint(fields=["number"], name="receipt_number_is_unique"),
            models.UniqueConstraint(
                fields=["donation"], condition=Q(voided_at=None), name="one_valid_receipt_per_donation"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="receipt_is_for_more_than_nothing"),
            models.CheckConstraint(
                condition=Q(voided_at=None, void_reason="") | Q(voided_at__isnull=False) & ~Q(void_reason=""),
                name="voided_receipt_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["issued_at"], name="receipt_list_issued"),
            models.Index(fields=["year", "-id"], name="receipt_list_year"),
            models.Index(fields=["currency", "-id"], name="receipt_list_currency"),
            models.Index(fields=["void_reason", "-id"], name="receipt_list_void", condition=~Q(void_reason="")),
        ]

    def __str__(self) -> str:
        return self.number


class ReceiptOrder(QueueRow):
    """A donation whose receipt is to be issued, or looked at again; written in the transaction of its cause."""

    donation = models.ForeignKey(Donation, models.PROTECT, verbose_name=_("donation"), related_name="receipt_orders")
    cause = models.CharField(_("cause"), max_length=120, help_text=_("Such as donation:17 or refund:5:succeeded."))
    created_at = models.DateTimeField(_("created"), default=timezone.now)

    class Meta:
        verbose_name = _("order of a receipt")
        verbose_name_plural = _("orders of receipts")
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["cause"], name="one_receipt_order_per_cause")]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], name="receipt_order_due", condition=Q(next_attempt_at__isnull=False)
            ),
            models.Index(fields=["-id"], name="receipt_order_shelved", condition=Q(shelved_at__isnull=False)),
            models.Index(fields=["created_at"], name="receipt_order_list_created"),
        ]

    def __str__(self) -> str:
        return self.cause
