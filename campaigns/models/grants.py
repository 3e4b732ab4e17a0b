"""What the United Nations published about the Voluntary Trust Fund's grants: history, never rows of our ledger."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models.content import (
    ISO2,
    Precision,
    Sourced,
    SourcedQuerySet,
    is_iso2,
    is_slug,
    secondary_names_its_reporter,
    slug_is_kebab_case,
)


class GrantCycleQuerySet(SourcedQuerySet["GrantCycle"]):
    pass


class GrantCycle(Sourced):
    """A call of the Fund and what came of it, in the numbers that were published (whole US dollars)."""

    slug = models.CharField(_("slug"), max_length=80, unique=True, validators=[is_slug])
    name = models.CharField(_("name"), max_length=120, help_text=_("As published, for example “first grant cycle”."))
    announced_on = models.DateField(_("announced on"))
    announced_precision = models.CharField(_("the date is known to"), max_length=5, choices=Precision.choices)
    amount_words = models.CharField(_("sum, as published"), max_length=120, blank=True)
    amount_usd = models.PositiveBigIntegerField(_("sum in US dollars"), null=True, blank=True)
    ceiling_words = models.CharField(_("most for one project, as published"), max_length=120, blank=True)
    projects_count = models.PositiveSmallIntegerField(_("projects"), null=True, blank=True)
    countries_count = models.PositiveSmallIntegerField(_("countries"), null=True, blank=True)
    applications_count = models.PositiveSmallIntegerField(_("applications"), null=True, blank=True)
    text = models.TextField(_("text"), blank=True, help_text=_("Markdown."))

    objects = GrantCycleQuerySet.as_manager()

    class Meta(Sourced.Meta):
        verbose_name = _("published grant cycle")
        verbose_name_plural = _("published grant cycles")
        ordering = ["-announced_on", "slug"]
        constraints = [
            slug_is_kebab_case("grant_cycle_slug_is_kebab_case"),
            secondary_names_its_reporter("grant_cycle_of_certainty_b_names_its_reporter"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{reverse('campaigns:projects')}?cycle={self.slug}"


class PublishedGrantQuerySet(SourcedQuerySet["PublishedGrant"]):
    def published(self) -> Self:
        """Those of published cycles: a project is never shown before the call that it belongs to."""
        return super().published().filter(cycle__in=GrantCycle.objects.published())


class PublishedGrant(Sourced):
    """A project that the Fund supported, as published; the sum only where it was published for this project."""

    slug = models.CharField(_("slug"), max_length=80, unique=True, validators=[is_slug])
    cycle = models.ForeignKey(GrantCycle, models.PROTECT, verbose_name=_("cycle"), related_name="grants")
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    iso2 = models.CharField(_("country"), max_length=2, validators=[is_iso2])
    amount_usd = models.PositiveBigIntegerField(_("sum in US dollars"), null=True, blank=True)
    months = models.PositiveSmallIntegerField(_("months"), null=True, blank=True)
    purpose = models.TextField(_("purpose"), blank=True)

    objects = PublishedGrantQuerySet.as_manager()

    class Meta(Sourced.Meta):
        verbose_name = _("published grant")
        verbose_name_plural = _("published grants")
        ordering = ["cycle", "iso2", "slug"]
        indexes = [models.Index(fields=["iso2"], name="published_grant_by_country")]
        constraints = [
            slug_is_kebab_case("published_grant_slug_is_kebab_case"),
            models.CheckConstraint(
                name="published_grant_country_is_two_capital_letters",
                condition=Q(iso2__regex=ISO2),
                violation_error_message=_("Use the two capital letters of the country’s ISO code."),
            ),
            secondary_names_its_reporter("published_grant_of_certainty_b_names_its_reporter"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation or self.iso2} ({self.cycle_id})"

    def get_absolute_url(self) -> str:
        return f"{reverse('campaigns:projects')}?country={self.iso2.lower()}#{self.slug}"
