"""News of the campaign."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models.content import (
    Content,
    ContentQuerySet,
    Precision,
    Reported,
    country_code_or_none,
    is_iso2,
    is_slug,
    slug_is_kebab_case,
)


class NewsItemQuerySet(ContentQuerySet["NewsItem"]):
    def newest_first(self) -> "NewsItemQuerySet":
        return self.order_by("-dated_on", "-pk")

    def with_source(self) -> "NewsItemQuerySet":
        """With the source that a source line prints, and the one that it was read in."""
        return self.select_related("source__read_in")

    def for_its_page(self) -> "NewsItemQuerySet":
        return self.with_source().select_related("campaign", "picture")


class NewsItem(Reported, Content):
    """Something that happened, told on the day it is dated."""

    slug = models.CharField(_("slug"), max_length=80, unique=True, validators=[is_slug])
    dated_on = models.DateField(_("date"))
    precision = models.CharField(
        _("the date is known to"), max_length=5, choices=Precision.choices, default=Precision.DAY
    )
    title = models.CharField(_("title"), max_length=200)
    summary = models.TextField(_("summary"), help_text=_("One or two sentences, shown in lists."))
    body = models.TextField(_("body"), help_text=_("Markdown."))
    campaign = models.ForeignKey(
        "Campaign", models.PROTECT, verbose_name=_("campaign"), null=True, blank=True, related_name="news"
    )
    iso2 = models.CharField(_("country"), max_length=2, blank=True, validators=[is_iso2])
    picture = models.ForeignKey("Picture", models.PROTECT, verbose_name=_("picture"), null=True, blank=True)
    source = models.ForeignKey(
        "Source", models.PROTECT, verbose_name=_("source"), null=True, blank=True, related_name="+"
    )

    objects = NewsItemQuerySet.as_manager()

    class Meta(Content.Meta):
        verbose_name = _("news item")
        verbose_name_plural = _("news")
        ordering = ["-dated_on", "-pk"]
        indexes = [models.Index(fields=["-dated_on", "-id"], name="news_newest_first")]
        constraints = [
            slug_is_kebab_case("news_slug_is_kebab_case"),
            country_code_or_none("news_country_is_two_capital_letters"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("campaigns:news_item", args=[self.slug])
