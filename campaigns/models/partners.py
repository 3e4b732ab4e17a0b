"""People and organisations who lend the campaign their voice."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from campaigns.models.content import (
    Precision,
    Sourced,
    SourcedQuerySet,
    country_code_or_none,
    is_iso2,
    is_slug,
    secondary_names_its_reporter,
    slug_is_kebab_case,
)


class PartnerQuerySet(SourcedQuerySet["Partner"]):
    pass


class Partner(Sourced):
    """A goodwill ambassador, or a partner in sport, music, travel or media, and since when."""

    class Kind(models.TextChoices):
        AMBASSADOR = "ambassador", _("ambassador")
        VOICE = "voice", _("survivor and author")
        SPORT = "sport", _("sport")
        CULTURE = "culture", _("music, film and comics")
        TRAVEL = "travel", _("travel")
        MEDIA = "media", _("media")

    slug = models.CharField(_("slug"), max_length=80, unique=True, validators=[is_slug])
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=160)
    role = models.CharField(_("role"), max_length=200)
    since = models.DateField(_("since"), null=True, blank=True)
    since_precision = models.CharField(
        _("the date is known to"), max_length=5, choices=Precision.choices, default=Precision.DAY
    )
    renewed_on = models.DateField(_("renewed on"), null=True, blank=True)
    text = models.TextField(_("text"), help_text=_("Markdown."))
    iso2 = models.CharField(_("country"), max_length=2, blank=True, validators=[is_iso2])
    url = models.URLField(_("page"), max_length=500, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=100, help_text=_("Lower comes first."))

    objects = PartnerQuerySet.as_manager()

    class Meta(Sourced.Meta):
        verbose_name = _("partner")
        verbose_name_plural = _("partners")
        ordering = ["position", "slug"]
        constraints = [
            slug_is_kebab_case("partner_slug_is_kebab_case"),
            country_code_or_none("partner_country_is_two_capital_letters"),
            secondary_names_its_reporter("partner_of_certainty_b_names_its_reporter"),
        ]

    def __str__(self) -> str:
        return self.name
