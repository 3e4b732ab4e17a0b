"""What search looks through: one row per thing that has an address, and language."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SearchEntryQuerySet(models.QuerySet["SearchEntry"]):
    def visible(self) -> "SearchEntryQuerySet":
        """Entries whose hour has come; no job turns them on."""
        return self.filter(Q(public_from__isnull=True) | Q(public_from__lte=timezone.now()))


class SearchEntry(models.Model):
    """What readers of one language find of one page or row; made from it, never edited."""

    class Kind(models.TextChoices):
        PAGE = "page", _("Pages")
        CAMPAIGN = "campaign", _("Campaigns")
        COUNTRY = "country", _("Countries")
        FACT = "fact", _("Facts")
        REPORT = "report", _("Global Report")
        WORLD_DAY = "world-day", _("World Day")
        EVENT = "event", _("Events")
        LAW = "law", _("Law")
        PARTNER = "partner", _("Partners")
        RESOURCE = "resource", _("Resources")
        NEWS = "news", _("News")
        GRANT = "grant", _("Grants")
        HELPLINE = "helpline", _("Helplines")
        MILESTONE = "milestone", _("History")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    key = models.CharField(_("key"), max_length=120)
    language = models.CharField(_("language"), max_length=10)
    path = models.CharField(_("path below the language"), max_length=300, blank=True)
    is_own_page = models.BooleanField(_("has a page of its own"))
    title = models.TextField(_("title"))
    title_language = models.CharField(_("language of the title"), max_length=10)
    summary = models.TextField(_("summary"), blank=True)
    summary_language = models.CharField(_("language of the summary"), max_length=10)
    body = models.TextField(_("body"), blank=True)
    body_language = models.CharField(_("language of the body"), max_length=10)
    weight = models.FloatField(_("weight"), default=1)
    public_from = models.DateTimeField(_("not before"), null=True)
    changed_at = models.DateTimeField(_("changed"), null=True)
    document = SearchVectorField(_("words"))

    objects = SearchEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")
        indexes = [GinIndex(fields=["document"], name="search_entry_words")]
        constraints = [
            models.UniqueConstraint(name="search_entry_is_one_per_language", fields=["kind", "key", "language"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} ({self.language})"

    def get_absolute_url(self) -> str:
        return f"/{self.language}/{self.path}"
