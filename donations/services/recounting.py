"""The public totals held against the ledger, and counted anew from it where a person asks for that."""

from django.db import connection, transaction

from blueheart.trail.record import record
from donations.books import ledger as books_of_the_ledger
from donations.ledger.windows import BY_CAMPAIGN, BY_DAY, BY_MONTH, WINDOW_LOCK

COUNTED = books_of_the_ledger.COUNTED
# Each statement makes one table what the ledger holds, and returns a row for every total that was wrong.
RECOUNT_MONTHS = f"""
    WITH held AS ({BY_MONTH.format(transactions=COUNTED)}),
    emptied AS (
        UPDATE donations_bookstotal AS total SET debits_minor = 0, credits_minor = 0
        WHERE (debits_minor, credits_minor) <> (0, 0) AND NOT EXISTS (
            SELECT FROM held WHERE (held.month, held.account, held.currency)
                = (total.month, total.account, total.currency))
        RETURNING total.month, total.account, total.currency
    ),
    put_right AS (
        INSERT INTO donations_bookstotal AS total (month, account, currency, debits_minor, credits_minor)
        SELECT * FROM held
        ON CONFLICT (month, account, currency) DO UPDATE
        SET debits_minor = excluded.debits_minor, credits_minor = excluded.credits_minor
        WHERE (total.debits_minor, total.credits_minor) <> (excluded.debits_minor, excluded.credits_minor)
        RETURNING total.month, total.account, total.currency
    )
    SELECT format('%s, %s in %s', account, currency, to_char(month, 'YYYY-MM'))
    FROM (SELECT * FROM emptied UNION ALL SELECT * FROM put_right) AS wrong ORDER BY 1
"""  # noqa: S608  our own tables
RECOUNT_DAYS = f"""
    WITH held AS ({BY_DAY.format(transactions=COUNTED)}),
    emptied AS (
        UPDATE donations_daytotal AS total SET debits_minor = 0, credits_minor = 0
        WHERE (debits_minor, credits_minor) <> (0, 0) AND NOT EXISTS (
            SELECT FROM held WHERE (held.day, held.account, held.currency)
                = (total.day, total.account, total.currency))
        RETURNING total.day, total.account, total.currency
    ),
    put_right AS (
        INSERT INTO donations_daytotal AS total (day, account, currency, debits_minor, credits_minor)
        SELECT * FROM held
        ON CONFLICT (day, account, currency) DO UPDATE
        SET debits_minor = excluded.debits_minor, credits_minor = excluded.credits_minor
        WHERE (total.debits_minor, total.credits_minor) <> (excluded.debits_minor, excluded.credits_minor)
        RETURNING total.day, total.account, total.currency
    )
    SELECT format('%s, %s on %s', account, currency, day)
    FROM (SELECT * FROM emptied UNION ALL SELECT * FROM put_right) AS wrong ORDER BY 1
"""  # noqa: S608  our own tables
RECOUNT_CAMPAIGNS = f"""
    WITH held AS ({BY_CAMPAIGN.format(transactions=COUNTED)}),
    emptied AS (
        UPDATE donations_ledgertotal AS total
        SET received_minor = 0, refunded_minor = 0, disputed_minor = 0, donations = 0
        WHERE (received_minor, refunded_minor, disputed_minor, donations) <> (0, 0, 0, 0) AND NOT EXISTS (
            SELECT FROM held WHERE held.campaign_id IS NOT DISTINCT FROM total.campaign_id
                AND held.currency = total.currency)
        RETURNING total.campaign_id, total.currency
    ),
    put_right AS (
        INSERT INTO donations_ledgertotal AS total
            (campaign_id, currency, received_minor, refunded_minor, disputed_minor, donations)
        SELECT * FROM held
        ON CONFLICT (campaign_id, currency) DO UPDATE
        SET received_minor = excluded.received_minor, refunded_minor = excluded.refunded_minor,
            disputed_minor = excluded.disputed_minor, donations = excluded.donations
        WHERE (total.received_minor, total.refunded_minor, total.disputed_minor, total.donations)
            <> (excluded.received_minor, excluded.refunded_minor, excluded.disputed_minor, excluded.donations)
        RETURNING total.campaign_id, total.currency
    )
    SELECT format('campaign %s, %s', coalesce(campaign_id::text, 'none'), currency)
    FROM (SELECT * FROM emptied UNION ALL SELECT * FROM put_right) AS wrong ORDER BY 1
"""  # noqa: S608  our own tables


def differences() -> list[str]:
    """Every total that is not what the ledger holds, in words; changes nothing."""
    checks = [check for check in books_of_the_ledger.CHECKS if check.name == "I11"]
    with connection.cursor() as cursor:
        found: list[str] = []
        for check in checks:
            cursor.execute(check.query)
            found += [row[0] for row in cursor.fetchall()]
    return found


@transaction.atomic
def repair() -> list[str]:
    """Make the tables of totals what the ledger holds; returns which totals were wrong.

    Safe beside postings and windows: no window is closed meanwhile, and what none has counted stays to be counted.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [WINDOW_LOCK])
        found: list[str] = []
        for statement in (RECOUNT_MONTHS, RECOUNT_DAYS, RECOUNT_CAMPAIGNS):
            cursor.execute(statement)
            found += [row[0] for row in cursor.fetchall()]
    if found:
        record("books.recounted", detail={"totals_repaired": len(found)})
    return found
