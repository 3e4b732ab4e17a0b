"""Statements of the books: they add up, fit together, and cost the same at any length; and what staff post by hand."""

import csv
import datetime as dt
import io
import uuid

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from blueheart.trail.models import Entry
from donations import accounts, ledger
from donations.accounts import Period, Place, Wanted
from donations.models import Account, LedgerEntry, LedgerTransaction
from donations.services.bookkeeping import AlreadyPostedError, post_adjustment
from tests.donations.factories import NOW, CampaignFactory, balance_transaction
from tests.donations.true_books import booked, one_of_everything
from tests.office.factories import desk_of

TRIAL, LEDGER, ADJUST = (
    reverse(f"admin:donations_{name}") for name in ("trial_balance", "general_ledger", "post_adjustment")
)
DAY = dt.timedelta(days=1)


def statement_of(account, currency="USD"):
    return reverse("admin:donations_account_statement", args=[account, currency])


@pytest.fixture
def ada(db):
    return User.objects.create_superuser("ada", "ada@example.org", "x")


@pytest.fixture
def office(ada):
    return desk_of(ada)


def reader_with(*codenames):
    reader = User.objects.create_user(f"reader{User.objects.count()}", is_staff=True)
    reader.user_permissions.add(*Permission.objects.filter(codename__in=codenames))
    return desk_of(reader)


def rows_of(response):
    body = response.getvalue() if response.streaming else response.content
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


# The queries


def test_a_trial_balance_is_nothing_in_sum_and_its_periods_fit_together(db):
    one_of_everything()
    middle = NOW.date() - 10 * DAY

    past, since = accounts.trial_balance(Period(until=middle)), accounts.trial_balance(Period(since=middle + DAY))
    whole = accounts.trial_balance(Period())

    for lines in (past, since, whole):
        assert all(total.is_balanced for total in accounts.totals(lines))
    assert [line.closing_minor for line in past] == [line.opening_minor for line in since]
    assert [line.closing_minor for line in since] == [line.closing_minor for line in whole]
    assert {line.account for line in whole} == set(LedgerEntry.objects.values_list("account", flat=True))
    income = next(line for line in whole if (line.account, line.currency) == (Account.DONATION_INCOME, "USD"))
    assert (income.debits_minor, income.credits_minor, income.closing_minor) == (2500, 17500, -15000)


def test_pages_of_entries_meet_without_gap_or_overlap(db):
    one_of_everything()
    everything = list(accounts.all_entries(Wanted(Period())))
    paged, place = [], None
    while True:
        page = accounts.page_of(Wanted(Period()), place, size=7)
        paged += page.entries
        if page.next is None:
            break
        place = Place.read(str(page.next))

    assert [entry.pk for entry in paged] == [entry.pk for entry in everything]
    assert len(everything) == LedgerEntry.objects.count() > 50
    days = [entry.transaction.posted_on for entry in everything]
    assert days == sorted(days)


@pytest.mark.parametrize("text", ["", "x", "2026-01-01_1", "2026-01-01_1_x", "2026-13-01_1_1"])
def test_a_place_that_is_none_is_the_beginning(text):
    assert Place.read(text) is None


def test_a_statement_carries_its_balance_from_page_to_page(db):
    one_of_everything()
    wanted = Wanted(Period(since=NOW.date() - 10 * DAY), "STRIPE_BALANCE", "USD")
    first = accounts.page_of(wanted, None, size=4)

    opening = wanted.opening_minor(None)

    before = LedgerEntry.objects.filter(account="STRIPE_BALANCE", transaction__posted_on__lt=wanted.period.since)
    assert opening == sum(before.values_list("amount_minor", flat=True)) > 0
    assert wanted.opening_minor(first.next) == opening + sum(entry.amount_minor for entry in first.entries)


# The pages


def test_the_trial_balance_shows_each_account_and_leads_to_its_statement(office):
    one_of_everything()

    page = office.get(TRIAL).content.decode()

    assert statement_of("DONATION_INCOME") in page
    assert '<bdi>US$150.00</bdi> <span class="ledger-side">credit</span>' in " ".join(page.split())
    assert "JP¥3,000" in page or "¥3,000" in page
    assert "do not balance" not in page
    assert "The books are closed through" in page


def test_a_statement_says_what_happened_late_and_where_it_ends(office, ada):
    booked(moved=balance_transaction(created_at=NOW - 40 * DAY))
    ledger.close_period(NOW.date() - 30 * DAY, by=ada)
    booked(moved=balance_transaction(created_at=NOW - 35 * DAY))

    page = " ".join(office.get(statement_of("DONATION_INCOME")).content.decode().split())

    assert page.count("happened on") == 1
    assert '<bdi>US$50.00</bdi> <span class="ledger-side">credit</span>' in page
    assert "Closing balance" in page


