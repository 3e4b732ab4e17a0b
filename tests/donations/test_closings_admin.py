"""Closings in the office: what is open is seen first, a second person signs, the files say what the ledger says."""

import csv
import hashlib
import io
import json
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from blueheart.money import CURRENCIES
from blueheart.trail.models import Entry
from donations import accounts, closing_papers, closing_report, ledger
from donations.accounts import Period
from donations.admin import closings as closings_desk
from donations.models import Account, Closing
from donations.services.closings import Span, prepare_closing, sign_closing
from tests.donations.factories import NOW, donation, promised_gift, staff_member
from tests.donations.test_closings import APRIL, MARCH_ENDS, gift_on, march
from tests.donations.true_books import booked, one_of_everything, payout, refund
from tests.office.factories import desk_of
from tests.reading_pdf import page_count, text_of

PREPARE, LIST = (reverse(f"admin:donations_closing_{name}") for name in ("prepare", "changelist"))


@pytest.fixture(autouse=True)
def in_april():
    with time_machine.travel(APRIL, tick=True):
        yield


def url(page, closing, *args):
    return reverse(f"admin:donations_closing_{page}", args=[closing.pk, *args])


def clerk(name, *codenames):
    """Somebody of the staff who may do so much, at a desk."""
    user = staff_member(name)
    user.first_name, user.last_name = name.title(), "Clerk"
    user.save()
    user.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    return desk_of(user)


@pytest.fixture
def ada(db):
    return clerk("ada", "view_closing", "prepare_closing", "view_donation", "view_ledgertransaction")


@pytest.fixture
def abe(db):
    return clerk("abe", "view_closing", "sign_closing")


def text(response):
    return " ".join(response.content.decode().split())


def downloaded(desk, closing, form, **headers):
    response = desk.get(url("download", closing, form), headers=headers)
    assert response.status_code == 200
    return response.getvalue()


# The pages


def test_a_month_is_prepared_with_all_that_is_open_in_view_and_signed_by_another(ada, abe):
    gift_on(2026, 3, 5)
    donation("processing", created_at=NOW)
    refund(booked(), 100, "pending", created_at=NOW)
    payout(5, "in_transit", reconciled_at=None)
    assert "March 2026" in text(ada.get(PREPARE))

    page = text(ada.get(PREPARE, {"period": "2026-03"}))
    assert "Donations that are processing</a></th><td>1</td>" in page
    for name in ("Refunds under way", "Payouts under way or not reconciled"):
        assert f"{name}</th><td>1</td>" in page.replace("</a>", "")
    assert "US$25.00" in page
    assert not Closing.objects.exists()

    answer = ada.post(PREPARE, {"period": "2026-03", "note": "March, as agreed"}, follow=True)
    closing = Closing.objects.get()
    page = text(answer)
    assert "Draft: nobody has signed it yet." in page
    assert "March, as agreed" in page
    assert "You prepared it" in page
    assert url("sign", closing) not in page

    page = text(abe.get(url("change", closing)))
    assert closing_papers.in_groups(closing_report.digest(closing.report)) in page
    refused = text(abe.post(url("sign", closing)))
    assert "This field is required." in refused
    assert ledger.closed_through() is None
    answer = abe.post(url("sign", closing), {"is_meant": "on"}, follow=True)
    assert "the books are closed through its last day" in text(answer)
    assert ledger.closed_through() == MARCH_ENDS
    assert "Sign and close" not in text(answer)


def test_the_page_says_what_changed_and_leads_to_preparing_it_again(ada, abe):
    closing = march(by=User.objects.get(username="ada"))
    gift_on(2026, 3, 30)

    page = text(abe.post(url("sign", closing), {"is_meant": "on"}, follow=True))

    assert "no longer as they were prepared" in page
    assert "(Trial balance and movements, Totals)" in page
    assert f"{PREPARE}?period=2026-03" in text(ada.get(url("change", closing)))
    assert ledger.closed_through() is None


