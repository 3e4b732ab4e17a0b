"""Numbers of hearts and their tallies: drawn from a sequence, added up in windows, never counted on a page."""

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from django.db import connection, transaction

from blueheart.trail.record import record

LOCK = 0xB1EA

CLOSE_WINDOWS = """
WITH closed AS (
    DELETE FROM pledges_pledgedelta
    RETURNING campaign_id, country, kind, group_id, day, confirmed, fulfilled, on_paper, at
), of_groups AS (
    INSERT INTO pledges_grouptally (group_id, confirmed, on_paper)
    SELECT group_id, sum(confirmed), sum(on_paper) FROM closed WHERE group_id IS NOT NULL GROUP BY group_id
    ON CONFLICT (group_id) DO UPDATE SET
        confirmed = pledges_grouptally.confirmed + excluded.confirmed,
        on_paper = pledges_grouptally.on_paper + excluded.on_paper
), of_days AS (
    INSERT INTO pledges_pledgeday (campaign_id, day, confirmed)
    SELECT campaign_id, day, sum(confirmed) FROM closed WHERE day IS NOT NULL GROUP BY campaign_id, day
    ON CONFLICT (day, campaign_id) DO UPDATE SET confirmed = pledges_pledgeday.confirmed + excluded.confirmed
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

# 1, 5, 10, 50 and so on, of each campaign and of all that show their count.
NOTE_MILESTONES = """
WITH of_campaigns AS (
    SELECT campaign_id, sum(confirmed) AS hearts, max(last_at) AS last_at,
           sum(confirmed) >= coalesce(max(counts_shown_from), 0) AS is_shown
    FROM pledges_pledgetally LEFT JOIN pledges_campaignterms USING (campaign_id) GROUP BY campaign_id
), reached AS (
    SELECT campaign_id, hearts, last_at FROM of_campaigns
    UNION ALL SELECT NULL, sum(hearts), max(last_at) FROM of_campaigns WHERE is_shown
), steps AS (
    SELECT (times * 10 ^ zeros)::bigint AS step FROM generate_series(0, 9) AS zeros, (VALUES (1), (5)) AS digits (times)
)
INSERT INTO pledges_milestone (campaign_id, hearts, reached_at)
SELECT campaign_id, step, coalesce(last_at, now()) FROM reached JOIN steps ON step <= hearts
WHERE NOT EXISTS (
    SELECT FROM pledges_milestone AS noted
    WHERE noted.hearts = step AND noted.campaign_id IS NOT DISTINCT FROM reached.campaign_id
)
ON CONFLICT DO NOTHING
"""

# One statement, so one snapshot: a pledge and its change of the tally are seen together or not at all. The pledges are
# read once for all three kinds of tally: `tally` says which.
COMPARE = """
WITH hearts AS (
    SELECT campaign_id, country, kind, group_id, (confirmed_at AT TIME ZONE 'UTC')::date AS day, fulfilled_at
    FROM pledges_pledge WHERE is_counted
), counted AS (
    SELECT CASE WHEN grouping(group_id) = 0 THEN 'group' WHEN grouping(day) = 0 THEN 'day' ELSE 'country' END AS tally,
           campaign_id, country, kind, group_id, day, count(*) AS confirmed, count(fulfilled_at) AS fulfilled
    FROM hearts GROUP BY GROUPING SETS ((campaign_id, country, kind), (campaign_id, day), (group_id))
), sheets AS (
    SELECT campaign_id, country, group_id, sum(hearts) AS on_paper
    FROM pledges_papersheet JOIN pledges_group ON pledges_group.id = group_id
    WHERE taken_back_at IS NULL GROUP BY campaign_id, country, group_id
), waiting AS (
    SELECT campaign_id, country, kind, group_id, day, confirmed, fulfilled, on_paper FROM pledges_pledgedelta
), both_sides (tally, campaign_id, country, kind, group_id, day, confirmed, fulfilled, on_paper) AS (
    SELECT tally, campaign_id, country, kind, group_id, day, confirmed,
           CASE WHEN tally = 'country' THEN fulfilled ELSE 0 END, 0
    FROM counted WHERE tally <> 'group' OR group_id IS NOT NULL
    UNION ALL SELECT 'country', campaign_id, country, 'person', NULL, NULL, 0, 0, on_paper FROM sheets
    UNION ALL SELECT 'group', NULL, NULL, NULL, group_id, NULL, 0, 0, on_paper FROM sheets
    UNION ALL SELECT 'country', campaign_id, country, kind, NULL, NULL, -confirmed, -fulfilled, -on_paper
    FROM pledges_pledgetally
    UNION ALL SELECT 'country', campaign_id, country, kind, NULL, NULL, -confirmed, -fulfilled, -on_paper FROM waiting
    UNION ALL SELECT 'day', campaign_id, NULL, NULL, NULL, day, -confirmed, 0, 0 FROM pledges_pledgeday
    UNION ALL SELECT 'day', campaign_id, NULL, NULL, NULL, day, -confirmed, 0, 0 FROM waiting WHERE day IS NOT NULL
    UNION ALL SELECT 'group', NULL, NULL, NULL, group_id, NULL, -confirmed, 0, -on_paper FROM pledges_grouptally
    UNION ALL SELECT 'group', NULL, NULL, NULL, group_id, NULL, -confirmed, 0, -on_paper
    FROM waiting WHERE group_id IS NOT NULL
)
SELECT campaign_id, coalesce(country, ''), coalesce(kind, ''), group_id, day,
       sum(confirmed)::bigint, sum(fulfilled)::bigint, sum(on_paper)::bigint
