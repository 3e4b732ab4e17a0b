"""Campaigns: something to pledge for and to give to."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from campaigns.models.content import Content, ContentQuerySet, Reported, is_slug, slug_is_kebab_case

# Every word that stands in the site's paths, so that /pledge/<campaign>/ and its like never mean two things.
RESERVED_SLUGS = (
    "about", "accessibility", "api", "assistance", "badge", "books", "campaigns", "card", "certificate", "check",
    "check-your-mail", "confirm", "contact", "contributions", "countries", "csp-report", "donate", "donors", "embed",
    "embeds", "events", "facts", "feed", "giving", "global-report", "groups", "healthz", "hearts", "help", "join",
    "law", "manage", "media", "metrics", "new", "news", "partners", "pledge", "poster", "privacy", "projects", "qr",
    "readyz", "receipts", "report", "resources", "search", "share", "sheet", "staff", "stripe", "terms", "thanks",
    "tracker", "trust-fund", "wear", "webhook", "world-day",
)  # fmt: skip


class CampaignQuerySet(ContentQuerySet["Campaign"]):
    def for_its_page(self) -> "CampaignQuerySet":
        return self.select_related("country", "parent", "picture", "source__read_in")

    def main(self) -> "Campaign | None":
        """The published global campaign, which a pledge or a gift without another one belongs to."""
        return self.published().select_related("source__read_in").filter(kind=Campaign.Kind.GLOBAL).first()


class Campaign(Reported, Content):
    """Something to pledge for and to give to: the global Blue Heart, a World Day, or a country's own campaign."""

    class Kind(models.TextChoices):
        GLOBAL = "global", _("global")
        WORLD_DAY = "world-day", _("World Day")
        COUNTRY = "country", _("country")
        REGION = "region", _("region")

    GLOBAL_SLUG = "blue-heart"

    slug = models.CharField(_("slug"), max_length=80, unique=True, validators=[is_slug])
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("part of"), null=True, blank=True, related_name="children"
    )
    country = models.ForeignKey(
        "Country", models.PROTECT, verbose_name=_("country"), null=True, blank=True, related_name="campaigns"
    )
    title = models.CharField(_("title"), max_length=200)
    summary = models.TextField(_("summary"), help_text=_("One or two sentences, shown in lists."))
    body = models.TextField(_("body"), blank=True, help_text=_("Markdown."))
    source = models.ForeignKey("Source", models.PROTECT, verbose_name=_("source"), null=True, blank=True)
    picture = models.ForeignKey("Picture", models.PROTECT, verbose_name=_("picture"), null=True, blank=True)
    related_facts: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        "Fact", verbose_name=_("related facts"), blank=True, related_name="+"
    )
    resources: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        "Resource", verbose_name=_("resources"), blank=True, related_name="campaigns"
    )
    pledge_goal = models.PositiveIntegerField(_("goal, pledges"), null=True, blank=True)
    money_goal_minor = models.PositiveBigIntegerField(_("goal, money in minor units"), null=True, blank=True)
    money_goal_currency = models.CharField(_("currency of the goal"), max_length=3, blank=True)
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=100, help_text=_("Lower comes first."))

    objects = CampaignQuerySet.as_manager()

    class Meta(Content.Meta):
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["position", "slug"]
        permissions = [("translate_content", "Can write translations of all content, and nothing else of it")]
        constraints = [
            models.CheckConstraint(
                name="campaign_slug_is_not_a_word_of_the_paths",
                condition=~Q(slug__in=RESERVED_SLUGS),
                violation_error_message=_("This word is part of the site’s own addresses."),
            ),
            slug_is_kebab_case("campaign_slug_is_kebab_case"),
            models.UniqueConstraint(
                name="campaign_global_is_only_one",
                fields=["kind"],
                condition=Q(kind="global"),
                violation_error_message=_("There is one global campaign."),
            ),
            models.CheckConstraint(
                name="campaign_of_a_country_names_it_and_no_other_does",
                condition=Q(kind="country", country__isnull=False) | (~Q(kind="country") & Q(country__isnull=True)),
                violation_error_message=_("A country’s campaign names its country; others name none."),
            ),
            models.CheckConstraint(
                name="campaign_is_not_its_own_parent",
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                violation_error_message=_("A campaign cannot be part of itself."),
            ),
            models.CheckConstraint(
                name="campaign_pledge_goal_is_positive",
                condition=Q(pledge_goal__isnull=True) | Q(pledge_goal__gt=0),
                violation_error_message=_("A goal is more than nothing."),
            ),
            models.CheckConstraint(
                name="campaign_money_goal_is_positive_and_has_a_currency",
                condition=Q(money_goal_minor__isnull=True, money_goal_currency="")
                | Q(money_goal_minor__isnull=False, money_goal_minor__gt=0, money_goal_currency__regex=r"^[A-Z]{3}$"),
                violation_error_message=_("A goal in money needs an amount and a currency, or neither."),
            ),
            models.CheckConstraint(
                name="campaign_does_not_end_before_it_starts",
                condition=Q(starts_on__isnull=True) | Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                violation_error_message=_("The campaign ends before it starts."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("campaigns:campaign", args=[self.slug])
