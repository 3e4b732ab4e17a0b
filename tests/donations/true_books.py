"""One of everything that may happen to money, booked as it should be: what the tests of the books break."""

import datetime as dt
import uuid
from decimal import Decimal
from types import SimpleNamespace

from django.contrib.auth.models import User
from django.db import connection, transaction

from blueheart.post import outbox
from donations import ledger
from donations.models import (
    ClosedPeriod,
    Dispute,
    LegalEntity,
    MonthlyGift,
    MonthlyGiftChange,
    Payout,
    PayoutLine,
    Receipt,
    ReceiptSeries,
    Refund,
)
from tests.donations.factories import (
    NOW,
    CampaignFactory,
    balance_transaction,
    bank_account,
    donation,
    donor,
    grant,
    offline_donation,
    promised_gift,
)

BEFORE = NOW - dt.timedelta(days=40)


def number():
    return uuid.uuid4().hex[:16]


def thanked(gift):
    outbox.add("donation-received", cause=f"donation-received:{gift.pk}", subject_id=gift.pk, language="en")
    return gift


def receipted(gift, amount_minor=None):
    """The next receipt of the default entity, for the gift as a whole unless another amount is said."""
    entity = LegalEntity.objects.get(is_default=True)
    series, _made = ReceiptSeries.objects.get_or_create(entity=entity, year=NOW.year)
    series.last_sequence += 1
    series.save()
    return Receipt.objects.create(
        entity=entity, year=series.year, sequence=series.last_sequence,
        number=f"{entity.code}-{series.year}-{series.last_sequence}",
        donation=gift, amount_minor=amount_minor or gift.amount_minor, currency=gift.currency, language="en",
        snapshot={"number": "1"}, kept_until=dt.date(2100, 1, 1),
    )  # fmt: skip


def booked(*, receipt=True, moved=None, **changes):
    """A donation that succeeded, its receipt and its mail."""
    with transaction.atomic():
        gift = thanked(donation("succeeded", **changes))
        ledger.post_donation(gift, moved or balance_transaction(gift.amount_minor, gift.currency))
        if receipt:
            receipted(gift)
    return gift


def refund(gift, amount_minor, status="succeeded", **changes):
    fields = {
        "donation": gift, "amount_minor": amount_minor, "currency": gift.currency, "status": status,
        "source": "stripe", "stripe_refund_id": f"re_{number()}", "next_attempt_at": None,
    }  # fmt: skip
    return Refund.objects.create(**fields | changes)


def dispute(gift, amount_minor, status="lost", **changes):
    fields = {
        "donation": gift, "amount_minor": amount_minor, "currency": gift.currency, "status": status,
        "stripe_dispute_id": f"dp_{number()}", "status_as_of": NOW, "opened_at": NOW,
    }  # fmt: skip
    return Dispute.objects.create(**fields | changes)


def payout(amount_minor, status="paid", **changes):
    fields = {
        "stripe_payout_id": f"po_{number()}", "amount_minor": amount_minor, "currency": "USD", "status": status,
        "status_as_of": NOW, "arrives_on": NOW.date(), "created_at": NOW, "reconciled_at": NOW,
    }  # fmt: skip
    return Payout.objects.create(**fields | changes)


def monthly_gift(**changes):
    fields = {
        "donor": donor(), "amount_minor": 2500, "currency": "USD", "language": "en", "status": "active",
        "status_as_of": NOW, "stripe_subscription_id": f"sub_{number()}",
    }  # fmt: skip
    return MonthlyGift.objects.create(**fields | changes)


def line_of(paid_out, moved):
    return PayoutLine.objects.create(
        payout=paid_out, stripe_balance_transaction_id=moved.balance_transaction_id, kind=moved.category,
        currency=moved.currency, amount_minor=moved.amount_minor, fee_minor=moved.fee_minor, net_minor=moved.net_minor,
    )  # fmt: skip


