"""Hearts and money side by side: what the tracker shows and the statistics tell. They are never added to each other."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count

from donations import open_books
from donations.models import GrantPayment
from donations.open_books import Books
from pledges.models import CampaignTally, CountryTally
from pledges.models.tallies import SMALLEST_COUNTRY


@dataclass(frozen=True)
class Hearts:
    """Confirmed pledges as of the last window, by country and by kind of supporter; what was kept of them; and hearts
    on paper beside them. Campaigns that do not show their count are left out.
    """

    by_country: Mapping[str, int]
    by_kind: Mapping[str, int]
    fulfilled: int
    on_paper: int

    @property
    def total(self) -> int:
        return sum(self.by_country.values())

    @property
    def countries(self) -> int:
        """From how many countries there is at least one."""
        return sum(count > 0 for count in self.by_country.values())

    def shown_countries(self) -> list[tuple[str, int]]:
        """Those with five or more, the most first: of fewer nothing more may be said."""
        shown = [(iso2, count) for iso2, count in self.by_country.items() if count >= SMALLEST_COUNTRY]
        return sorted(shown, key=lambda pair: (-pair[1], pair[0]))


@dataclass(frozen=True)
class Tracker:
    """Both, each by itself; `grants` is how many grants were paid in each currency."""

    hearts: Hearts
    books: Books
    grants: Mapping[str, int]


def read() -> Tracker:
    """Both as of now; four queries, however many hearts and gifts there are."""
    return Tracker(hearts=_hearts(), books=open_books.read(), grants=_grants())


def _hearts() -> Hearts:
    sums = CampaignTally.objects.by_kind()
    return Hearts(
        by_country=CountryTally.objects.by_country(),
        by_kind={each.kind: each.confirmed for each in sums},
        fulfilled=sum(each.fulfilled for each in sums),
        on_paper=sum(each.on_paper for each in sums),
    )


def _grants() -> dict[str, int]:
    paid = GrantPayment.objects.filter(kind=GrantPayment.Kind.PAID, status=GrantPayment.Status.BOOKED)
    return dict(paid.order_by().values_list("grant__currency").annotate(number=Count("grant", distinct=True)))
