"""check_books finds what is wrong, also where a hand went past the guards."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from blueheart.post import outbox
from donations import ledger
from donations.books import findings
from donations.models import LedgerDelta, StripeEvent
from tests.donations.factories import balance_transaction, donation


def booked(**changes):
    with transaction.atomic():
        gift = donation("succeeded", **changes)
        outbox.add("donation-received", cause=f"donation-received:{gift.pk}", subject_id=gift.pk, language="en")
        ledger.post_donation(gift, balance_transaction(gift.amount_minor, gift.currency))
    return gift


def past_the_guards(*statements):
    """What a superuser of the database could do on purpose."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in ("donations_ledgerentry", "donations_ledgertransaction", "donations_donation"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)
        for table, trigger in cursor_guards(cursor):
            cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")


def cursor_guards(cursor):
    cursor.execute(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger "
        "WHERE NOT tgisinternal AND tgenabled = 'D' AND tgrelid::regclass::text LIKE 'donations%'"
    )
    return cursor.fetchall()


def rules_broken():
    return sorted({finding.check for finding in findings()})


def test_true_books_have_no_findings(committed_db, capsys):
    booked()
    ledger.close_windows()
    booked(currency="JPY", amount_minor=3000)

    call_command("check_books")

    assert findings() == []
    assert "The books are true." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("statement", "rules"),
    [
        ("UPDATE donations_ledgerentry SET amount_minor = 1 WHERE account = 'PROCESSING_FEES'", ["I1"]),
        ("DELETE FROM donations_ledgerentry WHERE account <> 'DONATION_INCOME'", ["I1"]),
        ("UPDATE donations_ledgerentry SET amount_minor = amount_minor * 2", ["I11", "I6"]),
        ("UPDATE donations_ledgertransaction SET stripe_balance_transaction_id = NULL", ["I3"]),
        ("UPDATE donations_donation SET amount_minor = 2499", ["I6"]),
        ("UPDATE donations_donation SET status = 'expired', succeeded_at = NULL", ["I8"]),
        ("DELETE FROM post_message", ["I9"]),
        ("UPDATE donations_ledgerdelta SET received_minor = 1", ["I11"]),
        ("UPDATE donations_ledgerdelta SET donations = 2", ["I11"]),
        ("DELETE FROM donations_ledgerdelta", ["I11"]),
        ("UPDATE donations_donation SET stripe_checkout_session_id = 'cs_live_1'", ["I12"]),
    ],
)
def test_what_breaks_a_rule_is_found(committed_db, statement, rules):
    booked()
    past_the_guards(statement)

    assert rules_broken() == rules


def test_a_guard_that_is_switched_off_is_found(committed_db):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE donations_ledgerentry DISABLE TRIGGER donations_ledgerentry_keep_rows")
        cursor.execute("DROP TRIGGER donation_moves_forward ON donations_donation")

    assert [finding.what for finding in findings()] == [
        "donations_ledgerentry has no donations_ledgerentry_keep_rows",
        "donations_donation has no donation_moves_forward",
    ]


def test_a_succeeded_donation_without_booking_or_mail_is_found(db):
    gift = donation("succeeded")

    assert [(finding.check, finding.what) for finding in findings()] == [
        ("I8", f"donation {gift.public_id} is succeeded, booked: f"),
        ("I9", f"donation {gift.public_id}"),
    ]


def test_an_event_that_nobody_works_on_is_found(db):
    StripeEvent.objects.create(
        stripe_event_id="evt_1", type="invoice.paid", payload="{}", source="webhook",
        next_attempt_at="2026-01-01T00:00Z", received_at="2026-01-01T00:00Z",
    )  # fmt: skip

    assert rules_broken() == ["I10"]


def test_a_column_of_money_that_is_no_integer_is_found(committed_db):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE donations_ledgerdelta ALTER received_minor TYPE double precision")

    assert [finding.what for finding in findings()] == ["donations_ledgerdelta.received_minor is double precision"]


def test_the_command_ends_with_an_error_where_the_books_are_not_true(db, capsys):
    LedgerDelta.objects.create(campaign=None, currency="USD", received_minor=5, donations=1)

    with pytest.raises(CommandError, match="1 findings"):
        call_command("check_books")

    assert "campaign none, USD: off by 5 received, 0 refunded, 0 disputed, 1 donations" in capsys.readouterr().out
