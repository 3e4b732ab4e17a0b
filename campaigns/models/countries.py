"""The countries that adopted the Blue Heart."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models.content import ISO2, Precision, Sourced, SourcedQuerySet, is_iso2, secondary_names_its_reporter


class CountryQuerySet(SourcedQuerySet["Country"]):
    pass


class Country(Sourced):
    """A country that adopted the Blue Heart, and when, as precisely as its source says."""

    iso2 = models.CharField(_("ISO code"), max_length=2, unique=True, validators=[is_iso2])
    joined_on = models.DateField(_("joined on"))
    joined_precision = models.CharField(_("the date is known to"), max_length=5, choices=Precision.choices)
    story = models.TextField(_("how it joined"), help_text=_("Markdown."))

    objects = CountryQuerySet.as_manager()

    class Meta(Sourced.Meta):
        verbose_name = _("country")
        verbose_name_plural = _("countries")
        ordering = ["iso2"]
        constraints = [
            models.CheckConstraint(
                name="country_code_is_two_capital_letters",
                condition=Q(iso2__regex=ISO2),
                violation_error_message=_("Use the two capital letters of the country’s ISO code."),
            ),
            secondary_names_its_reporter("country_of_certainty_b_names_its_reporter"),
        ]

    def __str__(self) -> str:
        return self.iso2

    def get_absolute_url(self) -> str:
        return reverse("campaigns:country", args=[self.iso2.lower()])
