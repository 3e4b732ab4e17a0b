"""Gifts by bank, cheque, cash and in kind: recorded by staff, booked, receipted and reversed like no other."""

import datetime as dt
import uuid

import pytest
from django.core import mail
from django.utils import timezone

from blueheart.post.jobs import send_due
from blueheart.trail.models import Entry
from donations.books import findings
from donations.models import BankAccount, Donation, Donor, TransferReference
from donations.receipts import receipt_pdf, receipt_sheet, statement_for
from donations.services import receipts
from donations.services.offline_gifts import (
    OfflineGiftError,
    find_or_make_donor,
    record_gift_of,
    record_offline_gift,
    reverse_offline_gift,
)
from donations.services.privacy import erase_again, erase_subject, export_subject
from donations.services.refunds import RefundError, ask_refund
from donations.services.transfer_references import reference_of
from tests.donations.factories import TODAY, donor, staff_member
from tests.donations.giving_desk import visit
from tests.donations.money_desk import entries
from tests.donations.receipt_desk import gift as online_gift
from tests.reading_pdf import text_of


def recorded(**changes):
    said = {
        "donor": changes.pop("donor", None) or donor(),
        "amount_minor": 2500,
        "currency": "USD",
        "method": "bank",
        "received_on": TODAY,
        "by": staff_member(),
    }
    return record_offline_gift(**said | changes)


def told():
    """The subjects of the mails that go out now."""
    receipts.issue_due()
    send_due()
    return [letter.subject for letter in mail.outbox]


def test_a_gift_by_bank_is_booked_receipted_and_thanked_for(db):
    gift = recorded(reference="E2E-1")

    assert entries(donation=gift) == [("BANK", "USD", 2500), ("DONATION_INCOME", "USD", -2500)]
    assert (gift.status, gift.recorded_by.username, gift.offline_reference) == ("succeeded", "ada", "E2E-1")
    assert gift.succeeded_at == dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    assert told() == ["Thank you: your gift has arrived"]
    assert gift.receipts.get().snapshot["method"] == "bank"
    assert findings() == []
    assert Entry.objects.get(action="donation.recorded").target_id == str(gift.pk)


def test_a_gift_in_kind_is_booked_at_its_value_and_never_as_money(db):
    gift = recorded(method="in-kind", amount_minor=40000, in_kind=" Forty blankets ")

    assert entries(donation=gift) == [("IN_KIND", "USD", 40000), ("IN_KIND_INCOME", "USD", -40000)]
    receipts.issue_due()
    assert gift.receipts.get().snapshot["in_kind"] == "Forty blankets"
    assert findings() == []


def test_a_form_sent_twice_records_one_gift_and_another_gift_wants_another_form(db):
    token = uuid.uuid4()
    first = recorded(form_token=token)

    assert recorded(form_token=token) == first
    with pytest.raises(OfflineGiftError, match="another gift"):
        recorded(form_token=token, amount_minor=2600)
    assert Donation.objects.count() == 1


def test_the_next_new_donor_in_a_form_that_was_sent_is_not_taken_for_the_first(db):
    said = {
        "language": "en", "amount_minor": 2500, "currency": "USD", "method": "cash", "received_on": TODAY,
        "by": staff_member(), "form_token": uuid.uuid4(),
    }  # fmt: skip
    first = record_gift_of(None, email="new@example.org", name="", **said)

    assert record_gift_of(None, email="New@example.org", name="", **said) == first
    with pytest.raises(OfflineGiftError, match="another gift"):
        record_gift_of(None, email="next@example.org", name="", **said)
    with pytest.raises(OfflineGiftError, match="another gift"):
        record_gift_of(None, email="", name="", **said)
    assert Donor.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"method": "stripe"}, "by bank, cheque, cash or in kind"),
        ({"method": "barter"}, "by bank, cheque, cash or in kind"),
        ({"amount_minor": 0}, "no amount"),
        ({"currency": "XXX"}, "no amount"),
        ({"received_on": dt.date(2999, 1, 1)}, "not come yet"),
        ({"received_on": dt.date(206, 3, 1)}, "before the year 2000"),
        ({"method": "in-kind"}, "what was given"),
        ({"in_kind": "Blankets"}, "what was given"),
    ],
)
def test_what_is_no_gift_is_refused(db, changes, why):
    with pytest.raises(OfflineGiftError, match=why):
        recorded(**changes)
    assert not Donation.objects.exists()


