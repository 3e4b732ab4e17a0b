"""The ledger by itself: balance, once per movement, the right accounts, the rate of exchange, closed periods."""

from blueheart.money import CURRENCIES
from donations.books.rules import Check
from donations.ledger.windows import BY_CAMPAIGN, BY_DAY, BY_MONTH
from donations.models import Account, LedgerTransaction

Purpose = LedgerTransaction.Purpose

# All transactions but those that wait for the next window.
COUNTED = """(SELECT booked.id AS transaction_id FROM donations_ledgertransaction AS booked
              WHERE NOT EXISTS (SELECT FROM donations_uncountedtransaction AS due
                                WHERE due.transaction_id = booked.id))"""
EXPONENTS = ", ".join(f"('{code}', {currency.exponent})" for code, currency in CURRENCIES.items())
# The accounts that a purpose may touch beside the balance with Stripe, the fees and the exchange.
OTHER_SIDES = {
    Purpose.DONATION: [Account.DONATION_INCOME, Account.BANK, Account.IN_KIND, Account.IN_KIND_INCOME],
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
PROMISED = [Account.PROMISED_GIFTS_RECEIVABLE, Account.PROMISED_GIFT_INCOME]
OUTSIDE_STRIPE = {
    Purpose.PROMISE: PROMISED,
    Purpose.PROMISE_CHANGE: PROMISED,
    Purpose.WRITE_OFF: [Account.PROMISED_GIFTS_RECEIVABLE, Account.WRITE_OFFS],
    Purpose.PROMISE_PAYMENT: [*PROMISED, Account.BANK, Account.CURRENCY_EXCHANGE],
    Purpose.GRANT_PAYMENT: [Account.GRANTS, Account.BANK, Account.CURRENCY_EXCHANGE],
    Purpose.GRANT_RETURN: [Account.GRANTS, Account.BANK, Account.CURRENCY_EXCHANGE],
    Purpose.BANK_FEE: [Account.PROCESSING_FEES, Account.BANK],
}
ALLOWED = ", ".join(
    f"('{purpose}', '{account}')"
    for purposes, shared in ((OTHER_SIDES, TOUCHED_BY_ALL), (OUTSIDE_STRIPE, []))
    for purpose, sides in purposes.items()
    for account in (*shared, *sides)
)
NOT_STRIPES = ", ".join(f"'{purpose}'" for purpose in (*OUTSIDE_STRIPE, Purpose.ADJUSTMENT, Purpose.REVERSAL))

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
        "what Stripe moved names its balance transaction, and what it never saw names none",
        f"""
        SELECT format('transaction %s is a %s and names %s', booked.id, booked.purpose,
                      coalesce(booked.stripe_balance_transaction_id, 'none'))
        FROM donations_ledgertransaction AS booked
        LEFT JOIN donations_donation AS donation ON donation.id = booked.donation_id
        WHERE (booked.purpose IN ({NOT_STRIPES}) OR coalesce(donation.method, 'stripe') <> 'stripe')
            <> (booked.stripe_balance_transaction_id IS NULL)
        """,  # noqa: S608  the names above
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
            OR donation_id IS NOT NULL AND purpose NOT IN ('donation', 'suspense', 'refund', 'refund-failure',
                                                           'dispute', 'dispute-reversal', 'reversal')
            OR (promised_gift_id IS NOT NULL) <> (purpose IN ('promise', 'promise-change', 'write-off'))
                AND purpose <> 'reversal'
            OR (promise_payment_id IS NOT NULL) <> (purpose = 'promise-payment') AND purpose <> 'reversal'
            OR (grant_payment_id IS NOT NULL) <> (purpose IN ('grant-payment', 'grant-return'))
                AND purpose <> 'reversal'
        """,
    ),
    Check(
        "I3",
        "a reversal is about what it reverses",
        """
        SELECT format('transaction %s reverses %s and is about something else', contrary.id, reversed.id)
        FROM donations_ledgertransaction AS contrary
        JOIN donations_ledgertransaction AS reversed ON reversed.id = contrary.reverses_id
        WHERE (contrary.donation_id, contrary.promised_gift_id, contrary.promise_payment_id, contrary.grant_payment_id)
            IS DISTINCT FROM
            (reversed.donation_id, reversed.promised_gift_id, reversed.promise_payment_id, reversed.grant_payment_id)
        """,
    ),
    Check(
        "I3",
        "every posting touches the accounts of its purpose only",
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
        "nobody but Stripe moves the balance with it",
        f"""
        SELECT format('transaction %s is a %s of %s %s', booked.id, booked.purpose, entry.amount_minor, entry.currency)
        FROM donations_ledgertransaction AS booked
        JOIN donations_ledgerentry AS entry ON entry.transaction_id = booked.id
        WHERE booked.purpose IN ({NOT_STRIPES}) AND entry.account = 'STRIPE_BALANCE'
        """,  # noqa: S608  the names above
    ),
    Check(
        "I3",
        "a reversal is the contrary of what it names",
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
        f"""
        SELECT format('campaign %s, %s: off by %s received, %s refunded, %s disputed, %s donations',
                      coalesce(campaign_id::text, 'none'), currency, sum(received), sum(refunded), sum(disputed),
                      sum(number))
        FROM (
            SELECT campaign_id, currency, received_minor AS received, refunded_minor AS refunded,
                   disputed_minor AS disputed, donations AS number FROM donations_ledgertotal
            UNION ALL
            SELECT campaign_id, currency, -received_minor, -refunded_minor, -disputed_minor, -donations
            FROM ({BY_CAMPAIGN.format(transactions=COUNTED)}) AS held
        ) AS both_sides
        GROUP BY campaign_id, currency
        HAVING sum(received) <> 0 OR sum(refunded) <> 0 OR sum(disputed) <> 0 OR sum(number) <> 0
        """,  # noqa: S608  our own tables
    ),
    Check(
        "I11",
        "the totals of the accounts are what the ledger holds",
        f"""
        SELECT format('%s, %s in %s: off by %s and %s', account, currency, month, sum(debits), sum(credits))
        FROM (
            SELECT month, account, currency, debits_minor AS debits, credits_minor AS credits
            FROM donations_bookstotal
            UNION ALL
            SELECT month, account, currency, -debits_minor, -credits_minor
            FROM ({BY_MONTH.format(transactions=COUNTED)}) AS held
        ) AS both_sides
        GROUP BY month, account, currency HAVING sum(debits) <> 0 OR sum(credits) <> 0
        """,  # noqa: S608  our own tables
    ),
    Check(
        "I11",
        "the totals of the days are what the ledger holds",
        f"""
        SELECT format('%s, %s on %s: off by %s and %s', account, currency, day, sum(debits), sum(credits))
        FROM (
            SELECT day, account, currency, debits_minor AS debits, credits_minor AS credits
            FROM donations_daytotal
            UNION ALL
            SELECT day, account, currency, -debits_minor, -credits_minor
            FROM ({BY_DAY.format(transactions=COUNTED)}) AS held
        ) AS both_sides
        GROUP BY day, account, currency HAVING sum(debits) <> 0 OR sum(credits) <> 0
        """,  # noqa: S608  our own tables
    ),
)
