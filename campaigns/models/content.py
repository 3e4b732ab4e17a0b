"""What all content has in common: how it comes to its readers, who says so, and what the content files said of it."""

from typing import Self, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
ISO2 = r"^[A-Z]{2}$"
is_slug = RegexValidator(SLUG, _("Use small letters, digits and single hyphens."))
is_iso2 = RegexValidator(ISO2, _("Use the two capital letters of the country’s ISO code."))

C = TypeVar("C", bound="Content")


class ContentQuerySet(models.QuerySet[C]):
    def published(self) -> Self:
        """What readers may see now; rows whose hour has not come are not among them."""
        is_due = Q(publish_at__isnull=True) | Q(publish_at__lte=timezone.now())
        return self.filter(is_due, status=self.model.Status.PUBLISHED)


class SourcedQuerySet(ContentQuerySet[C]):
    def with_source(self) -> Self:
        """With the source that a source line prints, and the one that it was read in."""
        return self.select_related("source__read_in")


class Loaded(models.Model):
    """A row that a content file may have brought; `loaded` holds the values it brought, to tell staff edits apart."""

    loaded = models.JSONField(_("as loaded"), default=dict, encoder=DjangoJSONEncoder, editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        abstract = True


class Content(Loaded):
    """A row that its writer drafts, somebody reviews, and readers see from the hour it is published for."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        REVIEW = "review", _("in review")
        PUBLISHED = "published", _("published")

    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)
    publish_at = models.DateTimeField(
        _("not before"),
        null=True,
        blank=True,
        help_text=_("Published rows appear from this moment (UTC); empty: at once."),
    )

    class Meta(Loaded.Meta):
        abstract = True
        default_permissions = ("add", "change", "delete", "view", "publish")

    @property
    def is_public(self) -> bool:
        """Whether readers see it now."""
        is_due = self.publish_at is None or self.publish_at <= timezone.now()
        return self.status == self.Status.PUBLISHED and is_due


class Precision(models.TextChoices):
    """How much of a date its source tells; `BY` is a day on which it was already so."""

    DAY = "day", _("the day")
    MONTH = "month", _("the month")
    YEAR = "year", _("the year")
    BY = "by", _("by this day, maybe earlier")


class Certainty(models.TextChoices):
    """A: the United Nations, or the issuer of the document, says so. B: one reputable other source does."""

    A = "A", _("A: stated by the United Nations or in the document itself")
    B = "B", _("B: as reported by one other source")


class Sourced(Content):
    """Content that says who says so: the source, the place in it, and how sure it is."""

    source = models.ForeignKey("campaigns.Source", models.PROTECT, verbose_name=_("source"), related_name="+")
    locator = models.CharField(_("place in the source"), max_length=120, blank=True)
    certainty = models.CharField(_("certainty"), max_length=1, choices=Certainty.choices)
    reported_by = models.CharField(_("as reported by"), max_length=160, blank=True)

    class Meta(Content.Meta):
        abstract = True


class Reported(models.Model):
    """A row that may cite a source, and says who reports it where that is not the United Nations or the issuer."""

    reported_by = models.CharField(_("as reported by"), max_length=160, blank=True)

    class Meta:
        abstract = True

    @property
    def certainty(self) -> str:
        """As of a sourced row: B where somebody else reports it."""
        return Certainty.B if self.reported_by else Certainty.A


def secondary_names_its_reporter(name: str) -> models.CheckConstraint:
    """The rule that a fact of certainty B says on the page who reports it."""
    return models.CheckConstraint(
        name=name,
        condition=Q(certainty="A") | ~Q(reported_by=""),
        violation_error_message=_("Say who reports it: certainty B is shown with “as reported by”."),
    )


def slug_is_kebab_case(name: str) -> models.CheckConstraint:
    """The rule that keeps addresses readable."""
    return models.CheckConstraint(
        name=name,
        condition=Q(slug__regex=SLUG),
        violation_error_message=_("Use small letters, digits and single hyphens."),
    )


def country_code_or_none(name: str) -> models.CheckConstraint:
    """The rule that `iso2` is a country's code where it is not empty."""
    return models.CheckConstraint(
        name=name,
        condition=Q(iso2="") | Q(iso2__regex=ISO2),
        violation_error_message=_("Use the two capital letters of the country’s ISO code."),
    )
