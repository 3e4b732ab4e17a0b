"""Whom to call. A number is never written from memory: each row keeps the page it was read on, and the day."""

import datetime as dt

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models.content import ISO2, Content, ContentQuerySet, is_iso2, is_slug, slug_is_kebab_case

EUROPEAN_UNION = "EU"  # stands among the countries for numbers that work in all of the Union
MEMBERS_OF_THE_UNION = frozenset(
    (
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
        "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    )
)  # fmt: skip


def a_year_before(day: dt.date) -> dt.date:
    """The same day twelve months earlier; 28 February for 29 February."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


class HelplineQuerySet(ContentQuerySet["Helpline"]):
    def not_checked_for_a_year(self) -> "HelplineQuerySet":
        """Published numbers that nobody has read on their source for more than twelve months (UTC)."""
        long_ago = a_year_before(dt.datetime.now(dt.UTC).date())
        return self.filter(status=Helpline.Status.PUBLISHED, read_on__lt=long_ago)

    def that_work_in(self, iso2: str) -> "HelplineQuerySet":
        """The country's own lines, and in a member state those of the European Union."""
        return self.filter(iso2__in=[iso2, EUROPEAN_UNION] if iso2 in MEMBERS_OF_THE_UNION else [iso2])


class Helpline(Content):
    """A telephone line or a page that helps, as one page printed it; published only with grade A."""

    class Kind(models.TextChoices):
        HELPLINE = "helpline", _("helpline")
        POLICE = "police", _("police line")
        EMERGENCY = "emergency", _("emergency number")
        OFFICE = "office", _("office line")

    class Grade(models.TextChoices):
        A = "A", _("A: read on a page of the operator or an authority")
        B = "B", _("B: read on another page, to be verified")

    class SourceKind(models.TextChoices):
        OPERATOR = "operator", _("the operator’s page")
        GOVERNMENT = "government", _("an authority’s page")
        INTERNATIONAL = "un_eu", _("a page of the United Nations or the European Union")
        SECONDARY = "secondary", _("another page")

    slug = models.CharField(_("slug"), max_length=80, unique=True, validators=[is_slug])
    iso2 = models.CharField(_("country"), max_length=2, validators=[is_iso2])
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.HELPLINE)
    name = models.CharField(_("name"), max_length=200)
    phones = models.TextField(_("numbers"), blank=True, help_text=_("One per line, as printed on the source."))
    web = models.URLField(_("page"), max_length=300, blank=True)
    other_ways = models.CharField(_("other ways to reach it"), max_length=300, blank=True)
    languages = models.CharField(_("languages"), max_length=200, blank=True)
    hours = models.CharField(_("hours"), max_length=200, blank=True)
    note = models.TextField(_("note for callers"), blank=True)
    staff_note = models.TextField(_("note for staff"), blank=True)
    source_url = models.URLField(_("source"), max_length=500)
    source_kind = models.CharField(_("kind of source"), max_length=10, choices=SourceKind.choices)
    page_year = models.PositiveSmallIntegerField(_("year of the page"), null=True, blank=True)
    read_on = models.DateField(_("read on"))
    grade = models.CharField(_("grade"), max_length=1, choices=Grade.choices)
    position = models.PositiveSmallIntegerField(_("position"), default=100, help_text=_("Lower comes first."))

    objects = HelplineQuerySet.as_manager()

    class Meta(Content.Meta):
        verbose_name = _("helpline")
        verbose_name_plural = _("helplines")
        ordering = ["iso2", "position", "slug"]
        indexes = [
            models.Index(fields=["read_on"], name="helpline_by_day_it_was_read", condition=Q(status="published")),
        ]
        constraints = [
            slug_is_kebab_case("helpline_slug_is_kebab_case"),
            models.CheckConstraint(
                name="helpline_country_is_two_capital_letters",
                condition=Q(iso2__regex=ISO2),
                violation_error_message=_("Use the two capital letters of the country’s ISO code."),
            ),
            models.CheckConstraint(
                name="helpline_has_a_number_or_a_page",
                condition=~Q(phones="") | ~Q(web=""),
                violation_error_message=_("Give a number or a page."),
            ),
            models.CheckConstraint(
                name="helpline_is_published_only_with_grade_a",
                condition=~Q(status="published") | Q(grade="A"),
                violation_error_message=_("Verify it on a page of the operator or an authority first (grade A)."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.iso2}: {self.name}"

    @property
    def numbers(self) -> list[str]:
        return self.phones.split("\n") if self.phones else []
