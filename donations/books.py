"""Whether the books are true: every rule of money that can be looked up, asked of the database itself.

The rules are constraints and triggers already. This is the second pair of eyes: after a fault run, a restore, or a
hand that went past the guards, and every night.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection

LONGEST_LIST = 20


@dataclass(frozen=True)
class Check:
    """One rule, and a query for what breaks it: rows of one text each."""

    name: str
    rule: str
    query: str


@dataclass(frozen=True)
class Finding:
    """One thing that breaks a rule."""

    check: str
    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.check} {self.rule}: {self.what}"


GUARDS = (
    ("donations_ledgertransaction", "donations_ledgertransaction_keep_rows"),
    ("donations_ledgertransaction", "donations_ledgertransaction_keep_table"),
    ("donations_ledgertransaction", "ledger_transaction_has_two_sides"),
    ("donations_ledgerentry", "donations_ledgerentry_keep_rows"),
    ("donations_ledgerentry", "donations_ledgerentry_keep_table"),
    ("donations_ledgerentry", "ledger_entries_add_up_to_zero"),
    ("donations_ledgertransaction", "nothing_is_posted_in_a_closed_period"),
    ("donations_closedperiod", "periods_are_closed_in_order"),
    ("donations_closedperiod", "donations_closedperiod_keep_rows"),
    ("donations_closedperiod", "donations_closedperiod_keep_table"),
    ("donations_donation", "donation_moves_forward"),
    ("donations_monthlygiftchange", "donations_monthlygiftchange_keep_rows"),
    ("donations_monthlygiftchange", "donations_monthlygiftchange_keep_table"),
    ("donations_payoutline", "donations_payoutline_keep_rows"),
    ("donations_payoutline", "donations_payoutline_keep_table"),
    ("donations_receipt", "receipt_is_kept"),
    ("donations_receipt", "receipts_are_kept"),
    ("donations_refund", "refund_moves_forward"),
    ("donations_refund", "refunds_are_not_more_than_the_charge"),
)
GUARD_ROWS = ", ".join(f"('{table}', '{trigger}')" for table, trigger in GUARDS)

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
        "the guards that keep booked rows and forward moves are in force",
        f"""
        SELECT format('%s has no %s', wanted.of_table, wanted.name)
        FROM (VALUES {GUARD_ROWS}) AS wanted (of_table, name)
        LEFT JOIN pg_trigger AS found ON found.tgname = wanted.name AND found.tgrelid = wanted.of_table::regclass
        WHERE found.tgenabled IS DISTINCT FROM 'A'
        """,  # noqa: S608  the names above
    ),
    Check(
        "I3",
        "each Stripe balance transaction is booked once per purpose",
        """
        SELECT format('%s for %s: %s times', stripe_balance_transaction_id, purpose, count(*))
        FROM donations_ledgertransaction WHERE stripe_balance_transaction_id IS NOT NULL
        GROUP BY stripe_balance_transaction_id, purpose HAVING count(*) > 1
        """,
    ),
    Check(
        "I3",
        "every donation in the ledger names its donation and its Stripe balance transaction",
        """
        SELECT format('transaction %s', id) FROM donations_ledgertransaction
        WHERE purpose = 'donation' AND (stripe_balance_transaction_id IS NULL OR donation_id IS NULL)
        """,
    ),
    Check(
        "I4",
        "money is stored as integers",
        """
        SELECT format('%s.%s is %s', table_name, column_name, data_type) FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name LIKE 'donations%'
            AND column_name LIKE '%minor' AND udt_name NOT IN ('int8', '_int8')
        """,
    ),
    Check(
        "I6",
        "what is booked as income of a donation is what was agreed",
        """
        SELECT format('donation %s: %s %s agreed, %s booked', donation.public_id, donation.amount_minor,
                      donation.currency, coalesce(-sum(entry.amount_minor), 0))
        FROM donations_ledgertransaction AS booked
        JOIN donations_donation AS donation ON donation.id = booked.donation_id
        LEFT JOIN donations_ledgerentry AS entry ON entry.transaction_id = booked.id
            AND entry.account = 'DONATION_INCOME' AND entry.currency = donation.currency
        WHERE booked.purpose = 'donation'
        GROUP BY donation.id HAVING coalesce(-sum(entry.amount_minor), 0) <> donation.amount_minor
        """,
    ),
    Check(
        "I8",
        "a donation is in the ledger if and only if it succeeded",
        """
        SELECT format('donation %s is %s, booked: %s', donation.public_id, donation.status, booked.id IS NOT NULL)
        FROM donations_donation AS donation
        LEFT JOIN donations_ledgertransaction AS booked
            ON booked.donation_id = donation.id AND booked.purpose = 'donation'
        WHERE (donation.status = 'succeeded') <> (booked.id IS NOT NULL)
        """,
    ),
    Check(
        "I9",
        "every donation that succeeded has its one receipt mail",
        """
        SELECT format('donation %s', donation.public_id) FROM donations_donation AS donation
        LEFT JOIN post_message AS message ON message.cause = 'donation-received:' || donation.id
        WHERE donation.status = 'succeeded' AND message.id IS NULL
        """,
    ),
    Check(
        "I10",
        "every Stripe event has ended as processed, ignored or shelved, or is due within a day",
        """
        SELECT format('%s has waited since %s', stripe_event_id, received_at) FROM donations_stripeevent
        WHERE status = 'received' AND coalesce(next_attempt_at, received_at) < now() - interval '1 day'
        """,
    ),
    Check(
        "I10",
        "every Stripe event that was ignored or shelved says why",
        """
        SELECT stripe_event_id FROM donations_stripeevent WHERE status IN ('ignored', 'shelved') AND reason = ''
        """,
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
    Check(
        "I12",
        "nothing live is here",
        """
        SELECT stripe_event_id FROM donations_stripeevent WHERE livemode
        UNION ALL
        SELECT stripe_checkout_session_id FROM donations_donation
        WHERE left(stripe_checkout_session_id, 8) = 'cs_live_'
        """,
    ),
)


def findings(report: Callable[[Check, list[Finding]], None] | None = None) -> list[Finding]:
    """Everything that breaks a rule of money, at most twenty per rule; empty when the books are true.

    `report` hears of every check as it ends. Safe to call while the site is at work.
    """
    found: list[Finding] = []
    for check in CHECKS:
        broken = _broken(check)
        found += broken
        if report:
            report(check, broken)
    return found


def _broken(check: Check) -> list[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(check.query)
        return [Finding(check.name, check.rule, what) for (what,) in cursor.fetchmany(LONGEST_LIST)]
