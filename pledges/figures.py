"""How many wear the heart, as anyone may know it: from the tallies, and never a count that a campaign does not show."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import connection
from django.db.models import Max, QuerySet, Sum

from blueheart.languages import DEFAULT_LANGUAGE, countries
from campaigns.models import Campaign
from pledges.models import CampaignCountryTally, CampaignTally, CountryTally, Milestone, PledgeDay
from pledges.models.tallies import SMALLEST_COUNTRY

MOST_MILESTONES = 5
OF_CAMPAIGN = """
    WITH reached AS (
        SELECT hearts, reached_at FROM pledges_milestone WHERE campaign_id = %(campaign)s
        ORDER BY hearts DESC LIMIT %(most)s
    )
    SELECT coalesce(sum(confirmed), 0)::bigint, coalesce(sum(fulfilled), 0)::bigint,
           coalesce(sum(on_paper), 0)::bigint, max(last_at),
           coalesce((SELECT counts_shown_from FROM pledges_campaignterms WHERE campaign_id = %(campaign)s), 0),
           (SELECT array_agg(hearts ORDER BY hearts DESC) FROM reached),
           (SELECT array_agg(reached_at ORDER BY hearts DESC) FROM reached)
    FROM pledges_campaigntally WHERE campaign_id = %(campaign)s
"""


class Reached(NamedTuple):
    """A round number of hearts, and when it was reached."""

    hearts: int
    reached_at: dt.datetime


@dataclass(frozen=True)
class Figures:
    """Hearts of one campaign or of all. Where the count is not shown, `shown_from` says from how many on it is.

    `on_paper` stands beside `confirmed` and is no part of it; `fulfilled` is.
    """

    confirmed: int = 0
    fulfilled: int = 0
    on_paper: int = 0
    last_at: dt.datetime | None = None
    shown_from: int = 0
    milestones: tuple[Reached, ...] = ()

    @property
    def is_shown(self) -> bool:
        return not self.shown_from


@dataclass(frozen=True)
class CountryFigures:
    """Hearts by country: of those with fewer than five, only how many they are together may be told."""

    shown: Mapping[str, int] = field(default_factory=dict)
    other: int = 0

    @property
    def total(self) -> int:
        return sum(self.shown.values()) + self.other

    def of(self, iso2: str) -> int | None:
        """How many are from this country; None where they are fewer than five."""
        return self.shown.get(iso2)


def read(campaign: Campaign | None = None) -> Figures:
    """The figures of this campaign, else of all campaigns that show their count, without milestones; one query."""
    return _read_one(campaign) if campaign else _read_all()


def _read_one(campaign: Campaign) -> Figures:
    with connection.cursor() as cursor:
        cursor.execute(OF_CAMPAIGN, {"campaign": campaign.pk, "most": MOST_MILESTONES})
        confirmed, fulfilled, on_paper, last_at, shown_from, hearts, moments = cursor.fetchone()
    if confirmed < shown_from:
        return Figures(shown_from=shown_from)
    reached = tuple(map(Reached, hearts or (), moments or ()))
    return Figures(confirmed, fulfilled, on_paper, last_at, milestones=reached)


def _read_all() -> Figures:
    sums = CampaignTally.objects.order_by().values_list("campaign").annotate(
        Sum("confirmed"), Sum("fulfilled"), Sum("on_paper"), Max("last_at"),
        Max("campaign__pledge_terms__counts_shown_from"),
    )  # fmt: skip
    told, thresholds = [], []
    for _campaign, confirmed, fulfilled, on_paper, last_at, shown_from in sums:
        if confirmed >= (shown_from or 0):
            told.append(Figures(confirmed, fulfilled, on_paper, last_at))
        else:
            thresholds.append(shown_from)
    if not told and thresholds:
        return Figures(shown_from=min(thresholds))
    return Figures(
        confirmed=sum(each.confirmed for each in told),
        fulfilled=sum(each.fulfilled for each in told),
        on_paper=sum(each.on_paper for each in told),
        last_at=max((each.last_at for each in told if each.last_at), default=None),
    )


def by_country(campaign: Campaign | None = None) -> CountryFigures:
    """Confirmed pledges by country, of this campaign or of all that show their count; one query, two for a campaign.

    Of a campaign, a country is told only where no other campaign has one to four hearts there: those could be had by
    taking this campaign's away from the country's.
    """
    counted, few = _of_campaign(campaign) if campaign else (CountryTally.objects.by_country(), set())
    told = {iso2: hearts for iso2, hearts in counted.items() if hearts >= SMALLEST_COUNTRY and iso2 not in few}
    return CountryFigures(told, sum(counted.values()) - sum(told.values()))


def _of_campaign(campaign: Campaign) -> tuple[dict[str, int], set[str]]:
    """Its hearts by country, and the countries where it or another campaign has one to four."""
    counted = CampaignCountryTally.objects.filter(campaign=campaign, confirmed__gt=0)
    few = CampaignCountryTally.objects.few().values_list("country", flat=True)
    return dict(counted.values_list("country", "confirmed")), set(few)


def of_country(iso2: str) -> int | None:
    """A country's confirmed pledges, of the campaigns that show their count; None while they are fewer than five."""
    return by_country().of(iso2)


def all_countries() -> list[str]:
    """The codes of all countries in their order: who lists them all does not tell which have one to four hearts."""
    return sorted(iso2 for iso2, _name in countries(DEFAULT_LANGUAGE))


def milestones(*, most: int) -> QuerySet[Milestone]:
    """The highest round numbers of hearts that all campaigns together have reached."""
    return Milestone.objects.filter(campaign=None).order_by("-hearts")[:most]


def by_day(first: dt.date, last: dt.date, campaign: Campaign | None = None) -> dict[dt.date, int]:
    """Pledges by the day they were confirmed on, by UTC, every day from first to last; one query."""
    counted = PledgeDay.objects.by_day(first, last, campaign)
    days = (first + dt.timedelta(days=number) for number in range((last - first).days + 1))
    return {day: counted.get(day, 0) for day in days}
