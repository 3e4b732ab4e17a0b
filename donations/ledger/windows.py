"""The totals: what was posted since the last window is added up, by one worker at a time.

All tables are derived from ledger entries and from nothing else, so `services.recounting` finds the same again.
"""

from django.db import connection, transaction

WINDOW_LOCK = 0x600D
# What the entries of some transactions add to the tables of totals.
BY_MONTH = """
    SELECT date_trunc('month', booked.posted_on)::date AS month, entry.account, entry.currency,
           sum(greatest(entry.amount_minor, 0)) AS debits_minor, sum(greatest(-entry.amount_minor, 0)) AS credits_minor
    FROM {transactions} AS counted
    JOIN donations_ledgertransaction AS booked ON booked.id = counted.transaction_id
    JOIN donations_ledgerentry AS entry ON entry.transaction_id = booked.id
    GROUP BY 1, 2, 3
"""
# The days tell of gifts, and of what went back or was kept of them.
BY_DAY = """
    SELECT booked.posted_on AS day, entry.account, entry.currency,
           sum(greatest(entry.amount_minor, 0)) AS debits_minor, sum(greatest(-entry.amount_minor, 0)) AS credits_minor
    FROM {transactions} AS counted
    JOIN donations_ledgertransaction AS booked ON booked.id = counted.transaction_id
    JOIN donations_ledgerentry AS entry ON entry.transaction_id = booked.id
    WHERE entry.account IN ('DONATION_INCOME', 'PROCESSING_FEES', 'REFUNDS', 'DISPUTES', 'DISPUTE_FEES')
    GROUP BY 1, 2, 3
"""
BY_CAMPAIGN = """
    SELECT donation.campaign_id, entry.currency,
           coalesce(-sum(entry.amount_minor) FILTER (WHERE entry.account = 'DONATION_INCOME'), 0) AS received_minor,
           coalesce(sum(entry.amount_minor) FILTER (WHERE entry.account = 'REFUNDS'), 0) AS refunded_minor,
           coalesce(sum(entry.amount_minor) FILTER (WHERE entry.account = 'DISPUTES'), 0) AS disputed_minor,
           coalesce(-sum(sign(entry.amount_minor)) FILTER (WHERE entry.account = 'DONATION_INCOME'
                                                               AND booked.donation_id IS NOT NULL), 0) AS donations
    FROM {transactions} AS counted
    JOIN donations_ledgertransaction AS booked ON booked.id = counted.transaction_id
    JOIN donations_ledgerentry AS entry ON entry.transaction_id = booked.id
    LEFT JOIN donations_donation AS donation ON donation.id = booked.donation_id
    WHERE entry.account IN ('DONATION_INCOME', 'REFUNDS', 'DISPUTES')
    GROUP BY 1, 2
"""
CLOSE_WINDOW = f"""
WITH gone AS (DELETE FROM donations_uncountedtransaction RETURNING transaction_id),
by_month AS (
    INSERT INTO donations_bookstotal AS total (month, account, currency, debits_minor, credits_minor)
    {BY_MONTH.format(transactions="gone")}
    ON CONFLICT (month, account, currency) DO UPDATE
    SET debits_minor = total.debits_minor + excluded.debits_minor,
        credits_minor = total.credits_minor + excluded.credits_minor
    RETURNING 1
),
by_day AS (
    INSERT INTO donations_daytotal AS total (day, account, currency, debits_minor, credits_minor)
    {BY_DAY.format(transactions="gone")}
    ON CONFLICT (day, account, currency) DO UPDATE
    SET debits_minor = total.debits_minor + excluded.debits_minor,
        credits_minor = total.credits_minor + excluded.credits_minor
    RETURNING 1
),
by_campaign AS (
    INSERT INTO donations_ledgertotal AS total
        (campaign_id, currency, received_minor, refunded_minor, disputed_minor, donations)
    {BY_CAMPAIGN.format(transactions="gone")}
    ON CONFLICT (campaign_id, currency) DO UPDATE
    SET received_minor = total.received_minor + excluded.received_minor,
        refunded_minor = total.refunded_minor + excluded.refunded_minor,
        disputed_minor = total.disputed_minor + excluded.disputed_minor,
        donations = total.donations + excluded.donations
    RETURNING 1
)
SELECT (SELECT count(*) FROM by_month) + (SELECT count(*) FROM by_campaign)
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
        return int(cursor.fetchone()[0])
