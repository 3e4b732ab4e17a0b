from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class Precept(models.Model):
    """One thing that a supporter can promise to do. What it says is in its wordings, one per version."""

    slug = models.SlugField(_("slug"), max_length=40, unique=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_offered = models.BooleanField(
        _("offered"), default=True, help_text=_("Off: nobody can choose it any more; old pledges keep it.")
    )

    class Meta:
        verbose_name = _("precept")
        verbose_name_plural = _("precepts")
        ordering = ["order", "slug"]

    def __str__(self) -> str:
        return self.slug


class PreceptWordingQuerySet(models.QuerySet["PreceptWording"]):
    def current(self) -> Self:
        """The newest wording of each precept."""
        newest = self.order_by("precept_id", "-version").distinct("precept_id").values("pk")
        return self.filter(pk__in=newest)

    def offered(self) -> Self:
        """The wordings that a supporter can choose today, in the order they are shown."""
        return self.current().filter(precept__is_offered=True).order_by("precept__order", "precept__slug")


class PreceptWording(models.Model):
    """What a precept says, in all languages, from one version to the next.

    A pledge keeps the wording that it was signed under: a trigger refuses to change or delete one. Other words are
    another version.
    """

    precept = models.ForeignKey(Precept, models.PROTECT, verbose_name=_("precept"), related_name="wordings")
    version = models.PositiveSmallIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=80)
    text = models.CharField(_("text"), max_length=300)
    is_by_staff = models.BooleanField(_("written by staff"), default=False, editable=False)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    objects = PreceptWordingQuerySet.as_manager()

    class Meta:
        verbose_name = _("wording of a precept")
        verbose_name_plural = _("wordings of precepts")
        ordering = ["precept__order", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["precept", "version"], name="precept_has_one_wording_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"
