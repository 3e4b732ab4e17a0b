"""The Global Report on Trafficking in Persons: its editions, and tables of data that charts show."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models.content import (
    Precision,
    Sourced,
    SourcedQuerySet,
    is_slug,
    secondary_names_its_reporter,
    slug_is_kebab_case,
)


class ReportEditionQuerySet(SourcedQuerySet["ReportEdition"]):
    pass


class ReportEdition(Sourced):
    """One edition, with its ordinal in the words that the United Nations printed: they cannot be computed."""

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    ordinal = models.CharField(_("ordinal"), max_length=80, blank=True, help_text=_("As published, never counted."))
    released_on = models.DateField(_("released on"))
    released_precision = models.CharField(_("the date is known to"), max_length=5, choices=Precision.choices)
    countries_covered = models.PositiveSmallIntegerField(_("countries covered"), null=True, blank=True)
    data_from = models.PositiveSmallIntegerField(_("data from"), null=True, blank=True)
    data_to = models.PositiveSmallIntegerField(_("data to"), null=True, blank=True)
    summary = models.TextField(_("summary"), help_text=_("One or two sentences, shown in lists."))
    body = models.TextField(_("body"), blank=True, help_text=_("Markdown."))
    doubts = models.TextField(_("where sources disagree"), blank=True)

    objects = ReportEditionQuerySet.as_manager()

    class Meta(Sourced.Meta):
        verbose_name = _("Global Report edition")
        verbose_name_plural = _("Global Report editions")
        ordering = ["-year"]
        constraints = [
            models.CheckConstraint(
                name="report_edition_data_does_not_end_before_it_starts",
                condition=Q(data_from__isnull=True) | Q(data_to__isnull=True) | Q(data_to__gte=F("data_from")),
                violation_error_message=_("The data end before they start."),
            ),
            secondary_names_its_reporter("report_edition_of_certainty_b_names_its_reporter"),
        ]

    def __str__(self) -> str:
        return str(self.year)

    def get_absolute_url(self) -> str:
        return reverse("campaigns:report_edition", args=[self.year])


class DataTableQuerySet(SourcedQuerySet["DataTable"]):
    pass


class DataTable(Sourced):
    """Numbers that belong together, as a table and as the chart that fits them."""

    class Topic(models.TextChoices):
        EXPLOITATION = "exploitation", _("form of exploitation")
        SEX_AND_AGE = "sex-and-age", _("sex and age")
        ORIGIN = "origin", _("region of origin")
        CONVICTIONS = "convictions", _("convictions over time")
        OTHER = "other", _("other")

    class Chart(models.TextChoices):
        BARS = "bars", _("bars")
        STACKED = "stacked", _("stacked bars")
        LINE = "line", _("lines over time")

    slug = models.CharField(_("slug"), max_length=80, unique=True, validators=[is_slug])
    edition = models.ForeignKey(
        ReportEdition, models.PROTECT, verbose_name=_("edition"), null=True, blank=True, related_name="tables"
    )
    topic = models.CharField(_("topic"), max_length=15, choices=Topic.choices)
    chart = models.CharField(_("chart"), max_length=10, choices=Chart.choices, default=Chart.BARS)
    title = models.CharField(_("title"), max_length=200)
    unit = models.CharField(_("unit"), max_length=80, help_text=_("For example “%” or “persons”."))
    scope = models.CharField(_("scope"), max_length=120, help_text=_("Where it holds: the world, Europe, a country."))
    period = models.CharField(_("period"), max_length=80)
    population = models.CharField(_("counted population"), max_length=120)
    note = models.TextField(_("note"), blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=100, help_text=_("Lower comes first."))

    objects = DataTableQuerySet.as_manager()

    class Meta(Sourced.Meta):
        verbose_name = _("data table")
        verbose_name_plural = _("data tables")
        ordering = ["position", "slug"]
        constraints = [
            slug_is_kebab_case("data_table_slug_is_kebab_case"),
            secondary_names_its_reporter("data_table_of_certainty_b_names_its_reporter"),
        ]

    def __str__(self) -> str:
        return self.title


class DataPoint(models.Model):
    """One number of a table: its row (`label`), its column (`series`, empty where there is one) and its place."""

    table = models.ForeignKey(DataTable, models.CASCADE, verbose_name=_("data table"), related_name="points")
    position = models.PositiveSmallIntegerField(_("position"))
    label = models.CharField(_("row"), max_length=120)
    series = models.CharField(_("column"), max_length=120, blank=True)
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=4)

    class Meta:
        verbose_name = _("data point")
        verbose_name_plural = _("data points")
        ordering = ["table", "position"]
        constraints = [
            models.UniqueConstraint(name="data_point_has_its_own_place", fields=["table", "position"]),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.series}".strip() + f": {self.value}"
