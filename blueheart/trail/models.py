from django.conf import settings
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """One act. People other than staff appear by pseudonymous id only; a trigger refuses UPDATE, DELETE and TRUNCATE.

    `at` is the start of the transaction, given by PostgreSQL: sealing relies on it.
    """

    at = models.DateTimeField(_("when"), db_default=TransactionNow(), editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("who"), null=True, blank=True, related_name="+"
    )
    action = models.CharField(_("what"), max_length=80)
    target_type = models.CharField(_("kind of target"), max_length=80, blank=True)
    target_id = models.CharField(_("target"), max_length=80, blank=True)
    address = models.CharField(_("from where"), max_length=64, blank=True)
    why = models.TextField(_("why"), blank=True)
    detail = models.JSONField(_("detail"), default=dict, blank=True)

    class Meta:
        verbose_name = _("trail entry")
        verbose_name_plural = _("trail entries")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["at"], name="trail_entry_at"),
            models.Index(fields=["target_type", "target_id"], name="trail_entry_target"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.target_type} {self.target_id}".strip()


class Seal(models.Model):
    """SHA-256 over the previous seal and every entry of one closed minute: shows when rows were altered by force."""

    minute = models.DateTimeField(_("minute"), unique=True)
    entries = models.PositiveIntegerField(_("entries"))
    digest = models.CharField(_("digest"), max_length=64)

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        ordering = ["-minute"]

    def __str__(self) -> str:
        return f"{self.minute:%Y-%m-%d %H:%M} {self.digest[:12]}"
