from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Closing(models.Model):
    """The closing of a month or a year: one person prepares its report, another one signs it; then the books close.

    The report is what was true when it was signed; what happened in the period and comes in later is posted in the
    open one.
    """

    class Kind(models.TextChoices):
        MONTH = "month", _("month")
        YEAR = "year", _("year")

    class Status(models.TextChoices):
        PREPARED = "prepared", _("waiting for the second person")
        SIGNED = "signed", _("signed: the books are closed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    kind = models.CharField(_("kind"), max_length=5, choices=Kind)
    begins_on = models.DateField(_("from"))
    ends_on = models.DateField(_("through"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.PREPARED)
    note = models.TextField(_("note"), blank=True)
    report: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(_("report"), default=dict)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("prepared by"), related_name="+"
    )
    prepared_at = models.DateTimeField(_("prepared"), default=timezone.now)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("signed by"), null=True, blank=True, related_name="+"
    )
    signed_at = models.DateTimeField(_("signed"), null=True, blank=True)

    class Meta:
        verbose_name = _("closing of the books")
        verbose_name_plural = _("closings of the books")
        ordering = ["-ends_on", "-pk"]
        permissions = [
            ("prepare_closing", "Can prepare the closing of a month or a year"),
            ("sign_closing", "Can sign the closing that somebody else prepared"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "ends_on"],
                condition=~Q(status="withdrawn"),
                name="a_period_is_closed_once",
            ),
            models.CheckConstraint(condition=Q(ends_on__gt=F("begins_on")), name="closing_is_of_some_days"),
            models.CheckConstraint(
                condition=Q(signed_by=None) | ~Q(signed_by=F("prepared_by")),
                name="closing_is_signed_by_somebody_else",
            ),
            models.CheckConstraint(
                condition=Q(status="signed", signed_by__isnull=False, signed_at__isnull=False)
                | ~Q(status="signed") & Q(signed_by=None, signed_at=None),
                name="signed_closing_says_who_and_when",
            ),
        ]
        indexes = [models.Index(fields=["-id"], name="closing_waits", condition=Q(status="prepared"))]

    def __str__(self) -> str:
        return f"{self.begins_on} – {self.ends_on}"