def test_the_general_ledger_narrows_by_account_currency_campaign_and_period(office):
    campaign = CampaignFactory()
    booked(campaign=campaign)
    booked(amount_minor=3000, currency="JPY")

    assert len(rows_of(office.get(LEDGER, {"as": "csv"}))) == 6
    for query, count in (
        ({"account": "BANK"}, 0), ({"account": "PROCESSING_FEES"}, 2), ({"currency": "JPY"}, 3),
        ({"campaign": campaign.pk}, 3), ({"since": "2026-03-02"}, 0), ({"until": "2026-03-01"}, 6),
        ({"since": "2026-03-02", "until": "2026-03-01"}, 6), ({"account": "NONE"}, 6),
    ):  # fmt: skip
        assert len(rows_of(office.get(LEDGER, {**query, "as": "csv"}))) == count, query
    assert "No entry fits." in office.get(LEDGER, {"account": "BANK"}).content.decode()
    assert "This day lies before the first one." in office.get(
        LEDGER, {"since": "2026-03-02", "until": "2026-03-01"}
    ).content.decode()  # fmt: skip


def test_csv_files_hold_the_same_in_units_of_the_currency(office):
    booked(amount_minor=3000, currency="JPY", moved=balance_transaction(1992, "USD", 108))

    balances = {(row["account"], row["currency"]): row["closing"] for row in rows_of(office.get(TRIAL, {"as": "csv"}))}
    [fee] = rows_of(office.get(statement_of("PROCESSING_FEES"), {"as": "csv"}))

    assert balances["DONATION_INCOME", "JPY"] == "-3000"
    assert balances["STRIPE_BALANCE", "USD"] == "18.84"
    assert (fee["debit"], fee["credit"], fee["balance"], fee["posted_on"]) == ("1.08", "", "1.08", "2026-03-01")


def test_empty_books_have_empty_statements(office):
    assert "Nothing has been posted yet." in office.get(TRIAL).content.decode()
    assert "No entry fits." in office.get(LEDGER).content.decode()
    assert "Nothing was posted to this account." in office.get(statement_of("BANK")).content.decode()
    assert rows_of(office.get(LEDGER, {"as": "csv"})) == []
    assert office.get(statement_of("BANK", "XXX")).status_code == 404
    assert office.get(statement_of("NOBODY")).status_code == 404


@pytest.mark.parametrize("page", ["trial", "ledger", "statement"])
def test_statements_ask_the_same_number_of_questions_for_one_gift_and_for_many(office, page, monkeypatch):
    url = {"trial": TRIAL, "ledger": LEDGER, "statement": statement_of("STRIPE_BALANCE")}[page]
    counts = []
    for more in (1, 30):
        for _gift in range(more):
            booked(campaign=CampaignFactory())
        with CaptureQueriesContext(connection) as queries:
            assert office.get(url).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 15


def test_long_ledgers_are_paged(office, monkeypatch):
    monkeypatch.setattr(accounts, "PAGE_SIZE", 4)
    monkeypatch.setattr(accounts.page_of, "__kwdefaults__", {"size": 4})
    booked()
    booked()

    first = office.get(LEDGER, {"currency": "USD"})
    following = first.context["next"]

    assert "currency=USD" in following
    assert "First page" in office.get(f"{LEDGER}?{following}").content.decode()
    assert office.get(f"{LEDGER}?{following}").context["next"] == ""


def test_statements_are_for_those_who_may_see_the_ledger_and_speak_arabic(db):
    booked()
    stranger, reader = reader_with("view_donation"), reader_with("view_ledgertransaction")

    for url in (TRIAL, LEDGER, statement_of("BANK")):
        assert stranger.get(url).status_code == 403
        page = reader.get(url, headers={"Accept-Language": "ar"}).content.decode()
        assert 'dir="rtl"' in page
        assert "adjust/" not in page
    for url in (ADJUST, reverse("admin:donations_closing_prepare")):
        assert reader.get(url).status_code == 403


# By hand


def adjustment(*lines, **changes):
    fields = {
        "form_token": str(uuid.uuid4()), "happened_on": "2026-03-01", "why": "the bank kept seven cents",
        "lines-TOTAL_FORMS": "6", "lines-INITIAL_FORMS": "0",
    }  # fmt: skip
    for number in range(6):
        account, currency, debit, credit = lines[number] if number < len(lines) else ("", "USD", "", "")
        fields |= {
            f"lines-{number}-account": account, f"lines-{number}-currency": currency,
            f"lines-{number}-debit": debit, f"lines-{number}-credit": credit,
        }  # fmt: skip
    return fields | changes


SEVEN = (("PROCESSING_FEES", "USD", "0.07", ""), ("BANK", "USD", "", "0.07"))


