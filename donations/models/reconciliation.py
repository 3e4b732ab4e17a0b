from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from donations.models.donations import Donation

EQUAL = Q(missing_here=0, missing_there=0, different=0, failure="")


class ReconciliationRunQuerySet(models.QuerySet["ReconciliationRun"]):
    def with_trouble(self) -> Self:
        """Those that found something, or could not ask Stripe."""
        return self.filter(~EQUAL)

    def newest_with_trouble(self) -> Self:
        """The newest that has ended, if it found something: earlier ones are old news."""
        newest = ReconciliationRun.objects.filter(ended_at__isnull=False).order_by("-pk").values("pk")[:1]
        return self.with_trouble().filter(pk__in=newest)


class ReconciliationRun(models.Model):
    """One comparison of the books with Stripe's own list of what moved, balance transaction by balance transaction."""

    begun_at = models.DateTimeField(_("begun"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("to"))
    compared = models.PositiveIntegerField(_("compared"), default=0)
    missing_here = models.PositiveIntegerField(_("missing here"), default=0)
    missing_there = models.PositiveIntegerField(_("missing at Stripe"), default=0)
    different = models.PositiveIntegerField(_("different"), default=0)
    waiting = models.PositiveIntegerField(
        _("under way"), default=0, help_text=_("Not booked yet, and rightly so: the payment or payout is not over.")
    )
    failure = models.TextField(_("failure"), blank=True)

    objects = ReconciliationRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["-id"], name="reconciliation_ended", condition=Q(ended_at__isnull=False)),
            models.Index(fields=["-id"], name="reconciliation_with_trouble", condition=~EQUAL),
        ]

    def __str__(self) -> str:
        return f"{self.begun_at:%Y-%m-%d %H:%M}"

    @property
    def found(self) -> int:
        """On how many things the books and Stripe do not agree."""
        return self.missing_here + self.missing_there + self.different


class ReconciliationFinding(models.Model):
    """One thing on which the books and Stripe do not agree."""

    class Kind(models.TextChoices):
        MISSING_HERE = "missing-here", _("missing here")
        MISSING_THERE = "missing-there", _("missing at Stripe")
        DIFFERENT = "different", _("different")

    run = models.ForeignKey(
        ReconciliationRun, models.CASCADE, verbose_name=_("reconciliation"), related_name="findings"
    )
    kind = models.CharField(_("kind"), max_length=14, choices=Kind)
    stripe_id = models.CharField(_("Stripe’s id"), max_length=255)
    donation = models.ForeignKey(
        Donation, models.PROTECT, verbose_name=_("donation"), null=True, blank=True, related_name="+"
    )
    what = models.TextField(_("what"))

    class Meta:
        verbose_name = _("finding")
        verbose_name_plural = _("findings")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.stripe_id}"