def one_of_everything():
    """Books that are true, with all that can happen to money in them."""
    ada = User.objects.create_user("ada-of-the-books", is_staff=True)
    made = SimpleNamespace(ada=ada, moved=[])

    def moved(amount_minor, fee_minor=0, currency="USD", **changes):
        each = balance_transaction(amount_minor, currency, fee_minor, **changes)
        made.moved.append(each)
        return each

    made.old = booked(moved=moved(2500, 103, created_at=BEFORE))
    ClosedPeriod.objects.create(closed_through=BEFORE.date(), closed_by=ada)
    made.dollars = booked(campaign=CampaignFactory(), moved=moved(2500, 103))
    made.yen = booked(
        amount_minor=3000, currency="JPY", moved=moved(1992, 108, exchange_rate=Decimal("0.006641"), created_at=BEFORE)
    )
    gift = monthly_gift(amount_minor=3000)
    for old, new in ((2500, 2000), (2000, 3000)):
        MonthlyGiftChange.objects.create(
            monthly_gift=gift, kind="amount", by="donor", old_amount_minor=old, new_amount_minor=new
        )
    made.monthly = booked(monthly_gift=gift, interval="month", moved=moved(2500, 103))
    refunded = booked(receipt=False, moved=moved(2500, 103))
    ledger.post_refund(refund(refunded, 1000), moved(-1000))
    back = refund(refunded, 500, "failed")
    ledger.post_refund(back, moved(-500))
    ledger.post_refund(back, moved(500), came_back=True)
    refund(refunded, 200, "canceled")
    receipted(refunded, 1500)
    disputed = booked(receipt=False, moved=moved(2500, 103))
    lost = dispute(disputed, 2000)
    ledger.post_dispute(lost, -2000, moved(-2000, 1500))
    receipted(disputed, 500)
    fought = booked(moved=moved(2500, 103))
    won = dispute(fought, 2500, "won")
    ledger.post_dispute(won, -2500, moved(-2500, 1500))
    ledger.post_dispute(won, 2500, moved(2500))
    odd = donation("quarantined", amount_minor=700, stripe_payment_intent_id=f"pi_{number()}")
    ledger.post_suspense(odd, 600, "USD", moved(600, 47))
    ledger.post_refund(refund(odd, 600), moved(-600))
    ledger.post_suspense(None, 900, "USD", moved(900, 56))
    ledger.post_other(moved(-70, kind="stripe_fee"), is_fee=True)
    ledger.post_other(moved(-30, kind="adjustment"), is_fee=False)
    made.payout = payout(sum(each.net_minor for each in made.moved))
    for each in made.moved:
        line_of(made.payout, each)
    gone = made.payout.amount_minor
    ledger.post_payout(made.payout, balance_transaction(-gone, "USD", 0))
    failed = payout(100, "failed", reconciled_at=None)
    ledger.post_payout(failed, balance_transaction(-100, "USD", 0))
    ledger.post_payout(failed, balance_transaction(100, "USD", 0), came_back=True)
    by_hand = ledger.post_by_hand(
        [("BANK", "USD", 7), ("WRITE_OFFS", "USD", -7)], happened_at=NOW, by=ada, why="a cent or seven"
    )
    ledger.reverse(by_hand, by=ada, why="it was six")
    the_fund(ada)
    check_now()
    return made


def the_fund(ada):
    """The other half of the Fund's money: a promise paid in part, a grant, a cheque that bounced, the bank."""
    promise = promised_gift((50000, 50000), recorded_by=ada)
    first, second = promise.instalments.all()
    paid = promise.contributor.payments.create(
        method="bank", amount_minor=40100, currency="USD", received_on=NOW.date(), recorded_by=ada
    )
    parts = [
        paid.parts.create(instalment=first, received_minor=40000, amount_minor=40000),
        paid.parts.create(instalment=None, received_minor=100, amount_minor=100),
    ]
    ledger.post_promise_payment(paid, parts, by=ada)
    promise.instalments.filter(pk=first.pk).update(paid_minor=40000, written_off_minor=10000)
    ledger.post_write_off(promise, 10000, on=NOW.date(), by=ada, why="nobody pays it")
    promise.instalments.filter(pk=second.pk).update(cancelled_minor=50000)
    ledger.post_promise_change(promise, -50000, on=NOW.date(), by=ada, why="they took it back")
    given = grant(proposed_by=ada)
    out = given.payments.create(
        kind="paid",
        amount_minor=60000,
        moved_minor=60000,
        moved_currency="USD",
        happened_on=NOW.date(),
        recorded_by=ada,
    )
    ledger.post_grant_payment(out, by=ada)
    cheque = offline_donation(method="cheque", recorded_by=ada)
    bounced = ledger.post_offline_donation(cheque, by=ada)
    type(cheque).objects.filter(pk=cheque.pk).update(status="reversed", reason="it bounced")
    ledger.reverse_record(bounced, by=ada, why="it bounced")
    statement = bank_account().statements.create(file_name="a.csv", digest="0" * 64, format="csv", imported_by=ada)
    line = statement.lines.create(
        position=1, booked_on=NOW.date(), amount_minor=40100, currency="USD", fingerprint="1" * 64, status="matched"
    )
    line.matches.create(amount_minor=40100, promise_payment=paid, matched_by=ada)


def check_now():
    """What COMMIT would check."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@transaction.atomic
def past_the_guards(*statements):
    """What a superuser of the database could do on purpose."""
    check_now()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger "
            "WHERE NOT tgisinternal AND tgenabled = 'A' AND tgrelid::regclass::text LIKE 'donations%'"
        )
        tables = [table for (table,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger "
            "WHERE NOT tgisinternal AND tgenabled = 'D' AND tgrelid::regclass::text LIKE 'donations%'"
        )
        for table, trigger in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