def test_an_adjustment_is_posted_once_however_often_its_form_is_sent(office, ada):
    form = adjustment(*SEVEN, ("GRANTS", "JPY", "5", ""), ("BANK", "JPY", "", "5"))

    assert office.post(ADJUST, form).status_code == 302
    assert office.post(ADJUST, form).status_code == 302

    posted = LedgerTransaction.objects.get()
    assert (posted.purpose, posted.booked_by, posted.why) == ("adjustment", ada, "the bank kept seven cents")
    assert sorted(posted.entries.values_list("account", "currency", "amount_minor")) == [
        ("BANK", "JPY", -5), ("BANK", "USD", -7), ("GRANTS", "JPY", 5), ("PROCESSING_FEES", "USD", 7),
    ]  # fmt: skip
    assert Entry.objects.get(action="ledger.adjusted").target_id == str(posted.pk)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (adjustment(SEVEN[0], ("BANK", "USD", "", "0.08")), "Debits and credits differ by US$0.01."),
        (adjustment(SEVEN[0], ("BANK", "EUR", "", "0.07")), "Debits and credits differ by"),
        (adjustment(SEVEN[0]), "An adjustment has two lines or more."),
        (adjustment(SEVEN[0], ("BANK", "USD", "1", "1")), "Please enter an amount on one side."),
        (adjustment(SEVEN[0], ("BANK", "USD", "", "seven")), "Please enter an amount in figures"),
        (adjustment(SEVEN[0], ("BANK", "JPY", "", "0.07")), "more precise than JPY allows"),
        (adjustment(SEVEN[0], ("STRIPE_BALANCE", "USD", "", "0.07")), "Select a valid choice"),
        (adjustment(SEVEN[0], ("PROMISED_GIFTS_RECEIVABLE", "USD", "", "0.07")), "Select a valid choice"),
        (adjustment(SEVEN[0], ("PROMISED_GIFT_INCOME", "USD", "", "0.07")), "Select a valid choice"),
        (adjustment(SEVEN[0], ("WRITE_OFFS", "USD", "", "0.07")), "Select a valid choice"),
        (adjustment(*SEVEN, why=""), "This field is required."),
        (adjustment(*SEVEN, happened_on="2999-01-01"), "This day has not come yet."),
        (adjustment(*SEVEN, happened_on="0206-03-01"), "before the year 2000"),
    ],
)
def test_nothing_typed_is_lost_when_an_adjustment_cannot_be_posted(office, form, said):
    page = office.post(ADJUST, form).content.decode()

    assert said in page
    assert 'value="0.07"' in page
    assert form["form_token"] in page
    assert LedgerTransaction.objects.count() == 0


def test_an_adjustment_is_reversed_once_and_nothing_of_stripes_is(office, ada):
    gift = booked()
    posted = ledger.post_by_hand([("BANK", "USD", 7), ("GRANTS", "USD", -7)], happened_at=NOW, by=ada, why="seven")
    url = reverse("admin:donations_reverse_adjustment", args=[posted.pk])
    change = reverse("admin:donations_ledgertransaction_change", args=[posted.pk])
    assert url in office.get(change).content.decode()
    assert "The contrary of transaction" in office.get(url).content.decode()

    assert office.post(url, {"why": "it was six"}).status_code == 302
    assert "It was reversed before." in office.post(url, {"why": "again"}).content.decode()

    reversal = LedgerTransaction.objects.get(purpose="reversal")
    assert sorted(reversal.entries.values_list("account", "amount_minor")) == [("BANK", -7), ("GRANTS", 7)]
    assert url not in office.get(change).content.decode()
    assert Entry.objects.get(action="ledger.reversed").target_id == str(posted.pk)
    of_stripe = LedgerTransaction.objects.get(donation=gift)
    assert (
        office.post(reverse("admin:donations_reverse_adjustment", args=[of_stripe.pk]), {"why": "x"}).status_code == 404
    )


@pytest.mark.parametrize("account", ["PROMISED_GIFTS_RECEIVABLE", "PROMISED_GIFT_INCOME", "WRITE_OFFS"])
def test_what_promised_gifts_say_is_adjusted_by_nobody(ada, account):
    """Else the table of contributions and the open books differ for ever."""
    lines = [(Account(account), "USD", 7), (Account.BANK, "USD", -7)]
    with pytest.raises(ledger.UnbalancedError, match="change the promise"):
        post_adjustment(lines, happened_on=NOW.date(), by=ada, why="x", form_token=uuid.uuid4())
    assert LedgerTransaction.objects.count() == 0


def test_the_ledger_itself_refuses_what_is_not_staffs_to_post(ada):
    gift = booked()
    for lines in ([("BANK", "USD", 7)], [("BANK", "USD", 7), ("GRANTS", "USD", -6)],
                  [("STRIPE_BALANCE", "USD", 7), ("BANK", "USD", -7)]):  # fmt: skip
        with pytest.raises(ledger.UnbalancedError):
            ledger.post_by_hand(lines, happened_at=NOW, by=ada, why="x")
    with pytest.raises(ledger.UnbalancedError):
        ledger.reverse(LedgerTransaction.objects.get(donation=gift), by=ada, why="x")


def test_an_adjustment_of_a_closed_day_is_posted_on_the_first_open_one(ada):
    ledger.close_period(NOW.date(), by=ada)
    lines = [("BANK", "USD", 7), ("GRANTS", "USD", -7)]
    token = uuid.uuid4()

    posted = post_adjustment(lines, happened_on=NOW.date(), by=ada, why="seven", form_token=token)

    assert (posted.posted_on, posted.is_late) == (NOW.date() + DAY, True)
    with pytest.raises(AlreadyPostedError):
        post_adjustment(lines, happened_on=timezone.now().date(), by=ada, why="seven", form_token=token)
