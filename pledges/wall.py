"""The wall: pages of hearts, newest first, that cost the same at the first and at the millionth heart."""

from collections.abc import Iterable
from dataclasses import dataclass

from pledges.models import Pledge, PledgeTally

HEARTS_PER_PAGE = 48


@dataclass(frozen=True)
class Heart:
    """A pledge as the public may see it: `country` is empty where it would single out an unnamed supporter."""

    pledge: Pledge
    country: str


@dataclass(frozen=True)
class WallPage:
    """Hearts with the numbers that the pages of newer and older hearts start from, None where there are none."""

    hearts: list[Heart]
    newer_than: int | None
    older_than: int | None


def page(*, before: int | None = None, after: int | None = None) -> WallPage:
    """The page of hearts older than number `before`, or newer than `after`; the newest without either.

    New hearts do not move the hearts of a page: pages hang on numbers and not on places.
    """
    shown = Pledge.objects.shown()
    if after is not None:
        newer = list(shown.filter(number__gt=after).order_by("number")[: HEARTS_PER_PAGE + 1])
        pledges, has_newer, has_older = newer[:HEARTS_PER_PAGE][::-1], len(newer) > HEARTS_PER_PAGE, True
    else:
        older = shown if before is None else shown.filter(number__lt=before)
        pledges = list(older.order_by("-number")[: HEARTS_PER_PAGE + 1])
        has_newer, has_older = before is not None, len(pledges) > HEARTS_PER_PAGE
        pledges = pledges[:HEARTS_PER_PAGE]
    return WallPage(
        hearts=hearts(pledges),
        newer_than=pledges[0].number if pledges and has_newer else None,
        older_than=pledges[-1].number if pledges and has_older else None,
    )


def hearts(pledges: Iterable[Pledge]) -> list[Heart]:
    """The pledges as the public may see them; one query more than the pledges themselves."""
    countries = PledgeTally.objects.countries_shown()
    return [
        Heart(pledge=pledge, country=pledge.country if pledge.public_name or pledge.country in countries else "")
        for pledge in pledges
    ]
