from decimal import Decimal
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from donations.models.gifts import CURRENCY


class GivingCurrencyQuerySet(models.QuerySet["GivingCurrency"]):
    def offered(self) -> Self:
        return self.filter(is_offered=True)


class GivingCurrency(models.Model):
    """What a gift in one currency may be, as staff set it. Amounts are in Stripe's minor units (`blueheart.money`)."""

    currency = models.CharField(_("currency"), max_length=3)
    is_offered = models.BooleanField(_("offered"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=1000, help_text=_("Smaller numbers come first."))
    presets_minor = ArrayField(models.BigIntegerField(), verbose_name=_("suggested amounts, minor units"))
    minimum_minor = models.BigIntegerField(_("smallest gift, minor units"), validators=[MinValueValidator(1)])
    maximum_minor = models.BigIntegerField(_("largest gift, minor units"), validators=[MinValueValidator(1)])
    second_person_from_minor = models.BigIntegerField(
        _("refunds need a second person from, minor units"), validators=[MinValueValidator(0)]
    )
    notice_from_minor = models.BigIntegerField(
        _("staff are told of gifts from, minor units"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: of none."),
    )

    objects = GivingCurrencyQuerySet.as_manager()

    class Meta:
        verbose_name = _("currency of gifts")
        verbose_name_plural = _("currencies of gifts")
        ordering = ["position", "currency"]
        constraints = [
            models.UniqueConstraint(fields=["currency"], name="one_row_per_giving_currency"),
            models.CheckConstraint(condition=Q(currency__regex=CURRENCY), name="giving_currency_is_a_code"),
            models.CheckConstraint(
                condition=Q(minimum_minor__gt=0, maximum_minor__gte=F("minimum_minor")),
                name="smallest_gift_is_below_the_largest",
            ),
        ]

    def __str__(self) -> str:
        return self.currency


class FeeRate(models.Model):
    """What Stripe is expected to keep of a gift in one currency: for the donor's estimate, never for the books."""

    currency = models.CharField(
        _("currency"), max_length=3, blank=True, help_text=_("Empty: all currencies that have no row of their own.")
    )
    percent = models.DecimalField(
        _("percent of the charge"),
        max_digits=5,
        decimal_places=3,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(20))],
    )
    fixed_minor = models.BigIntegerField(
        _("fixed part, minor units"),
        default=0,
        validators=[MinValueValidator(0)],
        help_text=_("In the row for all other currencies it must be 0: it would be another amount in each."),
    )
    cap_minor = models.BigIntegerField(
        _("the estimate is at most, minor units"), null=True, blank=True, validators=[MinValueValidator(1)]
    )

    class Meta:
        verbose_name = _("fee estimate")
        verbose_name_plural = _("fee estimates")
        ordering = ["currency"]
        constraints = [
            models.UniqueConstraint(fields=["currency"], name="one_fee_estimate_per_currency"),
            models.CheckConstraint(
                condition=Q(currency="", fixed_minor=0, cap_minor=None) | Q(currency__regex=CURRENCY),
                name="fee_estimate_for_all_is_in_percent_only",
            ),
            models.CheckConstraint(
                condition=Q(percent__gte=0, percent__lte=20, fixed_minor__gte=0), name="fee_estimate_is_a_part"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency or '*'} {self.percent} %"
