"""The ledger by itself: balance, once per movement, the right accounts, the rate of exchange, closed periods."""

from blueheart.money import CURRENCIES
from donations.books.rules import Check
from donations.models import Account, LedgerTransaction

Purpose = LedgerTransaction.Purpose

EXPONENTS = ", ".join(f"('{code}', {currency.exponent})" for code, currency in CURRENCIES.items())
# The accounts that a purpose may touch beside the balance with Stripe, the fees and the exchange.
OTHER_SIDES = {
    Purpose.DONATION: [Account.DONATION_INCOME],
    Purpose.SUSPENSE: [Account.SUSPENSE],
    Purpose.REFUND: [Account.REFUNDS, Account.SUSPENSE],
    Purpose.REFUND_FAILURE: [Account.REFUNDS, Account.SUSPENSE],
    Purpose.DISPUTE: [Account.DISPUTES, Account.DISPUTE_FEES, Account.SUSPENSE],
    Purpose.DISPUTE_REVERSAL: [Account.DISPUTES, Account.DISPUTE_FEES, Account.SUSPENSE],
    Purpose.PAYOUT: [Account.BANK],
    Purpose.PAYOUT_FAILURE: [Account.BANK],
    Purpose.STRIPE_FEE: [],
    Purpose.STRIPE_ADJUSTMENT: [Account.ADJUSTMENTS],
}
TOUCHED_BY_ALL = [Account.STRIPE_BALANCE, Account.PROCESSING_FEES, Account.CURRENCY_EXCHANGE]
ALLOWED = ", ".join(
    f"('{purpose}', '{account}')" for purpose, sides in OTHER_SIDES.items() for account in (*TOUCHED_BY_ALL, *sides)
)

