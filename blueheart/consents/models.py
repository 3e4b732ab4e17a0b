from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ConsentTextQuerySet(models.QuerySet["ConsentText"]):
    def in_force(self, keys: Iterable[str]) -> dict[str, "ConsentText"]:
        """The text of each key that is asked today. One query."""
        asked = self.filter(key__in=list(keys), in_force_from__isnull=False)
        return {text.key: text for text in asked.order_by("key", "-version").distinct("key")}


class ConsentText(models.Model):
    """What stands beside a box that people tick, from one version to the next.

    A draft can be worded; once it is in force a trigger refuses to change or delete it, for rows keep the number of the
    version that was ticked. Other words are another version.
    """

    class Key(models.TextChoices):
        """The boxes that public forms ask to be ticked; each stands in a form of ours."""

        SIXTEEN = "16-or-older", _("16 or older: before a name, words or a photo are shown")
        PHOTO = "photo", _("Nobody in a photo who did not agree, and no child")

    key = models.CharField(_("consent"), max_length=40, choices=Key)
    version = models.PositiveSmallIntegerField(_("version"), editable=False)
    text = models.CharField(_("text"), max_length=300)
    in_force_from = models.DateTimeField(_("in force from"), null=True, blank=True, editable=False)

    objects = ConsentTextQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        ordering = ["key", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="consent_has_one_text_per_version"),
            models.UniqueConstraint(
                fields=["key"], condition=Q(in_force_from=None), name="consent_has_one_draft_at_a_time"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="consent_versions_begin_with_one"),
        ]

    def __str__(self) -> str:
        return f"{self.get_key_display()} ({self.version})"

    @property
    def is_draft(self) -> bool:
        """Whether nobody can have ticked it yet."""
        return self.in_force_from is None

    def before(self) -> Self | None:
        """The version before this one. One query."""
        return type(self)._default_manager.filter(key=self.key, version__lt=self.version).order_by("-version").first()