def test_a_bounced_cheque_is_reversed_in_the_books_and_its_receipt_is_void(db):
    gift = recorded(method="cheque")
    told()

    reverse_offline_gift(gift, by=staff_member("abe"), why="the bank sent it back", reversed_for="bounced")
    reverse_offline_gift(gift, by=staff_member("abe"), why="once more")

    gift.refresh_from_db()
    assert (gift.status, gift.reason, gift.reversed_for) == ("reversed", "the bank sent it back", "bounced")
    assert entries(donation=gift)[2:] == [("BANK", "USD", -2500), ("DONATION_INCOME", "USD", 2500)]
    assert told()[1:] == ["Your receipt is not valid any more"]
    assert "the payment did not go through" in mail.outbox[1].body
    assert gift.receipts.get().void_reason == "bounced"
    assert findings() == []


def test_a_gift_reversed_before_its_receipt_was_issued_has_none_and_nobody_is_told(db):
    gift = recorded()
    reverse_offline_gift(gift, by=staff_member(), why="typed twice")

    assert told() == []
    assert not gift.receipts.exists()
    assert findings() == []


def test_nothing_of_stripes_is_reversed_and_a_reversal_says_why(db):
    with pytest.raises(OfflineGiftError, match="refund it instead"):
        reverse_offline_gift(online_gift(), by=staff_member(), why="because")
    with pytest.raises(OfflineGiftError, match="say why"):
        reverse_offline_gift(recorded(), by=staff_member(), why=" ")


def test_a_recorded_gift_is_not_refunded_at_stripe(db):
    with pytest.raises(RefundError, match="reverse it instead"):
        ask_refund(recorded(), amount_minor=100, why="they asked", by=staff_member())


def test_a_donor_without_an_address_gets_a_receipt_and_no_mail(db):
    nameless = find_or_make_donor(email="", name="Old Mr Post", language="fr")
    gift = recorded(donor=nameless, method="cash")

    assert told() == []
    assert gift.receipts.get().snapshot["donor"] == "Old Mr Post"
    assert findings() == []
    reverse_offline_gift(gift, by=staff_member(), why="counted twice")
    assert told() == []
    assert findings() == []


def test_the_donor_of_an_address_is_found_and_nobody_without_one_is(db):
    dora = donor()

    assert find_or_make_donor(email="DORA@example.org", name="Somebody", language="fr") == dora
    assert find_or_make_donor(email="", name="Dora Donor", language="en") != dora
    assert Donor.objects.count() == 2
    dora.refresh_from_db()
    assert (dora.name, dora.language) == ("Dora Donor", "en")


def test_the_receipt_says_how_it_came_what_was_given_and_that_its_value_is_estimated(db):
    blankets = recorded(method="in-kind", amount_minor=40000, in_kind="Forty blankets")
    cash = recorded(method="cash")
    receipts.issue_due()

    sheet = receipt_sheet(blankets.receipts.get())
    said = {row.label: row.value for row in sheet.rows}
    assert (said["How it came"], said["What was given"]) == ("in kind", "Forty blankets")
    assert said["Estimated value"] == "US$400.00"
    assert "Its value is our estimate" in sheet.notes[1]
    printed = text_of(receipt_pdf(blankets.receipts.get()))
    assert "Forty blankets" in printed
    assert "our estimate" in printed
    said = {row.label: row.value for row in receipt_sheet(cash.receipts.get()).rows}
    assert said["How it came"] == "cash"
    assert "What was given" not in said


def test_the_yearly_statement_counts_what_was_recorded_and_never_adds_things_to_money(db):
    recorded(method="cash")
    online_gift(donor=donor())
    recorded(method="in-kind", amount_minor=40000, in_kind="Forty blankets")
    taken_back = recorded(amount_minor=999900)
    reverse_offline_gift(taken_back, by=staff_member(), why="typed twice")

    tables = statement_for(donor(), TODAY.year).tables

    assert [(table.caption, table.head[1], table.total[1]) for table in tables] == [
        ("US Dollar", "Amount", "US$50.00"),
        ("US Dollar, given in kind", "Estimated value", "US$400.00"),
    ]
    assert any("cash" in row[0] for row in tables[0].rows)
    assert "Forty blankets" in tables[1].rows[0][0]


def test_a_donor_sees_what_was_recorded_and_cannot_ask_stripe_for_it(db, client):
    dora = donor()
    gift = recorded(method="in-kind", in_kind="Forty blankets")
    visit(client, dora)

    page = client.get(f"/en/giving/gifts/{gift.public_id}/").content.decode()
    assert "Forty blankets" in page
    assert "Ask to have it back" not in page
    assert client.get(f"/en/giving/gifts/{gift.public_id}/refund/").status_code == 302
    reverse_offline_gift(gift, by=staff_member(), why="typed twice")
    assert "recorded by mistake" in client.get("/en/giving/home/").content.decode()