CHECKS = (
    Check(
        "I1",
        "the entries of every ledger transaction add up to zero in each currency",
        """
        SELECT format('transaction %s is off by %s %s', transaction_id, sum(amount_minor), currency)
        FROM donations_ledgerentry GROUP BY transaction_id, currency HAVING sum(amount_minor) <> 0
        """,
    ),
    Check(
        "I1",
        "every ledger transaction has two or more entries",
        """
        SELECT format('transaction %s has %s', booked.id, count(entry.id)) FROM donations_ledgertransaction AS booked
        LEFT JOIN donations_ledgerentry AS entry ON entry.transaction_id = booked.id
        GROUP BY booked.id HAVING count(entry.id) < 2
        """,
    ),
    Check(
        "I2",
        "nothing was posted in a period that had been closed",
        """
        SELECT format('transaction %s, booked %s, is posted on %s', booked.id, booked.booked_at, booked.posted_on)
        FROM donations_ledgertransaction AS booked
        WHERE EXISTS (SELECT FROM donations_closedperiod AS period
                      WHERE period.closed_at < booked.booked_at AND period.closed_through >= booked.posted_on)
        """,
    ),
    Check(
        "I2",
        "what happened is posted on its own day (UTC) or a later one",
        """
        SELECT format('transaction %s happened %s and is posted on %s', id, happened_at, posted_on)
        FROM donations_ledgertransaction WHERE posted_on < (happened_at AT TIME ZONE 'UTC')::date
        """,
    ),
    Check(
        "I3",
        "each Stripe balance transaction is booked once, for one purpose",
        """
        SELECT format('%s: %s times, as %s', stripe_balance_transaction_id, count(*),
                      string_agg(purpose, ', ' ORDER BY id))
        FROM donations_ledgertransaction WHERE stripe_balance_transaction_id IS NOT NULL
        GROUP BY stripe_balance_transaction_id HAVING count(*) > 1
        """,
    ),
    Check(
        "I3",
        "what Stripe moved names its balance transaction, and what staff post names none",
        """
        SELECT format('transaction %s is a %s and names %s', id, purpose,
                      coalesce(stripe_balance_transaction_id, 'none'))
        FROM donations_ledgertransaction
        WHERE (purpose IN ('adjustment', 'reversal')) <> (stripe_balance_transaction_id IS NULL)
        """,
    ),
    Check(
        "I3",
        "every posting names what it is about, and nothing else",
        """
        SELECT format('transaction %s is a %s of donation %s, refund %s, dispute %s, payout %s', id, purpose,
                      coalesce(donation_id::text, 'none'), coalesce(refund_id::text, 'none'),
                      coalesce(dispute_id::text, 'none'), coalesce(payout_id::text, 'none'))
        FROM donations_ledgertransaction
        WHERE (refund_id IS NOT NULL) <> (purpose IN ('refund', 'refund-failure'))
            OR (dispute_id IS NOT NULL) <> (purpose IN ('dispute', 'dispute-reversal'))
            OR (payout_id IS NOT NULL) <> (purpose IN ('payout', 'payout-failure'))
            OR donation_id IS NULL AND purpose IN ('donation', 'refund', 'refund-failure', 'dispute',
                                                   'dispute-reversal')
            OR donation_id IS NOT NULL AND purpose IN ('payout', 'payout-failure', 'stripe-fee', 'stripe-adjustment',
                                                       'adjustment', 'reversal')
        """,
    ),
    Check(
        "I3",
        "what Stripe moved touches the accounts of its purpose only",
        f"""
        SELECT format('transaction %s is a %s and touches %s', booked.id, booked.purpose, entry.account)
        FROM donations_ledgertransaction AS booked
        JOIN donations_ledgerentry AS entry ON entry.transaction_id = booked.id
        WHERE booked.purpose NOT IN ('adjustment', 'reversal')
            AND (booked.purpose, entry.account) NOT IN (VALUES {ALLOWED})
        """,  # noqa: S608  the names above
    ),
    Check(
        "I3",
        "nobody adjusts the balance with Stripe by hand",
        """
        SELECT format('transaction %s is a %s of %s %s', booked.id, booked.purpose, entry.amount_minor, entry.currency)
        FROM donations_ledgertransaction AS booked
        JOIN donations_ledgerentry AS entry ON entry.transaction_id = booked.id
        WHERE booked.purpose IN ('adjustment', 'reversal') AND entry.account = 'STRIPE_BALANCE'
        """,
    ),
    Check(
        "I3",
        "a reversal is the contrary of the adjustment that it names",
        """
        SELECT format('transaction %s does not undo %s', reversal, reversed) FROM (
            SELECT booked.id AS reversal, booked.reverses_id AS reversed, entry.account, entry.currency,
                   entry.amount_minor
            FROM donations_ledgertransaction AS booked
            JOIN donations_ledgerentry AS entry ON entry.transaction_id IN (booked.id, booked.reverses_id)
            WHERE booked.reverses_id IS NOT NULL
        ) AS both_sides
        GROUP BY reversal, reversed, account, currency HAVING sum(amount_minor) <> 0
        """,
    ),
    # The rate is rounded, too: by half a unit of its last digit, of which Stripe gives six or more.
    Check(
        "I6",
        "what was exchanged agrees with the rate that Stripe applied",
        f"""
        WITH exponent (currency, digits) AS (VALUES {EXPONENTS}),
        exchange AS (
            SELECT entry.transaction_id AS id, entry.currency, sum(entry.amount_minor) AS amount_minor,
                   entry.currency = (SELECT min(moved.currency) FROM donations_ledgerentry AS moved
                                     WHERE moved.transaction_id = entry.transaction_id
                                         AND moved.account IN ('STRIPE_BALANCE', 'PROCESSING_FEES')) AS is_settled
            FROM donations_ledgerentry AS entry JOIN donations_ledgertransaction AS booked
                ON booked.id = entry.transaction_id AND booked.purpose NOT IN ('adjustment', 'reversal')
            WHERE entry.account = 'CURRENCY_EXCHANGE' GROUP BY 1, 2, 4
        )
        SELECT format('transaction %s: %s %s were exchanged into %s %s at %s', booked.id, given.amount_minor,
                      given.currency, -settled.amount_minor, settled.currency,
                      coalesce(booked.exchange_rate::text, 'no rate'))
        FROM exchange AS given
        JOIN exchange AS settled ON settled.id = given.id AND settled.is_settled AND NOT given.is_settled
        JOIN donations_ledgertransaction AS booked ON booked.id = given.id
        JOIN exponent AS from_digits ON from_digits.currency = given.currency
        JOIN exponent AS to_digits ON to_digits.currency = settled.currency
        CROSS JOIN LATERAL (
            SELECT given.amount_minor * 10::numeric ^ (to_digits.digits - from_digits.digits) AS scaled,
                   greatest(scale(trim_scale(booked.exchange_rate)), 6) AS places
        ) AS rate
        WHERE (abs(-settled.amount_minor - rate.scaled * booked.exchange_rate)
            <= 1 + abs(rate.scaled) * 0.5 * 10::numeric ^ -rate.places) IS NOT TRUE
        """,  # noqa: S608  our own table of currencies
    ),
    Check(
        "I11",
        "the public totals are what the ledger holds",
        """
        SELECT format('campaign %s, %s: off by %s received, %s refunded, %s disputed, %s donations',
                      coalesce(campaign_id::text, 'none'), currency, sum(received), sum(refunded), sum(disputed),
                      sum(number))
        FROM (
            SELECT campaign_id, currency, received_minor AS received, refunded_minor AS refunded,
                   disputed_minor AS disputed, donations AS number FROM donations_ledgertotal
            UNION ALL
            SELECT campaign_id, currency, received_minor, refunded_minor, disputed_minor, donations
            FROM donations_ledgerdelta
            UNION ALL
            SELECT donation.campaign_id, entry.currency,
                   CASE entry.account WHEN 'DONATION_INCOME' THEN entry.amount_minor ELSE 0 END,
                   CASE entry.account WHEN 'REFUNDS' THEN -entry.amount_minor ELSE 0 END,
                   CASE entry.account WHEN 'DISPUTES' THEN -entry.amount_minor ELSE 0 END,
                   CASE entry.account WHEN 'DONATION_INCOME' THEN -1 ELSE 0 END
            FROM donations_ledgerentry AS entry
            JOIN donations_ledgertransaction AS booked ON booked.id = entry.transaction_id
            JOIN donations_donation AS donation ON donation.id = booked.donation_id
            WHERE entry.account IN ('DONATION_INCOME', 'REFUNDS', 'DISPUTES')
        ) AS both_sides
        GROUP BY campaign_id, currency
        HAVING sum(received) <> 0 OR sum(refunded) <> 0 OR sum(disputed) <> 0 OR sum(number) <> 0
        """,
    ),
)
