import datetime as dt
from typing import Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.functions import TransactionNow
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

LOOKING = Q(action__endswith=".viewed") | Q(action__endswith=".listed")


class EntryQuerySet(models.QuerySet["Entry"]):
    def about(self, row: models.Model) -> Self:
        """Everything about this row, newest first by an index."""
        return self.filter(target_type=row._meta.label_lower, target_id=str(row.pk))

    def by(self, user: AbstractBaseUser) -> Self:
        return self.filter(actor=user)

    def acts(self) -> Self:
        """Without those that tell who looked at something."""
        return self.exclude(LOOKING)


class Entry(models.Model):
    """One act. People other than staff appear by pseudonymous id only; a trigger refuses UPDATE, DELETE and TRUNCATE.

    `at` is the start of the transaction, given by PostgreSQL: sealing relies on it.
    """

    at = models.DateTimeField(_("when"), db_default=TransactionNow(), editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("who"),
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # the index of "who, newest first" serves both
    )
    action = models.CharField(_("what"), max_length=80)
    target_type = models.CharField(_("kind of target"), max_length=80, blank=True)
    target_id = models.CharField(_("target"), max_length=80, blank=True)
    address = models.CharField(_("from where"), max_length=64, blank=True)
    why = models.TextField(_("why"), blank=True)
    detail = models.JSONField(_("detail"), default=dict, blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("trail entry")
        verbose_name_plural = _("trail entries")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["at"], name="trail_entry_at"),
            models.Index(fields=["target_type", "target_id", "-id"], name="trail_entry_target"),
            models.Index(fields=["actor", "-id"], name="trail_entry_actor"),
            models.Index(fields=["address", "-id"], name="trail_entry_address"),
            # What was done is asked for by its beginning.
            models.Index(OpClass("action", "text_pattern_ops"), F("id").desc(), name="trail_entry_action"),
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

    @property
    def line(self) -> str:
        """Its minute, how many entries it seals, and its digest, as it travels with backups and logs."""
        return f"{self.minute.astimezone(dt.UTC):%Y-%m-%dT%H:%MZ} {self.entries} {self.digest}"
