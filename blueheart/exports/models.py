"""Long exports: rows of the queue, whose files the worker writes and whoever asked fetches for a day."""

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blueheart.queue import QueueRow


class PreparedExport(QueueRow):
    """One list, as somebody had filtered it, as a file that is made in the background.

    `query` is the address of the list behind the `?`. It may hold what was typed to search, so it is emptied as soon
    as the file is there; `filters` keeps the names alone. The file lies outside of what is served to the public.
    """

    class Format(models.TextChoices):
        CSV = "csv", _("CSV")
        XLSX = "xlsx", _("Excel")

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("being prepared")
        READY = "ready", _("ready")
        CANCELLED = "cancelled", _("cancelled")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")

    OPEN = frozenset({Status.WAITING, Status.RUNNING})

    of_list = models.CharField(_("list"), max_length=80)
    query = models.TextField(_("as filtered"), blank=True)
    filters = models.CharField(_("filtered by"), max_length=400, blank=True)
    format = models.CharField(_("format"), max_length=4, choices=Format)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("asked by"), related_name="prepared_exports"
    )
    created_at = models.DateTimeField(_("asked"), default=timezone.now)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    rows_total = models.PositiveBigIntegerField(_("rows, about"))
    rows_done = models.PositiveBigIntegerField(_("rows done"), default=0)
    file = models.CharField(_("file"), max_length=80, blank=True, editable=False)
    size = models.PositiveBigIntegerField(_("size in bytes"), default=0)
    expires_at = models.DateTimeField(_("there until"), null=True, blank=True)

    class Meta:
        verbose_name = _("prepared export")
        verbose_name_plural = _("prepared exports")
        ordering = ["-pk"]
        permissions = [("export_lists", "Can export lists")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="ready") & ~models.Q(file="") & models.Q(expires_at__isnull=False)
                | ~models.Q(status="ready") & models.Q(file=""),
                name="only_a_ready_export_has_a_file",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], name="export_due", condition=models.Q(next_attempt_at__isnull=False)
            ),
            models.Index(fields=["asked_by", "-id"], name="export_of_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.of_list} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def is_there(self) -> bool:
        """Whether the file can be fetched now."""
        return self.status == self.Status.READY and self.expires_at is not None and self.expires_at > timezone.now()

    @property
    def list_name(self) -> str:
        """Of the list, in the reader's language."""
        return str(apps.get_model(self.of_list)._meta.verbose_name_plural)

    @property
    def path(self) -> Path:
        return folder() / self.file

    @property
    def file_name(self) -> str:
        """The name under which it is saved by whoever fetches it."""
        return file_name(self.of_list, self.format)

    def shelve(self, reason: str) -> None:
        """Give it up after many tries: whoever asked sees that it failed."""
        self._end(reason=reason, shelved_at=timezone.now(), status=self.Status.FAILED, query="")


def folder() -> Path:
    """Where the files lie; made for us alone."""
    path = Path(settings.VAR_DIR) / "exports"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def file_name(of_list: str, file_format: str) -> str:
    """Such as `donation-2026-11-22.csv`."""
    return f"{of_list.rpartition('.')[2]}-{timezone.now():%Y-%m-%d}.{file_format}"
