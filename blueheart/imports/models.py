from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class FileImportQuerySet(models.QuerySet["FileImport"]):
    def waiting(self) -> Self:
        """Files that were uploaded and neither confirmed nor dropped."""
        return self.filter(status=FileImport.Status.WAITING)


class FileImport(models.Model):
    """A file that somebody uploaded, and what became of it.

    Its content is kept only until it is confirmed or dropped: what it brought stands in rows of its app. `options` is
    what was said of the file, `result` what the importer needs in order to undo it.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("waits to be confirmed")
        DONE = "done", _("imported")
        UNDONE = "undone", _("undone")
        DROPPED = "dropped", _("dropped")

    kind = models.CharField(_("kind"), max_length=40)
    target = models.CharField(_("into"), max_length=40, blank=True)
    file_name = models.CharField(_("file"), max_length=160)
    digest = models.CharField("SHA-256", max_length=64)
    content = models.BinaryField(_("content"))
    options = models.JSONField(_("said of it"), default=dict)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.WAITING)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("uploaded by"), related_name="+"
    )
    uploaded_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    done_at = models.DateTimeField(_("imported"), null=True, blank=True)
    said = models.CharField(_("what it brought"), max_length=300, blank=True)
    result = models.JSONField(_("result"), default=dict)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, verbose_name=_("undone by"), related_name="+", null=True, blank=True
    )
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    why = models.CharField(_("why"), max_length=200, blank=True)

    objects = FileImportQuerySet.as_manager()

    class Meta:
        verbose_name = _("imported file")
        verbose_name_plural = _("imported files")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="waiting") | Q(content=b""), name="content_of_a_file_is_kept_until_it_is_settled"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "dropped"], done_at=None)
                | Q(status__in=["done", "undone"], done_at__isnull=False),
                name="imported_file_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(status="undone", undone_at__isnull=False) & ~Q(why="")
                | ~Q(status="undone") & Q(undone_at=None),
                name="undone_file_says_why",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name
