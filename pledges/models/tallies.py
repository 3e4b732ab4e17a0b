import datetime as dt
from collections.abc import Collection
from typing import NamedTuple, Self

from django.db import connection, models
from django.db.models import Sum
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from campaigns.models import Campaign
from pledges.models.groups import Group
from pledges.models.pledges import Pledge
from pledges.models.precepts import Precept

SMALLEST_COUNTRY = 5


class Window(models.Model):
    """What both tables of counting count by."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, verbose_name=_("campaign"), related_name="+", db_index=False)
    country = models.CharField(_("country"), max_length=2)
    kind = models.CharField(_("kind"), max_length=12, choices=Pledge.Kind)

    class Meta:
        abstract = True


class PledgeDelta(Window):
    """A change of a tally, written by the trigger that follows pledges and sheets; the worker soon adds it up."""

    group = models.ForeignKey(
        Group, models.PROTECT, verbose_name=_("group"), null=True, blank=True, related_name="+", db_index=False
    )
    confirmed = models.IntegerField(_("confirmed"), default=0)
    fulfilled = models.IntegerField(_("kept"), default=0)
    on_paper = models.IntegerField(_("on paper"), default=0)
    day = models.DateField(_("confirmed on"), null=True, blank=True)
    at = models.DateTimeField(_("when"), db_default=Now())

    class Meta:
        verbose_name = _("change of a tally")
        verbose_name_plural = _("changes of tallies")

    def __str__(self) -> str:
        return f"{self.country} {self.kind} {self.confirmed:+d}"


class PledgeTallyQuerySet(models.QuerySet["PledgeTally"]):
    def total(self) -> int:
        """How many pledges these tallies count together."""
        return int(self.aggregate(total=Sum("confirmed"))["total"] or 0)


class PledgeTally(Window):
    """How many pledges one campaign counts from one country and kind of supporter, as of the last window.

    `fulfilled` are those of them that were kept, as their supporters say; `on_paper` stands beside and not within.
    """

    confirmed = models.BigIntegerField(_("confirmed"), default=0)
    fulfilled = models.BigIntegerField(_("kept"), default=0)
    on_paper = models.BigIntegerField(_("on paper"), default=0)
    last_at = models.DateTimeField(_("last heart"), null=True, blank=True)

    objects = PledgeTallyQuerySet.as_manager()

    class Meta:
        verbose_name = _("tally")
        verbose_name_plural = _("tallies")
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "country", "kind"], name="one_tally_per_campaign_country_and_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.kind} {self.confirmed}"


# Campaigns with fewer hearts than they show a count from, as of the last window.
HIDING = """
    SELECT campaign_id FROM pledges_campaignterms AS terms WHERE counts_shown_from > coalesce(
        (SELECT sum(confirmed) FROM pledges_campaigntally AS sums WHERE sums.campaign_id = terms.campaign_id), 0)
"""


class KindSums(NamedTuple):
    """The hearts of one kind of supporter."""

    kind: str
    confirmed: int
    fulfilled: int
    on_paper: int


class CampaignTallyManager(models.Manager["CampaignTally"]):
    SHOWN = f"""
        SELECT kind, sum(confirmed)::bigint, sum(fulfilled)::bigint, sum(on_paper)::bigint FROM pledges_campaigntally
        WHERE campaign_id NOT IN ({HIDING}) GROUP BY kind
    """  # noqa: S608 -- a constant of ours

    def by_kind(self) -> list[KindSums]:
        """Sums that may be told: those of campaigns with as many hearts as they show a count from; one query.

        Totals over campaigns are made of these alone, so that no count can be had by taking the others away.
        """
        with connection.cursor() as cursor:
            cursor.execute(self.SHOWN)
            return [KindSums(*row) for row in cursor.fetchall()]


class CampaignTally(models.Model):
    """The tallies of one campaign and kind added up over all countries; a trigger keeps it with them."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, verbose_name=_("campaign"), related_name="+", db_index=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Pledge.Kind)
    confirmed = models.BigIntegerField(_("confirmed"), default=0)
    fulfilled = models.BigIntegerField(_("kept"), default=0)
    on_paper = models.BigIntegerField(_("on paper"), default=0)
    last_at = models.DateTimeField(_("last heart"), null=True, blank=True)

    objects = CampaignTallyManager()

    class Meta:
        verbose_name = _("sum of a campaign")
        verbose_name_plural = _("sums of campaigns")
        constraints = [models.UniqueConstraint(fields=["campaign", "kind"], name="one_sum_per_campaign_and_kind")]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.kind} {self.confirmed}"


class CountryTallyManager(models.Manager["CountryTally"]):
    # By campaign only of those that hide their count: few, and small.
    SHOWN = f"""
        WITH hiding AS MATERIALIZED ({HIDING}), hidden AS (
            SELECT country, sum(of_both.confirmed) AS confirmed
            FROM hiding JOIN pledges_campaigncountrytally AS of_both USING (campaign_id) GROUP BY country
        )
        SELECT country, (sums.confirmed - coalesce(hidden.confirmed, 0))::bigint
        FROM pledges_countrytally AS sums LEFT JOIN hidden USING (country)
        WHERE sums.confirmed > coalesce(hidden.confirmed, 0)
        AND (%(among)s::text[] IS NULL OR country = ANY(%(among)s::text[]))
    """  # noqa: S608 -- a constant of ours

    def by_country(self, among: Collection[str] | None = None) -> dict[str, int]:
        """Confirmed pledges of each country, or of these, of campaigns that show their count; one query."""
        with connection.cursor() as cursor:
            cursor.execute(self.SHOWN, {"among": None if among is None else list(among)})
            return dict(cursor.fetchall())

    def countries_shown(self, among: Collection[str] | None = None) -> frozenset[str]:
        """Countries, or those of these, with enough pledges that an unnamed heart may say it is from there: five."""
        return frozenset(iso2 for iso2, total in self.by_country(among).items() if total >= SMALLEST_COUNTRY)


