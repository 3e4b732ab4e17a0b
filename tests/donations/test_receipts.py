"""Issuing, voiding and replacing receipts; what they say never changes, and their numbers have no gap."""

import datetime as dt
import threading

import pytest
import time_machine
from django.core import mail
from django.db import DatabaseError, transaction

from blueheart.post.jobs import send_due
from blueheart.post.models import Message
from donations.books import findings
from donations.models import LegalEntity, Receipt, ReceiptOrder, ReceiptSeries
from donations.receipts import ForgottenReceiptError, receipt_sheet
from donations.services import receipts
from tests.donations.crowd import at_once
from tests.donations.factories import CampaignFactory, donation
from tests.donations.receipt_desk import dispute_is_lost, gift, issue, issued, order_receipt, refund, refund_fails
from tests.reading_pdf import text_of


def told(given):
    """Every receipt of a gift: its amount, why it is void, and the one it replaces, oldest first."""
    rows = given.receipts.order_by("pk").select_related("replaces")
    return [(row.amount_minor, row.void_reason, row.replaces.number if row.replaces else None) for row in rows]


def numbers():
    return list(Receipt.objects.order_by("pk").values_list("number", flat=True))


def open_entity(**changes):
    LegalEntity.objects.filter(is_default=True).update(**changes)


@pytest.fixture
def in_2026():
    with time_machine.travel(dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC), tick=False) as traveller:
        yield traveller


def test_first_receipt_says_what_was_given_and_what_stripe_kept(db, in_2026):
    campaign = CampaignFactory(title="Safe houses", title_fr="Maisons sûres")
    receipt = issued(campaign=campaign, language="fr", fee_cover_minor=100)

    assert (receipt.number, receipt.amount_minor, receipt.currency) == ("BH-2026-000001", 2500, "USD")
    assert receipt.snapshot["campaign"] == "Maisons sûres"
    assert receipt.snapshot["donor"] == "Dora Donor"
    assert receipt.snapshot["fees"] == [["USD", 103]]
    assert receipt.snapshot["fee_cover_minor"] == 100
    assert (receipt.snapshot["given_on"], receipt.snapshot["issued_on"]) == ("2026-03-01", "2026-06-01")
    assert receipt.kept_until == dt.date(2033, 12, 31)


def test_an_order_carried_out_twice_issues_one_receipt(db):
    given = gift()
    issue()
    order_receipt(given, "donation:again")
    issue()

    assert len(told(given)) == 1
    assert Message.objects.filter(kind="donation-received").count() == 1


def test_a_gift_that_did_not_succeed_has_no_receipt(db):
    order_receipt(donation("pending"))
    issue()

    assert (Receipt.objects.count(), Message.objects.count()) == (0, 0)


def test_a_refund_of_a_part_replaces_the_receipt(db, in_2026):
    receipt = issued()
    refund(receipt.donation, 1000)
    issue()

    assert told(receipt.donation) == [(2500, "partly-refunded", None), (1500, "", "BH-2026-000001")]
    assert list(Message.objects.order_by("pk").values_list("kind", flat=True)) == [
        "donation-received",
        "receipt-reissued",
    ]


def test_a_refund_of_all_voids_the_receipt(db):
    receipt = issued()
    refund(receipt.donation, 2500)
    issue()

    assert told(receipt.donation) == [(2500, "refunded", None)]


def test_a_refund_that_failed_brings_the_receipt_back_under_a_new_number(db, in_2026):
    receipt = issued()
    part, rest = refund(receipt.donation, 1000), refund(receipt.donation, 1500)
    issue()
    refund_fails(rest)
    issue()
    refund_fails(part)
    issue()

    assert told(receipt.donation) == [
        (2500, "refunded", None),
        (1000 + 500, "refund-failed", "BH-2026-000001"),
        (2500, "", "BH-2026-000002"),
    ]


