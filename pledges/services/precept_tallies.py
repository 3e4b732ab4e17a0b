"""What was kept, precept by precept and country by country: counted anew every hour, never on a page."""

from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Q, Sum

from pledges.models import AnswerTally, PreceptOffer, PreceptTally, PreceptWording
from pledges.models.tallies import SMALLEST_COUNTRY

LOCK = 0xB1EB

# Every wording of a precept counts for it; a pledge counts once, whatever it promised of it.
COUNT_PRECEPTS = """
INSERT INTO pledges_precepttally (precept_id, country, kept)
SELECT wording.precept_id, pledge.country, count(DISTINCT pledge.id)
FROM pledges_pledge AS pledge
JOIN pledges_fulfilment AS answer ON answer.pledge_id = pledge.id
JOIN pledges_fulfilment_kept AS kept ON kept.fulfilment_id = answer.id
JOIN pledges_preceptwording AS wording ON wording.id = kept.preceptwording_id
WHERE pledge.is_counted AND pledge.fulfilled_at IS NOT NULL
GROUP BY wording.precept_id, pledge.country
"""
COUNT_ANSWERS = """
INSERT INTO pledges_answertally (country, done, not_yet)
SELECT pledge.country, count(*) FILTER (WHERE pledge.fulfilled_at IS NOT NULL),
       count(*) FILTER (WHERE pledge.fulfilled_at IS NULL)
FROM pledges_pledge AS pledge JOIN pledges_fulfilment AS answer ON answer.pledge_id = pledge.id
WHERE pledge.is_counted
GROUP BY pledge.country
"""


class KeptPrecept(NamedTuple):
    """A precept in today's wording and how many kept it; None where they are fewer than may be told of a country."""

    wording: PreceptWording
    kept: int | None


@dataclass(frozen=True)
class WhatWasKept:
    """The numbers of the page; `country` is empty for all together.

    `countries` are those with five or more; the others stand together in `elsewhere`, however many countries they are.
    """

    done: int
    not_yet: int
    country: str
    precepts: list[KeptPrecept]
    countries: list[tuple[str, int]]
    elsewhere: int


@transaction.atomic
def recount() -> int:
    """Count everything anew, from pledges that count; readers see the old numbers until it is done.

    Returns how many tallies there are; 0 while another process counts.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        PreceptTally.objects.all().delete()
        AnswerTally.objects.all().delete()
        cursor.execute(COUNT_PRECEPTS)
        precepts = cursor.rowcount
        cursor.execute(COUNT_ANSWERS)
        return int(precepts + cursor.rowcount)


def what_was_kept(country: str = "") -> WhatWasKept:
    """What supporters say they kept, of one country or of all; four queries, however many answered.

    A country with fewer than five that kept theirs is not told apart: it answers like all together.
    """
    answers = AnswerTally.objects.values_list("country", "done", "not_yet").order_by("-done", "country")
    by_country = {iso2: (done, not_yet) for iso2, done, not_yet in answers}
    told = [(iso2, done) for iso2, (done, _not_yet) in by_country.items() if done >= SMALLEST_COUNTRY]
    done_by_all = sum(done for done, _not_yet in by_country.values())
    chosen = country if country in dict(told) else ""
    return WhatWasKept(
        done=done_by_all,
        not_yet=sum(not_yet for _done, not_yet in by_country.values()),
        country=chosen,
        precepts=_precepts(chosen),
        countries=told,
        elsewhere=done_by_all - sum(done for _iso2, done in told),
    )


def _precepts(country: str) -> list[KeptPrecept]:
    """Those that are offered somewhere, and those that somebody kept; most kept first."""
    tallies = PreceptTally.objects.filter(country=country) if country else PreceptTally.objects.all()
    kept = dict(tallies.order_by().values_list("precept").annotate(total=Sum("kept")))
    offered = PreceptOffer.objects.values("precept")
    wordings = PreceptWording.objects.current().filter(Q(precept__in=offered) | Q(precept__in=list(kept)))
    rows = sorted(wordings, key=lambda wording: (-kept.get(wording.precept_id, 0), wording.precept_id))
    fewest = SMALLEST_COUNTRY if country else 0
    counts = [(wording, kept.get(wording.precept_id, 0)) for wording in rows]
    return [KeptPrecept(wording, count if count >= fewest else None) for wording, count in counts]
