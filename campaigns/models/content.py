"""What all content has in common: it is a draft or published, and remembers what the content files said."""

from typing import Self, TypeVar

from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
ISO2 = r"^[A-Z]{2}$"
is_slug = RegexValidator(SLUG, _("Use small letters, digits and single hyphens."))
is_iso2 = RegexValidator(ISO2, _("Use the two capital letters of the country’s ISO code."))

C = TypeVar("C", bound="Content")


class ContentQuerySet(models.QuerySet[C]):
    def published(self) -> Self:
        return self.filter(status=self.model.Status.PUBLISHED)


class Loaded(models.Model):
    """A row that a content file may have brought; `loaded` holds the values it brought, to tell staff edits apart."""

    loaded = models.JSONField(_("as loaded"), default=dict, encoder=DjangoJSONEncoder, editable=False)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        abstract = True


class Content(Loaded):
    """A row that readers see once it is published."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")

    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.DRAFT)

    class Meta(Loaded.Meta):
        abstract = True


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


def secondary_names_its_reporter(name: str) -> models.CheckConstraint:
    """The rule that a fact of certainty B says on the page who reports it."""
    return models.CheckConstraint(
        name=name,
        condition=Q(certainty="A") | ~Q(reported_by=""),
        violation_error_message=_("Say who reports it: certainty B is shown with “as reported by”."),
    )