def test_a_closing_is_withdrawn_with_a_reason_and_stays_to_be_read(ada):
    closing = march(by=User.objects.get(username="ada"))
    assert "This field is required." in text(ada.post(url("withdraw", closing)))

    page = text(ada.post(url("withdraw", closing), {"why": "too early"}, follow=True))

    assert "This closing was withdrawn." in page
    assert Entry.objects.get(action="closing.withdrawn").why == "too early"
    assert "It was withdrawn before." in text(ada.post(url("withdraw", closing), {"why": "again"}, follow=True))


def test_what_cannot_be_closed_is_said(ada):
    assert "There is no month or year that could be closed now." in text(ada.get(PREPARE))
    gift_on(2026, 3, 5)
    for period in ("2026-04", "2026", "x"):
        page = text(ada.get(PREPARE, {"period": period}))
        assert "Select a valid choice" in page
        assert "Ask for the second signature" not in page
        ada.post(PREPARE, {"period": period, "note": ""})
    assert not Closing.objects.exists()


def test_each_act_has_a_permission_of_its_own(ada, abe):
    closing, stranger = march(), clerk("eve", "view_donation")
    reader = clerk("rea", "view_closing")

    assert abe.get(PREPARE).status_code == 403
    assert ada.post(url("sign", closing), {"is_meant": "on"}).status_code == 403
    assert reader.post(url("withdraw", closing), {"why": "x"}).status_code == 403
    for page in (LIST, url("change", closing), url("download", closing, "pdf")):
        assert stranger.get(page).status_code == 403
        assert reader.get(page).status_code == 200
    assert reader.get(url("download", closing, "xls")).status_code == 404
    assert reader.get(f"{LIST}999/change/").status_code == 404
    assert "<form" not in reader.get(url("change", closing)).content.decode().split('id="content-main"')[1]
    for page in ("sign", "withdraw"):
        assert desk_of(User.objects.create_superuser(page, "", "x")).get(url(page, closing)).status_code == 302


def test_the_home_says_that_a_closing_waits_and_the_ledger_leads_there(abe, ada):
    march()

    assert "Closings of the books that wait for a second signature" in text(abe.get("/staff/"))
    assert LIST in text(ada.get(reverse("admin:donations_trial_balance")))


def test_pages_ask_the_same_number_of_questions_for_few_rows_and_for_many(db):
    desk = desk_of(User.objects.create_superuser("zoe", "", "x"))

    def questions():
        closing = prepare_closing(Span.of_month(2026, 3), by=staff_member("eve"))
        counts = []
        for page in (LIST, url("change", closing), f"{PREPARE}?period=2026-03"):
            with CaptureQueriesContext(connection) as queries:
                assert desk.get(page).status_code == 200
            counts.append(len(queries))
        return counts

    def happens(times):
        for _turn in range(times):
            gift_on(2026, 3, 5)
            donation("processing", created_at=NOW)
            promised_gift((500,), currency="EUR")

    happens(1)
    few = questions()
    happens(30)
    Closing.objects.bulk_create(
        Closing(kind="month", begins_on=NOW.date(), ends_on=MARCH_ENDS, status="withdrawn",
                prepared_by=staff_member(f"eve{number % 3}"))
        for number in range(300)
    )  # fmt: skip

    assert questions() == few
    assert max(few) <= 15


def test_long_tables_are_cut_on_the_page_and_whole_in_the_file(ada, monkeypatch):
    monkeypatch.setattr(closings_desk, "ON_THE_PAGE", 2)
    monkeypatch.setattr(closing_papers, "ON_PAPER", 3)
    gifts = [donation("processing", created_at=NOW) for _turn in range(4)]
    closing = march()

    assert "2 of 4 lines are shown" in text(ada.get(url("change", closing)))
    assert "3 of 4 lines are shown" in text_of(downloaded(ada, closing, "pdf"))
    rows = downloaded(ada, closing, "csv").decode()
    assert all(gift.public_id in rows for gift in gifts)


