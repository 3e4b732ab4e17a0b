"""Legal instruments against trafficking in persons, and the bodies that watch over them."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.content import (
    Precision,
    Sourced,
    SourcedQuerySet,
    is_slug,
    secondary_names_its_reporter,
    slug_is_kebab_case,
)


class LegalInstrumentQuerySet(SourcedQuerySet["LegalInstrument"]):
    pass


class LegalInstrument(Sourced):
    """A treaty, a resolution, a directive, a body or an office: what it is, since when, and who is bound."""

    class Kind(models.TextChoices):
        TREATY = "treaty", _("treaty")
        RESOLUTION = "resolution", _("resolution of the General Assembly")
        DIRECTIVE = "directive", _("law of the European Union")
        BODY = "body", _("body or office")
        CASE_LAW = "case-law", _("case law")

    slug = models.CharField(_("slug"), max_length=80, unique=True, validators=[is_slug])
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=300)
    reference = models.CharField(_("reference"), max_length=80, blank=True, help_text=_("For example A/RES/68/192."))
    adopted_on = models.DateField(_("adopted or set up on"))
    adopted_precision = models.CharField(_("the date is known to"), max_length=5, choices=Precision.choices)
    in_force_on = models.DateField(_("in force since"), null=True, blank=True)
    text = models.TextField(_("text"), help_text=_("Markdown."))
    facts: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        "Fact", verbose_name=_("facts, such as its parties over time"), blank=True, related_name="+"
    )

    objects = LegalInstrumentQuerySet.as_manager()

    class Meta(Sourced.Meta):
        verbose_name = _("legal instrument")
        verbose_name_plural = _("legal instruments")
        ordering = ["adopted_on", "slug"]
        constraints = [
            slug_is_kebab_case("instrument_slug_is_kebab_case"),
            secondary_names_its_reporter("instrument_of_certainty_b_names_its_reporter"),
        ]

    def __str__(self) -> str:
        return self.title
