import csv
import datetime as dt
import io
import json
import re
from decimal import Decimal

import pytest
from django.test import Client

from blueheart.languages import LANGUAGES
from donations import ledger
from donations.api.ledger import LedgerSummary, Sums
from donations.ledger_summary import COLUMNS
from donations.models import ExchangeRate
from donations.open_books import FIGURES
from tests.donations.factories import contributor, promised_gift, staff_member
from tests.donations.true_books import booked, the_fund

pytestmark = pytest.mark.django_db

PAGE, SUMMARY = "/en/trust-fund/books/", "/api/v1/ledger/summary"


@pytest.fixture
def some_books():
    """Gifts in dollars and yen, a promise in euros, and the other half of the Fund."""
    booked(amount_minor=2500)
    booked(amount_minor=300000, currency="JPY")
    promised_gift((80000,), currency="EUR", contributor=contributor("Another"))
    the_fund(staff_member())
    ExchangeRate.objects.create(
        currency="JPY", units_per_usd=Decimal("150.5"), valid_from=dt.date(2026, 1, 1), source="a test"
    )
    ledger.close_windows()


def words(html):
    """What a reader sees, in one line."""
    text = re.sub(r"<(script|style|title|desc)\b.*?</\1>", " ", html, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", text).replace("\xa0", " ").split())


def table(text):
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_before_anything_was_booked_every_part_says_so(client):
    text = words(client.get(PAGE).content.decode())

    for empty in ("Nothing was given yet.", "Nothing was promised yet.", "Nothing was booked yet."):
        assert empty in text
    assert "Test mode, this portal" in text


def test_page_shows_every_figure_with_what_it_counts_and_the_proof(client, some_books):
    text = words(client.get(PAGE).content.decode())

    assert "$25.00" in text
    assert "¥300,000" in text
    assert "€800.00" in text
    assert "No: the books are being checked" not in text
    for figure in FIGURES:
        assert str(figure.counted) in text


def test_page_says_which_rate_was_used_and_what_is_not_converted(client, some_books):
    text = words(client.get(PAGE).content.decode())

    assert "150.5" in text
    assert "EUR : March 2026 and today" in text


@pytest.mark.parametrize("language", [code for code, _name in LANGUAGES])
def test_page_answers_in_every_language(client, some_books, language):
    response = client.get(f"/{language}/trust-fund/books/")

    assert response.status_code == 200
    assert not response.cookies


def test_csv_and_api_have_the_same_figures_as_the_books(client, some_books):
    rows = table(client.get(f"{PAGE}?format=csv").content.decode())
    said = client.get(SUMMARY).json()

    assert table(client.get(f"{SUMMARY}?format=csv").content.decode()) == rows
    figures = {(row["name"], row["currency"]): int(row["amount_minor"]) for row in rows if row["kind"] == "figure"}
    told = {
        (figure.key, sums["currency"]): sums[f"{figure.key}_minor"]
        for sums in said["by_currency"]
        for figure in FIGURES
    }
    assert figures == {key: amount for key, amount in told.items() if key in figures}
    assert not any(amount for key, amount in told.items() if key not in figures)
    in_usd = {row["name"]: int(row["amount_minor"]) for row in rows if row["kind"] == "in-usd"}
    assert in_usd == {figure.key: said["in_usd"][f"{figure.key}_minor"] for figure in FIGURES}
    accounts = {(row["name"], row["currency"]): row for row in rows if row["kind"] == "account"}
    for side in said["accounts"]:
        row = accounts.pop((side["account"], side["currency"]))
        assert (int(row["debits_minor"]), int(row["credits_minor"])) == (side["debits_minor"], side["credits_minor"])
    assert not accounts


def test_months_add_up_to_the_whole(client, some_books):
    rows = table(client.get(f"{PAGE}?format=csv").content.decode())
    balances = {figure.key for figure in FIGURES if figure.is_balance}

    for row in rows:
        if row["kind"] == "figure" and row["name"] not in balances:
            months = [
                int(month["amount_minor"])
                for month in rows
                if (month["kind"], month["name"], month["currency"]) == ("month", row["name"], row["currency"])
            ]
            assert sum(months) == int(row["amount_minor"])
    assert list(rows[0]) == list(COLUMNS)


def test_summary_says_it_is_of_this_portal_in_test_mode_and_what_it_may_be_used_for(client, some_books):
    response = client.get(SUMMARY)

    assert response.json()["test_mode"] is True
    assert response.json()["as_of"].endswith("Z")
    assert 'rel="license"' in response.headers["Link"]
    assert 'rel="describedby"' in response.headers["Link"]
    assert LedgerSummary.model_validate(response.json())


def test_summary_names_every_figure():
    assert list(Sums.model_fields) == [f"{figure.key}_minor" for figure in FIGURES]


def test_summary_is_known_by_its_figures_and_not_by_the_moment(client, some_books, time_machine):
    time_machine.move_to(dt.datetime(2026, 3, 5, 12, tzinfo=dt.UTC), tick=False)
    first = client.get(SUMMARY)
    time_machine.move_to(dt.datetime(2026, 3, 5, 13, tzinfo=dt.UTC), tick=False)

    assert client.get(SUMMARY, headers={"if-none-match": first.headers["ETag"]}).status_code == 304
    booked(amount_minor=100)
    ledger.close_windows()
    again = client.get(SUMMARY, headers={"if-none-match": first.headers["ETag"]})
    assert again.status_code == 200
    assert json.loads(again.content)["by_currency"] != first.json()["by_currency"]


def test_as_many_queries_for_one_gift_as_for_three_hundred(client, django_assert_max_num_queries):
    booked(amount_minor=2500)
    ledger.close_windows()
    needed = {
        path: queries_of(path, 8, django_assert_max_num_queries)[1] for path in (PAGE, f"{PAGE}?format=csv", SUMMARY)
    }
    for _number in range(299):
        booked(amount_minor=2500, receipt=False)
    ledger.close_windows()

    for path, number in needed.items():
        content, _number = queries_of(path, number, django_assert_max_num_queries)
        assert "750000" in re.sub("[.,]", "", content)


def queries_of(path, most, at_most):
    """What is answered there, and by how many queries."""
    with at_most(most) as asked:
        content = Client().get(path).content.decode()
    return content, len(asked)