FROM both_sides GROUP BY tally, campaign_id, country, kind, group_id, day
HAVING sum(confirmed) <> 0 OR sum(fulfilled) <> 0 OR sum(on_paper) <> 0
ORDER BY tally, campaign_id, country, kind, group_id, day
"""

REPAIR_COUNTRY = """
INSERT INTO pledges_pledgetally (campaign_id, country, kind, confirmed, fulfilled, on_paper)
VALUES (%(campaign_id)s, %(country)s, %(kind)s, %(confirmed)s, %(fulfilled)s, %(on_paper)s)
ON CONFLICT (campaign_id, country, kind) DO UPDATE SET
    confirmed = pledges_pledgetally.confirmed + excluded.confirmed,
    fulfilled = pledges_pledgetally.fulfilled + excluded.fulfilled,
    on_paper = pledges_pledgetally.on_paper + excluded.on_paper
"""
REPAIR_DAY = """
INSERT INTO pledges_pledgeday (campaign_id, day, confirmed) VALUES (%(campaign_id)s, %(day)s, %(confirmed)s)
ON CONFLICT (day, campaign_id) DO UPDATE SET confirmed = pledges_pledgeday.confirmed + excluded.confirmed
"""
REPAIR_GROUP = """
INSERT INTO pledges_grouptally (group_id, confirmed, on_paper) VALUES (%(group_id)s, %(confirmed)s, %(on_paper)s)
ON CONFLICT (group_id) DO UPDATE SET
    confirmed = pledges_grouptally.confirmed + excluded.confirmed,
    on_paper = pledges_grouptally.on_paper + excluded.on_paper
"""


class Difference(NamedTuple):
    """By how much a tally is too small: what counting gives, less what the tally and its waiting changes say.

    The tally of a country and kind in a campaign, of a day in a campaign, or of a group.
    """

    campaign_id: int | None
    country: str
    kind: str
    group_id: int | None
    day: dt.date | None
    confirmed: int
    fulfilled: int
    on_paper: int

    def __str__(self) -> str:
        missing = f"{self.confirmed:+d} confirmed, {self.fulfilled:+d} kept, {self.on_paper:+d} on paper"
        return f"{self.tally}: the tally lacks {missing}"

    @property
    def tally(self) -> str:
        if self.group_id:
            return f"group {self.group_id}"
        return f"campaign {self.campaign_id} {self.day or f'{self.country} {self.kind}'}"

    @property
    def repair_sql(self) -> str:
        if self.group_id:
            return REPAIR_GROUP
        return REPAIR_DAY if self.day else REPAIR_COUNTRY


def draw_number() -> int:
    """The next heart's number. Drawn in a transaction that rolls back, it is lost and nobody gets it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('pledges_heart_number')")
        return int(cursor.fetchone()[0])


@transaction.atomic
def close_windows() -> int:
    """Add the waiting changes to the tallies, note the milestones that this passes, and return how many tallies of
    countries changed; 0 while another process does it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(CLOSE_WINDOWS)
        changed = int(cursor.rowcount)
        if changed:
            cursor.execute(NOTE_MILESTONES)
        return changed


def differences() -> Iterator[Difference]:
    """Where tallies and waiting changes together are not what counting every confirmed pledge gives."""
    with connection.cursor() as cursor:
        cursor.execute(COMPARE)
        yield from (Difference(*row) for row in cursor.fetchall())


@transaction.atomic
def repair() -> list[Difference]:
    """Make every tally what counting gives; returns what was wrong.

    Safe beside supporters who confirm meanwhile, whose changes wait for the next window: while this holds the lock, no
    window closes. A second repair waits for this one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        found = list(differences())
        for wrong in found:
            cursor.execute(wrong.repair_sql, wrong._asdict())
        if found:
            cursor.execute(NOTE_MILESTONES)
            record("pledges.recounted", detail={"tallies_repaired": len(found)})
    return found
