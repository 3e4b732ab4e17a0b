from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from donations.models.gifts import CURRENCY


class ExchangeRateQuerySet(models.QuerySet["ExchangeRate"]):
    def standing(self) -> Self:
        """Rates that were not withdrawn."""
        return self.filter(withdrawn_at=None)


class ExchangeRate(models.Model):
    """What the UN's treasury says a US dollar is worth from a day on, imported by staff.

    A row is never changed or deleted; one that was imported by mistake is withdrawn, and counts no more.
    """

    currency = models.CharField(_("currency"), max_length=3)
    units_per_usd = models.DecimalField(_("units for one US dollar"), max_digits=20, decimal_places=10)
    valid_from = models.DateField(_("valid from"))
    source = models.CharField(_("source"), max_length=200)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("imported by"), null=True, blank=True, related_name="+"
    )
    imported_at = models.DateTimeField(_("imported"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = ExchangeRateQuerySet.as_manager()

    class Meta:
        verbose_name = _("rate of exchange")
        verbose_name_plural = _("rates of exchange")
        ordering = ["-valid_from", "currency"]
        permissions = [("import_exchangerate", "Can import rates of exchange")]
        constraints = [
            models.UniqueConstraint(
                fields=["currency", "valid_from"],
                name="one_rate_per_currency_and_day",
                condition=Q(withdrawn_at=None),
            ),
            models.CheckConstraint(condition=Q(units_per_usd__gt=0), name="exchange_rate_is_above_zero"),
            models.CheckConstraint(condition=Q(currency__regex=CURRENCY), name="exchange_rate_has_a_currency"),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.valid_from}"
