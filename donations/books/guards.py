"""The guards themselves: triggers that keep booked rows, forward moves and sums that fit."""

from donations.books.rules import Check

GUARDS = (
    ("donations_ledgertransaction", "donations_ledgertransaction_keep_rows"),
    ("donations_ledgertransaction", "donations_ledgertransaction_keep_table"),
    ("donations_ledgertransaction", "ledger_transaction_has_two_sides"),
    ("donations_ledgertransaction", "nothing_is_posted_in_a_closed_period"),
    ("donations_ledgerentry", "donations_ledgerentry_keep_rows"),
    ("donations_ledgerentry", "donations_ledgerentry_keep_table"),
    ("donations_ledgerentry", "ledger_entries_add_up_to_zero"),
    ("donations_closedperiod", "donations_closedperiod_keep_rows"),
    ("donations_closedperiod", "donations_closedperiod_keep_table"),
    ("donations_closedperiod", "periods_are_closed_in_order"),
    ("donations_donation", "donation_moves_forward"),
    ("donations_monthlygiftchange", "donations_monthlygiftchange_keep_rows"),
    ("donations_monthlygiftchange", "donations_monthlygiftchange_keep_table"),
    ("donations_payoutline", "donations_payoutline_keep_rows"),
    ("donations_payoutline", "donations_payoutline_keep_table"),
    ("donations_receipt", "receipt_is_kept"),
    ("donations_receipt", "receipts_are_kept"),
    ("donations_refund", "refund_moves_forward"),
    ("donations_refund", "refunds_are_not_more_than_the_charge"),
    ("donations_bankline", "bank_line_keeps_its_word"),
    ("donations_bankmatch", "bank_matches_add_up_to_the_line"),
    ("donations_closing", "closing_moves_forward"),
    ("donations_exchangerate", "donations_exchangerate_keep_rows"),
    ("donations_exchangerate", "donations_exchangerate_keep_table"),
    ("donations_grant", "grant_moves_forward"),
    ("donations_grantpayment", "grant_payment_is_kept"),
    ("donations_grantpayment", "grant_is_not_paid_too_much"),
    ("donations_instalment", "instalments_add_up_to_the_promise"),
    ("donations_paymentpart", "donations_paymentpart_keep_rows"),
    ("donations_paymentpart", "donations_paymentpart_keep_table"),
    ("donations_paymentpart", "payment_parts_add_up"),
    ("donations_promisechange", "donations_promisechange_keep_rows"),
    ("donations_promisechange", "donations_promisechange_keep_table"),
    ("donations_promisedgift", "promised_gift_is_kept"),
    ("donations_promisedgift", "promise_has_its_instalments"),
    ("donations_promisepayment", "promise_payment_is_kept"),
    ("donations_promisepayment", "promise_payment_has_its_parts"),
)
GUARD_ROWS = ", ".join(f"('{table}', '{trigger}')" for table, trigger in GUARDS)

CHECKS = (
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
        "I4",
        "money is stored as integers",
        """
        SELECT format('%s.%s is %s', table_name, column_name, data_type) FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name LIKE 'donations%'
            AND column_name LIKE '%minor' AND udt_name NOT IN ('int8', '_int8')
        """,
    ),
)