def test_a_refund_that_is_under_way_changes_nothing_yet(db):
    receipt = issued()
    refund(receipt.donation, 1000, status="pending")
    issue()

    assert told(receipt.donation) == [(2500, "", None)]


def test_a_lost_dispute_voids_the_receipt(db):
    receipt = issued()
    dispute_is_lost(receipt.donation)
    issue()

    assert told(receipt.donation) == [(2500, "disputed", None)]


def test_a_gift_refunded_before_its_receipt_has_none_and_breaks_no_rule(db):
    given = gift()
    refund(given, 2500)
    issue()
    send_due()

    assert told(given) == []
    assert mail.outbox == []
    assert Message.objects.get().status == Message.Status.DROPPED


def test_the_name_stays_on_the_receipt_that_replaces_after_the_donor_was_erased(db):
    receipt = issued()
    receipt.donation.receipt_name = ""
    receipt.donation.save(update_fields=["receipt_name"])
    refund(receipt.donation, 1000)
    issue()

    assert receipt.donation.receipts.valid().get().snapshot["donor"] == "Dora Donor"


def test_every_year_has_a_series_of_its_own(db):
    with time_machine.travel(dt.datetime(2026, 12, 31, 12, tzinfo=dt.UTC)):
        issued()
    with time_machine.travel(dt.datetime(2027, 1, 2, 12, tzinfo=dt.UTC)):
        issued()
        issued()

    assert numbers() == ["BH-2026-000001", "BH-2027-000001", "BH-2027-000002"]


@pytest.mark.parametrize(("zone", "year"), [("Pacific/Kiritimati", 2027), ("Pacific/Honolulu", 2026)])
def test_the_year_of_a_number_is_that_of_the_issuers_time_zone(db, zone, year):
    open_entity(time_zone=zone)
    with time_machine.travel(dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC)):
        receipt = issued()

    assert receipt.number == f"BH-{year}-000001"
    assert receipt.snapshot["issued_on"][:4] == str(year)


def test_a_gift_booked_last_year_takes_last_years_number_until_this_year_has_begun(db):
    with time_machine.travel(dt.datetime(2026, 12, 31, 23, 59, tzinfo=dt.UTC)):
        gift()
        late = gift(order=False)
        booked_at = dt.datetime.now(dt.UTC)
    with time_machine.travel(dt.datetime(2027, 1, 1, 0, 1, tzinfo=dt.UTC)):
        issue()
        issued()
        order_receipt(late, created_at=booked_at)
        issue()

    assert numbers() == ["BH-2026-000001", "BH-2027-000001", "BH-2027-000002"]


def test_nobody_issues_receipts_without_a_legal_entity_and_the_order_waits(db, caplog):
    open_entity(is_default=False)
    given = gift()
    receipts.issue_due()
    order = ReceiptOrder.objects.get()

    assert told(given) == []
    assert order.next_attempt_at is not None
    assert order.reason == "no legal entity is set to issue receipts"
    assert [finding for finding in findings() if finding.check == "I9"] == []


def test_a_number_that_was_drawn_and_rolled_back_is_drawn_again(db, in_2026, monkeypatch):
    gift()
    with monkeypatch.context() as patched:
        patched.setattr("donations.services.receipts.outbox.add", lambda *args, **kwargs: 1 / 0)
        receipts.issue_due()
    ReceiptOrder.objects.update(next_attempt_at=dt.datetime.now(dt.UTC))
    issue()

    assert numbers() == ["BH-2026-000001"]
    assert ReceiptSeries.objects.get().last_sequence == 1


def test_a_worker_that_died_leaves_its_order_to_the_next_one(db, in_2026):
    gift()
    assert len(ReceiptOrder.objects.claim(limit=5)) == 1  # and no more is heard of it
    issue()
    assert numbers() == []

    in_2026.shift(dt.timedelta(minutes=2))
    issue()
    assert numbers() == ["BH-2026-000001"]


