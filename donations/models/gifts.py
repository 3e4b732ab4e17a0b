from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from donations.models.donors import Donor

CURRENCY = r"^[A-Z]{3}$"


class PublicName(models.TextChoices):
    """How a donor wants to be named in public, decided for each gift."""

    ANONYMOUS = "anonymous", _("not at all")
    FULL = "full", _("full name")
    FIRST = "first", _("first name")
    ALIAS = "alias", _("another name")


class Interval(models.TextChoices):
    """How often a gift is given. Stripe has no quarter: it is three months there."""

    ONCE = "once", _("once")
    MONTH = "month", _("every month")
    QUARTER = "quarter", _("every three months")
    YEAR = "year", _("every year")


REPEATED = (Interval.MONTH, Interval.QUARTER, Interval.YEAR)
MONTHS = {Interval.MONTH: 1, Interval.QUARTER: 3, Interval.YEAR: 12}


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
    public_name = models.CharField(
        _("public name"), max_length=120, blank=True, help_text=_("As the donor wants it shown. Empty: anonymous.")
    )
    public_name_kind = models.CharField(_("shown as"), max_length=10, choices=PublicName, default=PublicName.ANONYMOUS)
    public_name_hidden = models.BooleanField(_("public name hidden by staff"), default=False)
    is_amount_shown = models.BooleanField(_("amount shown"), default=False)
    is_16_or_older = models.BooleanField(_("16 or older"), default=False)
    consent_version = models.PositiveSmallIntegerField(
        _("version of the text that was ticked"), null=True, blank=True, editable=False
    )
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES)
    created_at = models.DateTimeField(_("begun"), default=timezone.now)

    class Meta:
        abstract = True
