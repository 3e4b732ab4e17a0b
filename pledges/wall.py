"""The wall: pages of hearts, newest first, that cost the same at the first and at the millionth heart."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from pledges.models import Fulfilment, HeartPhoto, Pledge, PledgeTally, PledgingBody

HEARTS_PER_PAGE = 48
MOST_FEATURED = 6
# What a heart shows beside its own row.
BESIDE = ("body", "photo")


@dataclass(frozen=True)
class Heart:
    """A pledge as the public may see it: `country` is empty where it would single out an unnamed supporter."""

    pledge: Pledge
    country: str

    @property
    def name(self) -> str:
        """Who it is to the public."""
        return self.pledge.public_name or _("A supporter")

    @property
    def body(self) -> PledgingBody | None:
        """What an organisation or an authority says of itself; nothing of one that was erased."""
        body = getattr(self.pledge, "body", None)
        return body if body and self.pledge.erased_at is None else None

    @property
    def website(self) -> str:
        """Where the organisation or authority is on the web; empty for what is no page of the web."""
        link = self.body.link if self.body else ""
        return link if link.startswith(("https://", "http://")) else ""

    @property
    def photo(self) -> HeartPhoto | None:
        """The photo that a person has looked at and approved."""
        photo = getattr(self.pledge, "photo", None)
        return photo if photo and photo.status == HeartPhoto.Status.APPROVED else None

    @property
    def kept_words(self) -> str:
        """How the pledge was kept, in words that a person has read and approved."""
        answer: Fulfilment | None = getattr(self.pledge, "fulfilment", None)
        return answer.public_words if answer and self.pledge.fulfilled_at else ""


@dataclass(frozen=True)
class Choice:
    """Which hearts a visitor looks for: those of a country, a campaign, a kind, or of all of them at once."""

    country: str = ""
    campaign: Campaign | None = None
    kind: str = ""

    def pledges(self, countries: Collection[str]) -> QuerySet[Pledge]:
        """The hearts of this choice, in no order, where these countries have enough hearts to be told.

        The unnamed hearts of a smaller country do not show it: its filter must not tell them by their number, either.
        """
        chosen = Pledge.objects.shown()
        if self.country:
            chosen = chosen.filter(country=self.country)
            if self.country not in countries:
                chosen = chosen.exclude(public_name="")
        if self.campaign:
            chosen = chosen.filter(campaign=self.campaign)
        if self.kind:
            chosen = chosen.filter(kind=self.kind)
        return chosen


@dataclass(frozen=True)
class WallPage:
    """Hearts with the numbers that the pages of newer and older hearts start from, None where there are none.

    `leaves_out_unnamed` where unnamed hearts of the chosen country are not listed, because there are too few of them.
    """

    hearts: list[Heart]
    newer_than: int | None
    older_than: int | None
    featured: list[Heart]
    leaves_out_unnamed: bool = False


EVERYONE = Choice()


def page(choice: Choice = EVERYONE, *, before: int | None = None, after: int | None = None) -> WallPage:
    """The page of chosen hearts older than number `before`, or newer than `after`; the newest without either.

    New hearts do not move the hearts of a page: pages hang on numbers and not on places. Above the newest of all stand
    the few that staff chose.
    """
    countries = PledgeTally.objects.countries_shown()
    chosen = choice.pledges(countries)
    if after is not None:
        pledges, has_newer = _some(chosen.filter(number__gt=after).order_by("number"))
        pledges, has_older = pledges[::-1], True
    else:
        older = chosen if before is None else chosen.filter(number__lt=before)
        pledges, has_older = _some(older.order_by("-number"))
        newest = pledges[0].number if pledges else (before or 1) - 1
        has_newer = before is not None and chosen.filter(number__gt=newest).exists()
    is_first = choice == EVERYONE and before is None and after is None
    return WallPage(
        hearts=[_heart(pledge, countries) for pledge in pledges],
        newer_than=(pledges[0].number if pledges else (before or 1) - 1) if has_newer else None,
        older_than=pledges[-1].number if has_older and pledges else None,
        featured=[_heart(pledge, countries) for pledge in _featured()] if is_first else [],
        leaves_out_unnamed=bool(choice.country) and choice.country not in countries,
    )


def first_number_after(day: dt.date) -> int:
    """The number below which hearts were confirmed by the end of that day (UTC), to look at it and at what came before.

    Numbers are drawn when a pledge is confirmed: they stand in the order of time.
    """
    midnight = dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(days=1)
    until = Pledge.objects.filter(confirmed_at__lt=midnight).order_by("-confirmed_at")
    return (until.values_list("number", flat=True).first() or 0) + 1


def hearts(pledges: Iterable[Pledge]) -> list[Heart]:
    """The pledges as the public may see them; one query more than the pledges themselves."""
    countries = PledgeTally.objects.countries_shown()
    return [_heart(pledge, countries) for pledge in pledges]


def _heart(pledge: Pledge, countries: Collection[str]) -> Heart:
    return Heart(pledge=pledge, country=pledge.country if pledge.public_name or pledge.country in countries else "")


def _featured() -> QuerySet[Pledge]:
    chosen = Pledge.objects.shown().filter(featured_at__isnull=False).order_by("-featured_at")
    return chosen.select_related(*BESIDE)[:MOST_FEATURED]


def _some(pledges: QuerySet[Pledge]) -> tuple[list[Pledge], bool]:
    """A page of them, and whether there are more."""
    found = list(pledges.select_related(*BESIDE)[: HEARTS_PER_PAGE + 1])
    return found[:HEARTS_PER_PAGE], len(found) > HEARTS_PER_PAGE