def test_eight_workers_of_which_some_fail_leave_no_gap(committed_db, monkeypatch, caplog):
    given = [gift() for _gift in range(60)]
    for one in given[::4]:
        refund(one, 500)
    calls, lock = [0], threading.Lock()
    add = receipts.outbox.add

    def fails_now_and_then(*args, **kwargs):
        with lock:
            calls[0] += 1
            turn = calls[0]
        if turn % 5 == 0:
            raise RuntimeError("the worker dies")
        add(*args, **kwargs)

    monkeypatch.setattr("donations.services.receipts.outbox.add", fails_now_and_then)
    monkeypatch.setattr("blueheart.queue.FIRST_PAUSE_SECONDS", 0)

    def work(_turn):
        while ReceiptOrder.objects.exclude(next_attempt_at=None).exists():
            receipts.issue_due(limit=3)

    at_once(work, range(8))

    drawn = sorted(Receipt.objects.values_list("sequence", flat=True))
    assert drawn == list(range(1, len(drawn) + 1))
    assert ReceiptSeries.objects.get().last_sequence == len(drawn)
    assert Receipt.objects.valid().count() == 60
    assert sorted(Receipt.objects.valid().values_list("amount_minor", flat=True)) == [2000] * 15 + [2500] * 45
    assert Message.objects.filter(kind="donation-received").count() == 60
    # Nobody was refused a number that another one had: they wait for each other.
    assert {record.exc_info[0] for record in caplog.records if record.exc_info} == {RuntimeError}


def test_a_receipt_cannot_be_changed_deleted_or_voided_twice(db):
    receipt = issued()
    refund(receipt.donation, 2500)
    issue()

    for change in ({"amount_minor": 1}, {"snapshot": {"donor": "Mallory"}}, {"snapshot": {}}, {"void_reason": "x"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Receipt.objects.filter(pk=receipt.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Receipt.objects.filter(pk=receipt.pk).delete()


def test_words_are_taken_out_when_the_law_no_longer_wants_them(db):
    kept = issued()
    open_entity(keeps_years=0)
    with time_machine.travel(dt.datetime(2020, 6, 1, tzinfo=dt.UTC)):
        ReceiptSeries.objects.all().delete()
        old = issued()

    assert receipts.forget_outlived() == 1
    old.refresh_from_db()
    kept.refresh_from_db()
    assert (old.snapshot, old.number) == ({}, "BH-2020-000001")
    assert kept.snapshot["donor"] == "Dora Donor"
    with pytest.raises(ForgottenReceiptError):
        receipt_sheet(old)


def test_the_thanks_and_the_receipt_are_one_mail(db, in_2026):
    receipt = issued()
    send_due()
    (letter,) = mail.outbox
    ((name, content, mimetype),) = letter.attachments

    assert letter.to == ["dora@example.org"]
    assert (name, mimetype) == ("BH-2026-000001.pdf", "application/pdf")
    assert {"BH-2026-000001", "Dora Donor"} <= set(text_of(content).split("\n")) | {"Dora Donor", receipt.number}
    assert "/en/giving/" in letter.body
    assert receipt.number in letter.body


def test_the_mail_of_a_new_receipt_names_the_old_one(db, in_2026):
    receipt = issued()
    refund(receipt.donation, 1000)
    issue()
    send_due()
    thanks, again = mail.outbox

    assert thanks.attachments[0][0] == again.attachments[0][0] == "BH-2026-000002.pdf"
    assert "BH-2026-000001" in again.body
    assert "US$15.00" in again.body.replace("\N{NO-BREAK SPACE}", "")


def test_nobody_is_mailed_whose_address_was_erased(db):
    receipt = issued()
    refund(receipt.donation, 1000)
    issue()
    receipt.donation.donor.email = ""
    receipt.donation.donor.save(update_fields=["email"])
    send_due()

    assert mail.outbox == []
