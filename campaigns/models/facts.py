"""Facts and dated events, each with the source that says so."""

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models.content import (
    Loaded,
    Precision,
    Sourced,
    SourcedQuerySet,
    country_code_or_none,
    is_iso2,
    is_slug,
    secondary_names_its_reporter,
    slug_is_kebab_case,
)


class Source(Loaded):
    """A page or a document that states facts; `read_in` is the page where we read what it says, if not itself."""

    class Kind(models.TextChoices):
        UN = "un", _("United Nations page")
        DOCUMENT = "document", _("official document")
        REPORT = "report", _("report or study")
        GOVERNMENT = "government", _("government page")
        NGO = "ngo", _("organisation’s page")
        PRESS = "press", _("press")
        VIDEO = "video", _("video")

    slug = models.CharField(_("slug"), max_length=80, unique=True, validators=[is_slug])
    title = models.CharField(_("title"), max_length=300)
    publisher = models.CharField(_("publisher"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    url = models.URLField(_("address"), max_length=500, blank=True)
    language = models.CharField(_("language of the title"), max_length=10, default="en")
    year = models.PositiveSmallIntegerField(_("year of publication"), null=True, blank=True)
    published_on = models.DateField(_("published on"), null=True, blank=True)
    read_on = models.DateField(_("read on"), null=True, blank=True)
    read_in = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("as cited in"), null=True, blank=True, related_name="cited"
    )
    note = models.TextField(_("note for staff"), blank=True)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["publisher", "title"]
        constraints = [
            slug_is_kebab_case("source_slug_is_kebab_case"),
            models.CheckConstraint(
                name="source_has_a_title_and_a_publisher",
                condition=~Q(title="") & ~Q(publisher=""),
                violation_error_message=_("A source has a title and a publisher."),
            ),
            models.CheckConstraint(
                name="source_is_not_cited_in_itself",
                condition=Q(read_in__isnull=True) | ~Q(read_in=F("id")),
                violation_error_message=_("A source cannot be cited in itself."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.publisher}: {self.title}"


class FactQuerySet(SourcedQuerySet["Fact"]):
    def current(self) -> "FactQuerySet":
        """Without those that a newer figure has superseded: one that readers can see, for a draft replaces nothing."""
        return self.exclude(superseded_by__in=Fact.objects.published())

    def superseded(self) -> "FactQuerySet":
        return self.filter(superseded_by__in=Fact.objects.published())

    def with_source(self) -> Self:
        """With the source that a source line prints, and the newer figure that `is_superseded` asks for."""
        return super().with_source().select_related("superseded_by")

    def older_than(self, years: int) -> "FactQuerySet":
        """Those that nothing newer has superseded, by the day that they speak of, or the year where they name none."""
        today = dt.datetime.now(dt.UTC).date()
        day = today.replace(year=today.year - years, day=min(today.day, 28))
        is_old = Q(as_of__lt=day) | Q(as_of__isnull=True, year__lt=today.year - years)
        return self.current().filter(is_old)

    def chain_of(self, fact: "Fact") -> list["Fact"]:
        """The published facts that the fact superseded, and those that superseded it, newest first; itself too."""
        replaced = self.filter(topic=fact.topic, superseded_by__isnull=False)
        links = [{older, newer} for older, newer in replaced.values_list("pk", "superseded_by") if newer]
        chain, before = {fact.pk}, 0
        while len(chain) > before:
            before = len(chain)
            chain = chain.union(*(link for link in links if link & chain))
        return list(self.published().filter(pk__in=chain).with_source().order_by("-year", "slug"))


class Fact(Sourced):
    """A figure with its unit, scope, year and source; a newer figure supersedes it and it stays visible as history."""

    class Topic(models.TextChoices):
        SCALE = "scale", _("How many people")
        VICTIMS = "victims", _("Who is trafficked")
        EXPLOITATION = "exploitation", _("Forms of exploitation")
        VULNERABILITY = "vulnerability", _("Vulnerability and migration")
        PROFITS = "profits", _("Profits")
        JUSTICE = "justice", _("Justice")
        EUROPE = "europe", _("Europe")
        LAW = "law", _("Law and parties")
        CAMPAIGN = "campaign", _("The campaign")
        REPORT = "report", _("Global Report on Trafficking in Persons")
        TRUST_FUND = "trust-fund", _("The Voluntary Trust Fund, as published by the United Nations")

    slug = models.CharField(_("slug"), max_length=80, unique=True, validators=[is_slug])
    topic = models.CharField(_("topic"), max_length=15, choices=Topic.choices)
    statement = models.TextField(_("statement"), help_text=_("What the value says, in our own words, with its year."))
    value = models.CharField(_("value"), max_length=200, help_text=_("As published, for example “2.5 million”."))
    unit = models.CharField(_("unit"), max_length=80, blank=True)
    scope = models.CharField(_("scope"), max_length=120, help_text=_("Where it holds: the world, Europe, a country."))
    year = models.PositiveSmallIntegerField(_("year"), help_text=_("The year that it speaks of, or its last one."))
    period = models.CharField(_("period"), max_length=80, blank=True, help_text=_("Where one year is too short."))
    as_of = models.DateField(_("as of"), null=True, blank=True)
    population = models.CharField(_("counted population"), max_length=120, blank=True)
    iso2 = models.CharField(_("country"), max_length=2, blank=True, validators=[is_iso2])
    number = models.DecimalField(
        _("as a number"),
        max_digits=20,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("For charts and the API, where the value is one number: 2500000 for “2.5 million”."),
    )
    report = models.ForeignKey(
        "ReportEdition",
        models.PROTECT,
        verbose_name=_("edition of the Global Report"),
        null=True,
        blank=True,
        related_name="key_figures",
    )
    superseded_by = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("superseded by"), null=True, blank=True, related_name="supersedes"
    )
    featured = models.BooleanField(_("on the home page"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=100, help_text=_("Lower comes first."))

    objects = FactQuerySet.as_manager()

    class Meta(Sourced.Meta):
        verbose_name = _("fact")
        verbose_name_plural = _("facts")
        ordering = ["position", "slug"]
        constraints = [
            slug_is_kebab_case("fact_slug_is_kebab_case"),
            models.CheckConstraint(
                name="fact_has_a_year_that_can_be",
                condition=Q(year__gte=1900, year__lte=2100),
                violation_error_message=_("Give the year in four digits."),
            ),
            models.CheckConstraint(
                name="fact_does_not_supersede_itself",
                condition=Q(superseded_by__isnull=True) | ~Q(superseded_by=F("id")),
                violation_error_message=_("A fact cannot supersede itself."),
            ),
            country_code_or_none("fact_country_is_two_capital_letters"),
            secondary_names_its_reporter("fact_of_certainty_b_names_its_reporter"),
        ]

    def __str__(self) -> str:
        return f"{self.value} {self.unit}".strip() + f" ({self.scope}, {self.year})"

    def get_absolute_url(self) -> str:
        return reverse("campaigns:fact", args=[self.slug])

    @property
    def is_superseded(self) -> bool:
        """Whether readers can see a newer figure in its place."""
        return self.superseded_by is not None and self.superseded_by.is_public


class MilestoneQuerySet(SourcedQuerySet["Milestone"]):
    pass


class Milestone(Sourced):
    """Something that happened on a day, in a month or in a year, with the source that says so."""

    class Kind(models.TextChoices):
        CAMPAIGN = "campaign", _("campaign")
        COUNTRY = "country", _("country")
        PEOPLE = "people", _("people and partners")
        TRUST_FUND = "trust-fund", _("Trust Fund")

    slug = models.CharField(_("slug"), max_length=80, unique=True, validators=[is_slug])
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    happened_on = models.DateField(_("date"))
    precision = models.CharField(_("the date is known to"), max_length=5, choices=Precision.choices)
    title = models.CharField(_("title"), max_length=200)
    text = models.TextField(_("text"), blank=True, help_text=_("Markdown."))
    iso2 = models.CharField(_("country"), max_length=2, blank=True, validators=[is_iso2])

    objects = MilestoneQuerySet.as_manager()

    class Meta(Sourced.Meta):
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["happened_on", "slug"]
        indexes = [models.Index(fields=["kind", "happened_on"], name="milestone_by_kind")]
        constraints = [
            slug_is_kebab_case("milestone_slug_is_kebab_case"),
            country_code_or_none("milestone_country_is_two_capital_letters"),
            secondary_names_its_reporter("milestone_of_certainty_b_names_its_reporter"),
        ]

    def __str__(self) -> str:
        return self.title