class CountryTally(models.Model):
    """The tallies of one country added up over all campaigns and kinds; a trigger keeps it with them."""

    country = models.CharField(_("country"), max_length=2, primary_key=True)
    confirmed = models.BigIntegerField(_("confirmed"), default=0)

    objects = CountryTallyManager()

    class Meta:
        verbose_name = _("sum of a country")
        verbose_name_plural = _("sums of countries")

    def __str__(self) -> str:
        return f"{self.country} {self.confirmed}"


class CampaignCountryTallyQuerySet(models.QuerySet["CampaignCountryTally"]):
    def few(self) -> Self:
        """Those with one to four pledges: told of none, so that nobody can be picked out."""
        return self.filter(confirmed__range=(1, SMALLEST_COUNTRY - 1))


class CampaignCountryTally(models.Model):
    """The tallies of one campaign and country added up over all kinds; a trigger keeps it with them."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, verbose_name=_("campaign"), related_name="+", db_index=False)
    country = models.CharField(_("country"), max_length=2)
    confirmed = models.BigIntegerField(_("confirmed"), default=0)

    objects = CampaignCountryTallyQuerySet.as_manager()

    class Meta:
        verbose_name = _("sum of a campaign in a country")
        verbose_name_plural = _("sums of campaigns in countries")
        constraints = [models.UniqueConstraint(fields=["campaign", "country"], name="one_sum_per_campaign_and_country")]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.country} {self.confirmed}"


class PledgeDayManager(models.Manager["PledgeDay"]):
    SHOWN = f"""
        SELECT day, sum(confirmed)::bigint FROM pledges_pledgeday WHERE day BETWEEN %(first)s AND %(last)s
        AND campaign_id = coalesce(%(campaign)s, campaign_id) AND campaign_id NOT IN ({HIDING}) GROUP BY day
    """  # noqa: S608 -- a constant of ours

    def by_day(self, first: dt.date, last: dt.date, campaign: Campaign | None) -> dict[dt.date, int]:
        """Confirmed pledges of each day that has any, of campaigns that show their count; one query."""
        with connection.cursor() as cursor:
            cursor.execute(self.SHOWN, {"first": first, "last": last, "campaign": campaign.pk if campaign else None})
            return dict(cursor.fetchall())


class PledgeDay(models.Model):
    """How many of the pledges that a campaign counts were confirmed on one day by UTC, as of the last window."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, verbose_name=_("campaign"), related_name="+", db_index=False)
    day = models.DateField(_("day"))
    confirmed = models.BigIntegerField(_("confirmed"), default=0)

    objects = PledgeDayManager()

    class Meta:
        verbose_name = _("tally of a day")
        verbose_name_plural = _("tallies of days")
        constraints = [models.UniqueConstraint(fields=["day", "campaign"], name="one_tally_per_day_and_campaign")]

    def __str__(self) -> str:
        return f"{self.day} {self.confirmed}"


class GroupTally(models.Model):
    """How many hearts a group has, as of the last window."""

    group = models.OneToOneField(Group, models.PROTECT, verbose_name=_("group"), related_name="tally")
    confirmed = models.BigIntegerField(_("confirmed"), default=0)
    on_paper = models.BigIntegerField(_("on paper"), default=0)

    class Meta:
        verbose_name = _("tally of a group")
        verbose_name_plural = _("tallies of groups")

    def __str__(self) -> str:
        return f"{self.group_id} {self.confirmed} {self.on_paper}"


class PreceptTally(models.Model):
    """How many supporters of a country say that they kept a precept; counted anew every hour."""

    precept = models.ForeignKey(Precept, models.PROTECT, verbose_name=_("precept"), related_name="+", db_index=False)
    country = models.CharField(_("country"), max_length=2)
    kept = models.BigIntegerField(_("kept"), default=0)

    class Meta:
        verbose_name = _("tally of a precept")
        verbose_name_plural = _("tallies of precepts")
        constraints = [models.UniqueConstraint(fields=["precept", "country"], name="one_tally_per_precept_and_country")]

    def __str__(self) -> str:
        return f"{self.precept_id} {self.country} {self.kept}"


class Milestone(models.Model):
    """A round number of hearts and the moment it was reached, of one campaign or, without one, of all together."""

    campaign = models.ForeignKey(
        Campaign, models.PROTECT, verbose_name=_("campaign"), null=True, blank=True, related_name="milestones"
    )
    hearts = models.PositiveBigIntegerField(_("hearts"))
    reached_at = models.DateTimeField(_("reached"))

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering = ["-hearts"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "hearts"], name="milestone_is_reached_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.hearts}"