# The files


@pytest.fixture
def of_everything(db):
    one_of_everything()
    promised_gift((70000, 30000))
    prepare_and_sign("2026-01")
    return march(note="=cmd|' /C calc'!A0")


def prepare_and_sign(month):
    closing = prepare_closing(Span.read(month), by=staff_member("ada"))
    sign_closing(closing, by=staff_member("abe"))


def units(amount_minor, currency):
    return Decimal(amount_minor).scaleb(-CURRENCIES[currency].exponent)


def test_the_csv_is_the_ledger_to_the_unit(of_everything, abe):
    rows = list(csv.DictReader(io.StringIO(downloaded(abe, of_everything, "csv").decode("utf-8-sig"))))

    lines = [
        line
        for line in accounts.trial_balance(Period(of_everything.begins_on, of_everything.ends_on))
        if line.opening_minor or line.debits_minor or line.credits_minor
    ]
    told = [row for row in rows if row["section"] == "trial-balance"]
    assert [(row["item"], row["currency"]) for row in told] == [(line.account, line.currency) for line in lines]
    for name in ("opening", "debits", "credits", "closing"):
        assert [Decimal(row[name]) for row in told] == [
            units(getattr(line, f"{name}_minor"), line.currency) for line in lines
        ]
    outstanding = [Decimal(row["amount"]) for row in rows if row["section"] == "instalment-outstanding"]
    assert outstanding == [700, 300]
    [receivable] = [row for row in told if row["item"] == Account.PROMISED_GIFTS_RECEIVABLE]
    assert Decimal(receivable["closing"]) == 1000
    about = {row["item"]: row["value"] for row in rows if row["section"] == "closing"}
    assert about["sha256"] == closing_report.digest(of_everything.report)
    assert (about["status"], about["prepared-by"], about["signed-by"]) == ("prepared", "ada", "")


def test_the_json_is_what_was_hashed(of_everything, abe):
    content = downloaded(abe, of_everything, "json")

    assert hashlib.sha256(content).hexdigest() == closing_report.digest(of_everything.report)
    assert json.loads(content) == of_everything.report


def test_the_paper_says_it_is_a_draft_until_it_is_signed(of_everything, abe, ada):
    draft = text_of(downloaded(abe, of_everything, "pdf"))
    prepared_by = of_everything.prepared_by
    sign_closing(of_everything, by=User.objects.get(username="abe"))
    final = downloaded(abe, of_everything, "pdf")

    assert "Draft: nobody has signed it yet." in draft
    read = text_of(final)
    assert "Draft" not in read
    assert "Closing of the books: March 2026" in read
    assert "Abe Clerk" in read
    assert prepared_by.get_full_name() in read
    sealed = closing_report.digest(of_everything.report)[:8]
    for word in ("TEST MODE", "Stripe balance", "US$700.00", "1/3", "Promises that are open at the end", sealed):
        assert word in read
    assert page_count(final) >= 2
    assert final == downloaded(abe, of_everything, "pdf")
    assert [entry.detail["as"] for entry in Entry.objects.filter(action="closing.downloaded")] == ["pdf"] * 3


@pytest.mark.parametrize("language", ["ar", "zh-hans"])
def test_page_and_paper_speak_the_language_of_the_reader(of_everything, abe, language):
    page = abe.get(url("change", of_everything), headers={"Accept-Language": language}).content.decode()
    paper = text_of(downloaded(abe, of_everything, "pdf", Accept_Language=language)).replace("\N{NO-BREAK SPACE}", " ")

    with translation.override(language):
        assert Account.BANK.label != "Bank"
        for account in (Account.BANK, Account.GRANTS, Account.SUSPENSE):
            assert str(account.label) in page
            assert str(account.label) in paper
    assert ('dir="rtl"' in page) == (language == "ar")
    assert closing_report.digest(of_everything.report)[:8] in paper
