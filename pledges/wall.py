"""The wall: pages of hearts, newest first, that cost the same at the first and at the millionth heart."""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThanOrEqual, TupleLessThanOrEqual
from django.utils.translation import gettext as _

from blueheart.site_settings.reading import current
from blueheart.site_settings.switches import WALL_HIDDEN
from campaigns.models import Campaign
from pledges.models import CountryTally, Fulfilment, HeartPhoto, Pledge, PledgingBody

HEARTS_PER_PAGE = 48
MOST_FEATURED = 6
NO_NUMBER = 2**63 - 1  # above that of any heart
# What a heart shows beside its own row.
BESIDE = ("body", "photo")


@dataclass(frozen=True)
class Heart:
    """A pledge as the public may see it: `country` is empty where it would single out an unnamed supporter.

    While staff hide the walls, `is_veiled`: it says nothing that its supporter wrote or sent.
    """

    pledge: Pledge
    country: str
    is_veiled: bool = False

    @property
    def public_name(self) -> str:
        """The name that the supporter chose; empty without one."""
        return "" if self.is_veiled else self.pledge.public_name

    @property
    def name(self) -> str:
        """Who it is to the public."""
        return self.public_name or _("A supporter")

    @property
    def words(self) -> str:
        """What they say, in words that a person has read and approved."""
        return "" if self.is_veiled else self.pledge.public_words

    @property
    def body(self) -> PledgingBody | None:
        """What an organisation or an authority says of itself; nothing of one that was erased."""
        body = getattr(self.pledge, "body", None)
        return body if body and self.pledge.erased_at is None and not self.is_veiled else None

    @property
    def website(self) -> str:
        """Where the organisation or authority is on the web; empty for what is no page of the web."""
        link = self.body.link if self.body else ""
        return link if link.startswith(("https://", "http://")) else ""

    @property
    def photo(self) -> HeartPhoto | None:
        """The photo that a person has looked at and approved."""
        photo = getattr(self.pledge, "photo", None)
        is_shown = photo and photo.status == HeartPhoto.Status.APPROVED and not self.is_veiled
        return photo if is_shown else None

    @property
    def kept_words(self) -> str:
        """How the pledge was kept, in words that a person has read and approved."""
        answer: Fulfilment | None = getattr(self.pledge, "fulfilment", None)
        return answer.public_words if answer and self.pledge.fulfilled_at and not self.is_veiled else ""


@dataclass(frozen=True)
class Choice:
    """Which hearts a visitor looks for: those of a country, a campaign, a kind, or of all of them at once.

    A page of people is asked for as what lies between two rows, in the order of an index's columns, and never by
    `country = …`: PostgreSQL can then only read the index of this very choice. By equality it may take another one, and
    skip hearts until it has found a page of those that were chosen: all of them, in the worst case. (It weighs `<=` of
    rows by their first column alone, and would think `<` of a country that has most of the hearts to be true of none.)
    Organisations and authorities are few, and their indexes hold nobody else.
    """

    country: str = ""
    campaign: Campaign | None = None
    kind: str = ""

    @property
    def is_of_bodies(self) -> bool:
        return self.kind not in {"", Pledge.Kind.PERSON}

    def older_than(self, number: int, countries: Collection[str]) -> QuerySet[Pledge]:
        """The hearts of this choice below the number, newest first; `countries` have enough of them to be told."""
        columns, values = self._keys()
        if not columns:
            return self._all(countries).filter(number__lt=number).order_by("-number")
        below = TupleLessThanOrEqual(_row(*columns, "number"), (*values, number - 1))
        within = TupleGreaterThanOrEqual(_row(*columns), values)
        return self._all(countries).filter(below, within).order_by(*(f"-{column}" for column in columns), "-number")

    def newer_than(self, number: int, countries: Collection[str]) -> QuerySet[Pledge]:
        """Those above the number, oldest first."""
        columns, values = self._keys()
        if not columns:
            return self._all(countries).filter(number__gt=number).order_by("number")
        above = TupleGreaterThanOrEqual(_row(*columns, "number"), (*values, number + 1))
        within = TupleLessThanOrEqual(_row(*columns), values)
        return self._all(countries).filter(above, within).order_by(*columns, "number")

    def _keys(self) -> tuple[tuple[str, ...], tuple[Any, ...]]:
        """The columns that an index of the wall begins with, and what was chosen of them: none for the few bodies."""
        chosen = {"country": self.country, "campaign_id": self.campaign and self.campaign.pk}
        keys = {} if self.is_of_bodies else {column: value for column, value in chosen.items() if value}
        return tuple(keys), tuple(keys.values())

    def _all(self, countries: Collection[str]) -> QuerySet[Pledge]:
        """All of this choice but what the keys say.

        The unnamed hearts of a small country do not show it: its filter must not tell them by their number, either.
        """
        chosen = Pledge.objects.shown()
        if self.country and self.country not in countries:
            chosen = chosen.exclude(public_name="")
        if self.kind:
            chosen = chosen.filter(kind=self.kind)
        if self.is_of_bodies:
            chosen = chosen.exclude(kind=Pledge.Kind.PERSON)  # as their indexes have it
            chosen = chosen.filter(country=self.country) if self.country else chosen
            chosen = chosen.filter(campaign=self.campaign) if self.campaign else chosen
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
NOBODY = WallPage(hearts=[], newer_than=None, older_than=None, featured=[])


