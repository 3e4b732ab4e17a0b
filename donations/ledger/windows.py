"""The public totals: what was posted since the last window is added up, by one worker at a time."""

from django.db import connection, transaction

from donations.models import LedgerDelta, LedgerTotal

WINDOW_LOCK = 0x600D
SUMS = ("received_minor", "refunded_minor", "disputed_minor", "donations")

CLOSE_WINDOW = f"""
WITH gone AS (DELETE FROM {LedgerDelta._meta.db_table} RETURNING campaign_id, currency, {", ".join(SUMS)})
INSERT INTO {LedgerTotal._meta.db_table} AS total (campaign_id, currency, {", ".join(SUMS)})
SELECT campaign_id, currency, {", ".join(f"sum({name})" for name in SUMS)} FROM gone GROUP BY campaign_id, currency
ON CONFLICT (campaign_id, currency) DO UPDATE
SET {", ".join(f"{name} = total.{name} + excluded.{name}" for name in SUMS)}
"""  # noqa: S608  our own tables


def close_windows() -> int:
    """Add what was booked since the last time to the public totals; returns how many totals changed.

    Safe to call from several processes: an advisory lock lets one of them work, the others return 0.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [WINDOW_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(CLOSE_WINDOW)
        return int(cursor.rowcount)