def a_line(gift, **changes):
    statement = BankAccount.objects.get().statements.create(
        file_name="a.csv", digest="0" * 64, format="csv", imported_by=staff_member()
    )
    said = {"counterparty": "Dora Donor", "counterparty_iban": "ZZ12", "remittance": "from Dora", "end_to_end_id": "1"}
    about = {"position": 1, "booked_on": TODAY, "amount_minor": gift.amount_minor, "currency": "USD"} | said
    line = statement.lines.create(**about, fingerprint="1" * 64, status="matched")
    line.matches.create(amount_minor=gift.amount_minor, donation=gift, matched_by=staff_member())
    again = about | {"position": 2, "fingerprint": "1" * 64, "status": "duplicate", "duplicate_of": line}
    return line, statement.lines.create(**again)


def traces(line):
    line.refresh_from_db()
    return [line.counterparty, line.counterparty_iban, line.remittance, line.end_to_end_id]


def test_a_donors_export_tells_of_the_reference_the_gift_and_the_banks_line(db):
    gift = recorded(reference="E2E-1")
    a_line(gift)
    reference_of(gift.donor)

    told = export_subject(gift.donor)

    assert told["transfer_references"][0]["reference"] == gift.donor.transfer_references.get().reference
    (said,) = told["donations"]
    assert (said["method"], said["offline_reference"]) == ("bank", "E2E-1")
    assert "recorded_by" not in said
    assert said["bank_lines"][0]["remittance"] == "from Dora"


def test_an_erased_donor_leaves_no_trace_in_gifts_references_and_bank_lines(db):
    gift = recorded(reference="DORA 1")
    painting = recorded(method="in-kind", in_kind="A painting by Dora")
    reverse_offline_gift(painting, by=staff_member(), why="Dora took it home")
    lines = a_line(gift)
    reference_of(gift.donor)

    erase_subject(gift.donor)

    assert [traces(line) for line in lines] == [["", "", "", ""]] * 2
    assert not TransferReference.objects.exists()
    gift.refresh_from_db()
    painting.refresh_from_db()
    assert (gift.offline_reference, gift.receipt_name) == ("", "")
    assert (painting.in_kind, painting.reason) == ("A painting by [erased]", "[erased] took it home")
    receipts.issue_due()
    assert findings() == []


def test_a_line_that_is_matched_after_its_donor_was_erased_is_emptied_in_the_next_turn(db):
    gift = recorded()
    erase_subject(gift.donor)
    lines = a_line(gift)

    erase_again()

    assert [traces(line) for line in lines] == [["", "", "", ""]] * 2


def test_a_line_that_comes_again_after_its_donor_was_erased_is_emptied_in_the_next_turn(db):
    gift = recorded()
    line, _again = a_line(gift)
    erase_subject(gift.donor)
    said = {"counterparty": "Dora Donor", "counterparty_iban": "ZZ12", "remittance": "from Dora", "end_to_end_id": "1"}
    once_more = line.statement.lines.create(
        position=3, booked_on=TODAY, amount_minor=2500, currency="USD", fingerprint=line.fingerprint,
        status="duplicate", duplicate_of=line, **said,
    )  # fmt: skip

    erase_again()

    assert traces(once_more) == ["", "", "", ""]


def test_an_erased_donor_leaves_no_trace_in_an_import_that_was_undone(db):
    """The file came again, so the same movement stands in two imports; one gift was only ever in the undone one."""
    gift, only_there = recorded(), recorded(donor=donor(), amount_minor=500)
    line, _again = a_line(gift)
    undone = [line.statement.lines.create(
        position=place, booked_on=TODAY, amount_minor=amount_minor, currency="USD", fingerprint=mark, status="undone",
        counterparty="Dora Donor", remittance="from Dora",
    ) for place, amount_minor, mark in ((3, 2500, line.fingerprint), (4, 500, "2" * 64))]  # fmt: skip
    undone[1].matches.create(amount_minor=500, donation=only_there, matched_by=staff_member(), undone_at=timezone.now())

    erase_subject(gift.donor)

    assert [traces(each) for each in undone] == [["", "", "", ""]] * 2


def test_nothing_is_recorded_for_an_erased_donor(db):
    dora = donor()
    erase_subject(dora)
    with pytest.raises(OfflineGiftError, match="erased"):
        recorded(donor=dora)
