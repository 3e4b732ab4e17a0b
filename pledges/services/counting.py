"""Numbers of hearts and their tallies: drawn from a sequence, added up in windows, never counted on a page."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from blueheart.trail.record import record
from pledges.models import PledgeDelta

LOCK = 0xB1EA

CLOSE_WINDOWS = """
WITH closed AS (
    DELETE FROM pledges_pledgedelta
    RETURNING campaign_id, country, kind, group_id, confirmed, fulfilled, on_paper, at
), grouped AS (
    INSERT INTO pledges_grouptally (group_id, confirmed, on_paper)
    SELECT group_id, sum(confirmed), sum(on_paper) FROM closed WHERE group_id IS NOT NULL GROUP BY group_id
    ON CONFLICT (group_id) DO UPDATE SET
        confirmed = pledges_grouptally.confirmed + excluded.confirmed,
        on_paper = pledges_grouptally.on_paper + excluded.on_paper
)
INSERT INTO pledges_pledgetally (campaign_id, country, kind, confirmed, fulfilled, on_paper, last_at)
SELECT campaign_id, country, kind, sum(confirmed), sum(fulfilled), sum(on_paper),
       max(at) FILTER (WHERE confirmed > 0)
FROM closed GROUP BY campaign_id, country, kind
ON CONFLICT (campaign_id, country, kind) DO UPDATE SET
    confirmed = pledges_pledgetally.confirmed + excluded.confirmed,
    fulfilled = pledges_pledgetally.fulfilled + excluded.fulfilled,
    on_paper = pledges_pledgetally.on_paper + excluded.on_paper,
    last_at = greatest(pledges_pledgetally.last_at, excluded.last_at)
"""

# One statement, so one snapshot: a pledge and its change of the tally are seen together or not at all.
COMPARE = """
WITH counted AS (
    SELECT campaign_id, country, kind, count(*) AS confirmed, count(fulfilled_at) AS fulfilled, 0 AS on_paper
    FROM pledges_pledge WHERE is_counted GROUP BY campaign_id, country, kind
    UNION ALL
    SELECT campaign_id, country, 'person', 0, 0, sum(hearts)
    FROM pledges_papersheet JOIN pledges_group ON pledges_group.id = group_id
    WHERE taken_back_at IS NULL GROUP BY campaign_id, country
), booked AS (
    SELECT campaign_id, country, kind, confirmed, fulfilled, on_paper FROM pledges_pledgetally
    UNION ALL SELECT campaign_id, country, kind, confirmed, fulfilled, on_paper FROM pledges_pledgedelta
), summed AS (
    SELECT campaign_id, country, kind, sum(confirmed)::bigint AS confirmed, sum(fulfilled)::bigint AS fulfilled,
           sum(on_paper)::bigint AS on_paper
    FROM (
        SELECT * FROM counted
        UNION ALL SELECT campaign_id, country, kind, -confirmed, -fulfilled, -on_paper FROM booked
    ) AS both_sides GROUP BY campaign_id, country, kind
)
SELECT campaign_id, country, kind, confirmed, fulfilled, on_paper FROM summed
WHERE confirmed <> 0 OR fulfilled <> 0 OR on_paper <> 0
ORDER BY campaign_id, country, kind
"""


@dataclass(frozen=True)
class Difference:
    """By how much a tally is too small: what counting gives, less what the tally and its waiting changes say."""

    campaign_id: int
    country: str
    kind: str
    confirmed: int
    fulfilled: int
    on_paper: int

    def __str__(self) -> str:
        missing = f"{self.confirmed:+d} confirmed, {self.fulfilled:+d} kept, {self.on_paper:+d} on paper"
        return f"campaign {self.campaign_id} {self.country} {self.kind}: the tally lacks {missing}"


def draw_number() -> int:
    """The next heart's number. Drawn in a transaction that rolls back, it is lost and nobody gets it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('pledges_heart_number')")
        return int(cursor.fetchone()[0])


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
            confirmed=wrong.confirmed,
            fulfilled=wrong.fulfilled,
            on_paper=wrong.on_paper,
        )
        for wrong in found
    )
    if found:
        record("pledges.recounted", detail={"tallies_repaired": len(found)})
    return found
