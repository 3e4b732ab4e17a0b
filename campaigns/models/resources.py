"""Things to use: toolkits, symbols, videos and publications, as links or as files."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import FileExtensionValidator
from django.db import models
from django.db.models import Q
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models.content import (
    Content,
    ContentQuerySet,
    country_code_or_none,
    is_iso2,
    is_slug,
    slug_is_kebab_case,
)
from campaigns.uploads import FILE_TYPES, extension_of, is_not_too_large, is_what_it_says


class ResourceQuerySet(ContentQuerySet["Resource"]):
    def with_source(self) -> "ResourceQuerySet":
        """With the source that its card names, and the one that it was read in."""
        return self.select_related("source__read_in")

    def for_audiences(self, *audiences: str) -> "ResourceQuerySet":
        return self.filter(audiences__overlap=list(audiences))


class Resource(Content):
    """A toolkit, a symbol, a video or a publication: for whom, in which languages, and who made it."""

    class Kind(models.TextChoices):
        TOOLKIT = "toolkit", _("toolkit")
        SYMBOL = "symbol", _("symbol")
        VIDEO = "video", _("video")
        PUBLICATION = "publication", _("publication")
        LINK = "link", _("site")

    class Audience(models.TextChoices):
        PUBLIC = "public", _("everyone")
        SCHOOLS = "schools", _("schools")
        PRACTITIONERS = "practitioners", _("practitioners")
        POLICYMAKERS = "policymakers", _("policymakers")

    slug = models.CharField(_("slug"), max_length=80, unique=True, validators=[is_slug])
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=300)
    summary = models.TextField(_("summary"), help_text=_("One or two sentences, shown in lists."))
    audiences = ArrayField(
        models.CharField(max_length=15, choices=Audience.choices), verbose_name=_("for whom"), default=list
    )
    languages = ArrayField(
        models.CharField(max_length=10), verbose_name=_("languages"), default=list, blank=True,
        help_text=_("Codes of the languages it can be had in, for example en, fr."),
    )  # fmt: skip
    publisher = models.CharField(_("publisher"), max_length=200)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    iso2 = models.CharField(_("country"), max_length=2, blank=True, validators=[is_iso2])
    url = models.URLField(_("page"), max_length=500, blank=True)
    file = models.FileField(
        _("file"),
        upload_to="resources/",
        blank=True,
        validators=[FileExtensionValidator(FILE_TYPES), is_not_too_large, is_what_it_says],
    )
    own_file = models.CharField(
        _("file of this software"),
        max_length=120,
        blank=True,
        editable=False,
        help_text=_("Below static/, for example downloads/blue-heart.svg."),
    )
    file_size = models.PositiveBigIntegerField(_("size in bytes"), null=True, editable=False)
    licence = models.CharField(_("licence"), max_length=120, blank=True)
    source = models.ForeignKey(
        "Source", models.PROTECT, verbose_name=_("where we read of it"), null=True, blank=True, related_name="+"
    )
    position = models.PositiveSmallIntegerField(_("position"), default=100, help_text=_("Lower comes first."))

    objects = ResourceQuerySet.as_manager()

    class Meta(Content.Meta):
        verbose_name = _("resource")
        verbose_name_plural = _("resources")
        ordering = ["position", "slug"]
        constraints = [
            slug_is_kebab_case("resource_slug_is_kebab_case"),
            country_code_or_none("resource_country_is_two_capital_letters"),
            models.CheckConstraint(
                name="resource_is_a_page_or_a_file_or_is_cited",
                condition=~Q(url="") | ~Q(file="") | ~Q(own_file="") | Q(source__isnull=False),
                violation_error_message=_("Give a page, a file, or the source that names it."),
            ),
            models.CheckConstraint(
                name="resource_is_for_somebody",
                condition=Q(audiences__len__gt=0),
                violation_error_message=_("Say for whom it is."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{reverse('campaigns:resources')}#{self.slug}"

    @property
    def download_url(self) -> str:
        """Where its file is; empty where it is a page, or only cited."""
        if self.own_file:
            return static(self.own_file)
        url: str = self.file.url if self.file else ""
        return url

    @property
    def is_picture(self) -> bool:
        """Whether its file can be shown as a picture; an SVG only where it is our own."""
        return self.file_type in {"PNG", "JPG", "JPEG", "WEBP"} or bool(self.own_file)

    @property
    def file_type(self) -> str:
        """Its file's kind as readers know it, for example PDF."""
        return extension_of(self.own_file or self.file.name or "").upper()