def page(choice: Choice = EVERYONE, *, before: int | None = None, after: int | None = None) -> WallPage:
    """The page of chosen hearts older than number `before`, or newer than `after`; the newest without either.

    New hearts do not move the hearts of a page: pages hang on numbers and not on places. Above the newest of all stand
    the few that staff chose.
    """
    countries = CountryTally.objects.countries_shown()
    has_newer = False
    if after is not None:
        pledges, has_newer = _some(choice.newer_than(after, countries))
        pledges, has_older = pledges[::-1], True
    else:
        pledges, has_older = _some(choice.older_than(NO_NUMBER if before is None else before, countries))
    newest = pledges[0].number if pledges else (before or 1) - 1
    if before is not None:
        has_newer = choice.newer_than(newest or 0, countries).values("pk").first() is not None
    is_first = choice == EVERYONE and before is None and after is None
    return WallPage(
        hearts=[_heart(pledge, countries) for pledge in pledges],
        newer_than=newest if has_newer else None,
        older_than=pledges[-1].number if has_older and pledges else None,
        featured=[_heart(pledge, countries) for pledge in _featured()] if is_first else [],
        leaves_out_unnamed=bool(choice.country) and choice.country not in countries,
    )


def first_number_after(day: dt.date) -> int:
    """The number below which hearts were confirmed by the end of that day (UTC), to look at it and at what came before.

    Numbers are drawn when a pledge is confirmed: they stand in the order of time.
    """
    end = dt.datetime.combine(day, dt.time.max, dt.UTC)
    until = Pledge.objects.filter(confirmed_at__lte=end).order_by("-confirmed_at")
    return (until.values_list("number", flat=True).first() or 0) + 1


def hearts(pledges: Iterable[Pledge]) -> list[Heart]:
    """The pledges as the public may see them now; two queries more than the pledges themselves."""
    shown, is_veiled = list(pledges), current().is_on(WALL_HIDDEN)
    countries = CountryTally.objects.countries_shown({pledge.country for pledge in shown})
    return [_heart(pledge, countries, is_veiled=is_veiled) for pledge in shown]


def _row(*columns: str) -> Tuple:
    return Tuple(*(F(column) for column in columns))


def _heart(pledge: Pledge, countries: Collection[str], *, is_veiled: bool = False) -> Heart:
    is_named = bool(pledge.public_name) and not is_veiled
    return Heart(pledge, pledge.country if is_named or pledge.country in countries else "", is_veiled)


def _featured() -> QuerySet[Pledge]:
    chosen = Pledge.objects.shown().filter(featured_at__isnull=False).order_by("-featured_at")
    return chosen.select_related(*BESIDE)[:MOST_FEATURED]


def _some(pledges: QuerySet[Pledge]) -> tuple[list[Pledge], bool]:
    """A page of them, and whether there are more."""
    found = list(pledges.select_related(*BESIDE)[: HEARTS_PER_PAGE + 1])
    return found[:HEARTS_PER_PAGE], len(found) > HEARTS_PER_PAGE
