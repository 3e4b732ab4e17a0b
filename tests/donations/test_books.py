"""check_books finds what is wrong, also where a hand went past the guards."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from donations import ledger
from donations.books import CHECKS, findings
from donations.books.guards import GUARDS
from donations.models import LedgerTotal, StripeEvent
from tests.donations.factories import donation
from tests.donations.true_books import booked, one_of_everything, past_the_guards

TRANSACTION, ENTRY = "donations_ledgertransaction", "donations_ledgerentry"
BOOKED = f"(SELECT id FROM {TRANSACTION} WHERE purpose = '%s' ORDER BY id LIMIT 1)"


def rules_broken():
    return sorted({finding.check for finding in findings()})


def test_true_books_have_no_findings(committed_db, capsys):
    with transaction.atomic():
        one_of_everything()
    ledger.close_windows()
    booked(currency="JPY", amount_minor=3000)

    call_command("check_books")

    assert findings() == []
    assert "The books are true." in capsys.readouterr().out


def of(purpose):
    return BOOKED % purpose


def entry_of(purpose, account):
    return f"(SELECT id FROM {ENTRY} WHERE transaction_id = {of(purpose)} AND account = '{account}' LIMIT 1)"


# What a hand may do, and the rules of which one at least must notice. Every rule stands here.
BROKEN = [
    ("the entries of every ledger transaction add up to zero in each currency",
     f"UPDATE {ENTRY} SET amount_minor = 1 WHERE account = 'PROCESSING_FEES'"),
    ("every ledger transaction has two or more entries", f"DELETE FROM {ENTRY} WHERE account <> 'DONATION_INCOME'"),
    ("nothing was posted in a period that had been closed",
     f"UPDATE {TRANSACTION} SET posted_on = '2026-01-02', happened_at = '2026-01-02T12:00Z' WHERE id = {of('payout')}"),
    ("what happened is posted on its own day (UTC) or a later one",
     f"UPDATE {TRANSACTION} SET happened_at = '2026-07-01T00:00Z' WHERE id = {of('payout')}"),
    ("each Stripe balance transaction is booked once, for one purpose",
     f"UPDATE {TRANSACTION} SET stripe_balance_transaction_id = (SELECT stripe_balance_transaction_id "
     f"FROM {TRANSACTION} WHERE id = {of('donation')}) WHERE id = {of('refund')}"),
    ("what Stripe moved names its balance transaction, and what it never saw names none",
     f"UPDATE {TRANSACTION} SET stripe_balance_transaction_id = NULL WHERE id = {of('payout')}"),
    ("every posting names what it is about, and nothing else",
     f"UPDATE {TRANSACTION} SET dispute_id = (SELECT min(id) FROM donations_dispute) WHERE id = {of('donation')}"),
    ("every posting touches the accounts of its purpose only",
     f"UPDATE {ENTRY} SET account = 'GRANTS' WHERE id = {entry_of('payout', 'BANK')}"),
    ("nobody but Stripe moves the balance with it",
     f"UPDATE {ENTRY} SET account = 'STRIPE_BALANCE' WHERE account = 'WRITE_OFFS'"),
    ("a reversal is the contrary of what it names",
     f"UPDATE {ENTRY} SET amount_minor = amount_minor * 2 WHERE transaction_id = {of('reversal')}"),
    ("what was exchanged agrees with the rate that Stripe applied",
     f"UPDATE {TRANSACTION} SET exchange_rate = 0.006649 WHERE exchange_rate IS NOT NULL"),
    ("what was exchanged agrees with the rate that Stripe applied",
     f"UPDATE {TRANSACTION} SET exchange_rate = NULL WHERE exchange_rate IS NOT NULL"),
    ("the public totals are what the ledger holds", "UPDATE donations_ledgertotal SET received_minor = 1"),
    ("the public totals are what the ledger holds", "UPDATE donations_ledgertotal SET donations = donations + 1"),
    ("the public totals are what the ledger holds", "UPDATE donations_ledgertotal SET refunded_minor = 2"),
    ("the public totals are what the ledger holds", "UPDATE donations_ledgertotal SET disputed_minor = 2"),
    ("the public totals are what the ledger holds", "DELETE FROM donations_uncountedtransaction"),
    ("the totals of the accounts are what the ledger holds", "UPDATE donations_bookstotal SET debits_minor = 1"),
    ("the totals of the accounts are what the ledger holds", "UPDATE donations_bookstotal SET credits_minor = 1"),
    ("the totals of the accounts are what the ledger holds", "DELETE FROM donations_uncountedtransaction"),
    ("the totals of the days are what the ledger holds", "UPDATE donations_daytotal SET debits_minor = 1"),
    ("the totals of the days are what the ledger holds", "UPDATE donations_daytotal SET credits_minor = 1"),
    ("the totals of the days are what the ledger holds", "DELETE FROM donations_uncountedtransaction"),
    ("what is booked as income of a donation is what was agreed",
     "UPDATE donations_donation SET amount_minor = 2499 WHERE status = 'succeeded'"),
    ("payments to be cleared up belong to quarantined donations, and no more is sent back than came in",
     "UPDATE donations_donation SET status = 'failed' WHERE status = 'quarantined'"),
    ("payments to be cleared up belong to quarantined donations, and no more is sent back than came in",
     f"UPDATE {ENTRY} SET amount_minor = 601 WHERE account = 'SUSPENSE' AND amount_minor = 600"),
    ("a donation is in the ledger if and only if it succeeded or was reversed later",
     "UPDATE donations_donation SET status = 'expired', succeeded_at = NULL WHERE status = 'succeeded'"),
    ("each charge of a monthly gift is of its donor, its currency and its interval",
     "UPDATE donations_donation SET interval = 'year' WHERE interval = 'month'"),
    ("what a monthly gift is today follows from what was agreed, change by change",
     "UPDATE donations_monthlygift SET amount_minor = 1"),
    ("what a monthly gift is today follows from what was agreed, change by change",
     "UPDATE donations_monthlygiftchange SET new_amount_minor = 1 WHERE old_amount_minor = 2500"),
    ("refunds of a donation are in its currency and not more than the charge",
     "UPDATE donations_refund SET amount_minor = 2501 WHERE amount_minor = 1000"),
    ("refunds of a donation are in its currency and not more than the charge",
     "UPDATE donations_refund SET currency = 'EUR' WHERE amount_minor = 1000"),
    ("a refund or dispute is booked to its own donation",
     f"UPDATE {TRANSACTION} SET donation_id = (SELECT min(id) FROM donations_donation) WHERE id = {of('refund')}"),
    ("a dispute takes no more than its amount, and gives back no more than it took",
     f"UPDATE {ENTRY} SET amount_minor = 2001 WHERE account = 'DISPUTES' AND amount_minor = 2000"),
    ("each posting of a refund is of its amount and currency",
     "UPDATE donations_refund SET amount_minor = 999 WHERE amount_minor = 1000"),
    ("each posting of a dispute is of its amount and currency",
     "UPDATE donations_dispute SET amount_minor = 1999 WHERE amount_minor = 2000"),
    ("a refund is booked as far as its status says",
     "UPDATE donations_refund SET status = 'succeeded' WHERE status = 'canceled'"),
    ("a refund is booked as far as its status says",
     "UPDATE donations_refund SET status = 'pending' WHERE status = 'failed'"),
    ("a refund is booked as far as its status says",
     "UPDATE donations_refund SET status = 'declined' WHERE status = 'succeeded'"),
    ("a dispute that was won or was only an inquiry has taken nothing",
     "UPDATE donations_dispute SET status = 'won'"),
    ("a reversal is about what it reverses",
     f"UPDATE {TRANSACTION} SET donation_id = NULL WHERE purpose = 'reversal' AND donation_id IS NOT NULL"),
    ("a donation is reversed if and only if its posting is",
     "UPDATE donations_donation SET status = 'succeeded' WHERE status = 'reversed'"),
    ("the instalments of every promised gift add up to it", "UPDATE donations_promisedgift SET amount_minor = 1"),
    ("what an instalment says was paid is what payments brought for it",
     "UPDATE donations_instalment SET paid_minor = 39999 WHERE paid_minor = 40000"),
    ("what an instalment says was paid is what payments brought for it",
     "UPDATE donations_promisepayment SET status = 'reversed', reversed_at = received_on"),
    ("the parts of every payment of a contributor add up to it",
     "UPDATE donations_promisepayment SET amount_minor = 40000"),
    ("what is receivable in the books is what is outstanding of the promised gifts",
     "UPDATE donations_instalment SET written_off_minor = 0"),
    ("what is receivable in the books is what is outstanding of the promised gifts",
     "UPDATE donations_instalment SET cancelled_minor = 0"),
    ("a payment of a contributor or of a grant is in the books, and reversed there if and only if it is",
     "UPDATE donations_grantpayment SET status = 'reversed', reversed_at = happened_on"),
    ("a payment of a contributor or of a grant is in the books, and reversed there if and only if it is",
     f"UPDATE {TRANSACTION} SET promise_payment_id = NULL"),
    ("no grant is paid more than was granted, less than nothing, or without two signatures",
     "UPDATE donations_grant SET amount_minor = 59999"),
    ("the matches of every bank line add up to it, and a line is matched if and only if it has some",
     "UPDATE donations_bankline SET status = 'unmatched'"),
    ("the matches of every bank line add up to it, and a line is matched if and only if it has some",
     "UPDATE donations_bankmatch SET amount_minor = 40000"),
    ("the lines of a payout that was read add up to it: gross, less fees, refunds and disputes, and adjustments",
     "UPDATE donations_payoutline SET amount_minor = amount_minor + 1, net_minor = net_minor + 1 WHERE fee_minor = 47"),
    ("the lines of a payout that was read add up to it: gross, less fees, refunds and disputes, and adjustments",
     "UPDATE donations_payoutline SET currency = 'EUR' WHERE fee_minor = 47"),
    ("each line of a payout is booked with the same gross, fee and net",
     "UPDATE donations_payoutline SET amount_minor = amount_minor + 1, fee_minor = fee_minor + 1 WHERE fee_minor = 47"),
    ("each line of a payout is booked with the same gross, fee and net",
     "UPDATE donations_payoutline SET stripe_balance_transaction_id = 'txn_unknown' WHERE fee_minor = 47"),
    ("each posting of a payout is of its amount and currency",
     "UPDATE donations_payout SET amount_minor = 99 WHERE amount_minor = 100"),
    ("a payout is booked as far as its status says",
     "UPDATE donations_payout SET status = 'paid' WHERE status = 'failed'"),
    ("a payout is booked as far as its status says",
     "UPDATE donations_payout SET status = 'canceled' WHERE status = 'paid'"),
    ("the numbers of receipts have no gap, in each year of each legal entity",
     "UPDATE donations_receipt SET sequence = sequence + 100 WHERE sequence = 3"),
    ("the numbers of receipts have no gap, in each year of each legal entity",
     "DELETE FROM donations_receipt WHERE sequence = (SELECT max(sequence) FROM donations_receipt)"),
    ("the numbers of receipts have no gap, in each year of each legal entity", "DELETE FROM donations_receiptseries"),
    ("a donation has one valid receipt of what remains of it, unless one is still to be issued",
     "UPDATE donations_receipt SET voided_at = now(), void_reason = 'refunded' WHERE sequence = 1"),
    ("a donation has one valid receipt of what remains of it, unless one is still to be issued",
     "UPDATE donations_receipt SET amount_minor = 1501 WHERE amount_minor = 1500"),
    ("every donation that succeeded has its one receipt mail, unless its receipt is still to be issued",
     "DELETE FROM post_message"),
    ("nothing live is here", "UPDATE donations_donation SET stripe_checkout_session_id = 'cs_live_1' "
     "WHERE id = (SELECT min(id) FROM donations_donation)"),
]  # fmt: skip
# Rules that have a test of their own below.
ELSEWHERE = {
    "the guards that keep booked rows and forward moves are in force",
    "money is stored as integers",
    "every Stripe event has ended as processed, ignored or shelved, or is due within a day",
    "every Stripe event that was ignored or shelved says why",
}


def test_what_breaks_a_rule_is_found(db):
    one_of_everything()
    ledger.close_windows()
    booked(amount_minor=2500)

    assert [case for case in BROKEN if not is_noticed(*case)] == []
    assert findings() == []


def is_noticed(rule, statement):
    """Whether the rule is found broken once the statement has run; undone before the next one."""
    with transaction.atomic():
        past_the_guards(statement)
        noticed = rule in {finding.rule for finding in findings()}
        transaction.set_rollback(True)
    return noticed


def test_every_rule_is_proved_here():
    assert {check.rule for check in CHECKS} == {rule for rule, _statement in BROKEN} | ELSEWHERE


def test_every_guard_of_the_database_is_watched(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger "
            "WHERE NOT tgisinternal AND tgrelid::regclass::text LIKE 'donations%' AND tgname NOT LIKE '%noted%'"
        )
        assert set(cursor.fetchall()) == set(GUARDS)


def test_a_guard_that_is_switched_off_is_found(db):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE donations_ledgerentry DISABLE TRIGGER donations_ledgerentry_keep_rows")
        cursor.execute("ALTER TABLE donations_receipt ENABLE TRIGGER receipt_is_kept")  # not for replicas
        cursor.execute("DROP TRIGGER donation_moves_forward ON donations_donation")

    assert {finding.what for finding in findings()} == {
        "donations_ledgerentry has no donations_ledgerentry_keep_rows",
        "donations_receipt has no receipt_is_kept",
        "donations_donation has no donation_moves_forward",
    }


def test_a_succeeded_donation_without_booking_receipt_or_mail_is_found(db):
    gift = donation("succeeded")

    assert [(finding.check, finding.what) for finding in findings()] == [
        ("I8", f"donation {gift.public_id} is succeeded, booked: f"),
        ("I6", f"donation {gift.public_id}: 2500 USD remain, the receipt says 0"),
        ("I9", f"donation {gift.public_id}"),
    ]


def test_a_donation_whose_receipt_is_still_to_be_issued_is_no_finding(db):
    gift = donation("succeeded")
    gift.receipt_orders.create(cause=f"donation:{gift.pk}")

    assert rules_broken() == ["I8"]


def test_an_event_that_nobody_works_on_is_found(db):
    StripeEvent.objects.create(
        stripe_event_id="evt_1", type="invoice.paid", payload="{}", source="webhook",
        next_attempt_at="2026-01-01T00:00Z", received_at="2026-01-01T00:00Z",
    )  # fmt: skip

    assert rules_broken() == ["I10"]


def test_an_event_that_was_shelved_without_a_reason_is_found(db):
    StripeEvent.objects.create(
        stripe_event_id="evt_1", type="invoice.paid", payload="{}", source="webhook", status="shelved", reason="x",
        next_attempt_at=None,
    )  # fmt: skip
    past_the_guards(
        "ALTER TABLE donations_stripeevent DROP CONSTRAINT ignored_or_shelved_stripe_event_has_a_reason",
        "UPDATE donations_stripeevent SET reason = ''",
    )

    assert rules_broken() == ["I10"]


def test_a_column_of_money_that_is_no_integer_is_found(committed_db):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE donations_ledgertotal ALTER received_minor TYPE double precision")

    assert [finding.what for finding in findings()] == ["donations_ledgertotal.received_minor is double precision"]


def test_the_command_ends_with_an_error_where_the_books_are_not_true(db, capsys):
    LedgerTotal.objects.create(campaign=None, currency="USD", received_minor=5, donations=1)

    with pytest.raises(CommandError, match="1 findings"):
        call_command("check_books")

    assert "campaign none, USD: off by 5 received, 0 refunded, 0 disputed, 1 donations" in capsys.readouterr().out
