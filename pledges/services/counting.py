"""Numbers of hearts and their tallies: drawn from a sequence, added up in windows, never counted on a page."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from blueheart.trail.record import record
from pledges.models import Pledge, PledgeDelta

LOCK = 0xB1EA

CLOSE_WINDOWS = """
WITH closed AS (DELETE FROM pledges_pledgedelta RETURNING campaign_id, country, kind, change)
INSERT INTO pledges_pledgetally (campaign_id, country, kind, confirmed)
SELECT campaign_id, country, kind, sum(change) FROM closed GROUP BY campaign_id, country, kind
ON CONFLICT (campaign_id, country, kind)
DO UPDATE SET confirmed = pledges_pledgetally.confirmed + excluded.confirmed
"""

# One statement, so one snapshot: a pledge and its delta are seen together or not at all.
COMPARE = """
WITH counted AS (
    SELECT campaign_id, country, kind, count(*) AS pledges FROM pledges_pledge
    WHERE status = 'confirmed' GROUP BY campaign_id, country, kind
), booked AS (
    SELECT campaign_id, country, kind, sum(confirmed)::bigint AS tallied FROM (
        SELECT campaign_id, country, kind, confirmed FROM pledges_pledgetally
        UNION ALL SELECT campaign_id, country, kind, change FROM pledges_pledgedelta
    ) AS windows GROUP BY campaign_id, country, kind
)
SELECT campaign_id, country, kind, coalesce(pledges, 0), coalesce(tallied, 0)
FROM counted FULL JOIN booked USING (campaign_id, country, kind)
WHERE coalesce(pledges, 0) <> coalesce(tallied, 0)
ORDER BY campaign_id, country, kind
"""


@dataclass(frozen=True)
class Difference:
    """A tally that is not the number of the pledges it should count."""

    campaign_id: int
    country: str
    kind: str
    pledges: int
    tallied: int

    def __str__(self) -> str:
        return f"campaign {self.campaign_id} {self.country} {self.kind}: {self.pledges} pledges, tally {self.tallied}"


def draw_number() -> int:
    """The next heart's number. Drawn in a transaction that rolls back, it is lost and nobody gets it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('pledges_heart_number')")
        return int(cursor.fetchone()[0])


def book(pledge: Pledge, change: int) -> None:
    """Have the tallies counted up or down for this pledge at the next window, if this transaction commits."""
    PledgeDelta.objects.create(campaign_id=pledge.campaign_id, country=pledge.country, kind=pledge.kind, change=change)


@transaction.atomic
def close_windows() -> int:
    """Add the waiting changes to the tallies and return how many tallies changed; 0 while another process does it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(CLOSE_WINDOWS)
        return int(cursor.rowcount)


def differences() -> Iterator[Difference]:
    """Where tallies and waiting changes together are not what counting every confirmed pledge gives."""
    with connection.cursor() as cursor:
        cursor.execute(COMPARE)
        yield from (Difference(*row) for row in cursor.fetchall())


@transaction.atomic
def repair() -> list[Difference]:
    """Book the differences as changes, so that the next window makes the tallies right; returns what it found.

    Safe beside supporters who confirm meanwhile, and beside a second repair, which waits for this one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    found = list(differences())
    PledgeDelta.objects.bulk_create(
        PledgeDelta(
            campaign_id=wrong.campaign_id,
            country=wrong.country,
            kind=wrong.kind,
            change=wrong.pledges - wrong.tallied,
        )
        for wrong in found
    )
    if found:
        record("pledges.recounted", detail={"tallies_repaired": len(found)})
    return found
