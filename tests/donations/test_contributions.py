"""What contributors promised and paid, by year: a table that adds up to the open books."""

import csv
import datetime as dt
import io
import re
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from donations import ledger, open_books
from donations.contributions import Amounts, all_contributions, as_read, totals
from donations.jobs import close_windows
from donations.models import ExchangeRate, Instalment
from tests.campaigns.reading import LANGUAGES
from tests.donations.factories import TODAY, contributor, promised_gift, staff_member
from tests.donations.true_books import check_now

pytestmark = pytest.mark.django_db
PAGE = "/en/trust-fund/contributions/"


def government(iso2, **changes):
    return contributor(f"Government of {iso2}", kind="government", country=iso2, **changes)


def paid(giver, *settles, currency="USD", beyond=0, on=TODAY):
    """A payment that settles instalments by so much each, and brings so much beyond; booked."""
    total = sum(amount for _instalment, amount in settles) + beyond
    payment = giver.payments.create(
        method="bank", amount_minor=total, currency=currency, received_on=on, recorded_by=staff_member()
    )
    parts = [payment.parts.create(instalment=each, received_minor=sum_, amount_minor=sum_) for each, sum_ in settles]
    if beyond:
        parts.append(payment.parts.create(instalment=None, received_minor=beyond, amount_minor=beyond))
    for instalment, amount in settles:
        Instalment.objects.filter(pk=instalment.pk).update(paid_minor=instalment.paid_minor + amount)
    ledger.post_promise_payment(payment, parts, by=staff_member())
    return payment


def write_off(instalment, amount):
    Instalment.objects.filter(pk=instalment.pk).update(written_off_minor=amount)
    ledger.post_write_off(instalment.promised_gift, amount, on=TODAY, by=staff_member(), why="nobody pays it")


def cancel(instalment):
    Instalment.objects.filter(pk=instalment.pk).update(cancelled_minor=instalment.amount_minor)
    ledger.post_promise_change(
        instalment.promised_gift, -instalment.amount_minor, on=TODAY, by=staff_member(), why="they took it back"
    )


def the_contributors():
    """Belgium pays late and in part, Japan more than it promised, one takes back, and two do not want to be named."""
    belgium, japan = government("BE"), government("JP")
    first, second, third = promised_gift((50000, 50000, 50000), contributor=belgium).instalments.all()
    paid(belgium, (first, 50000), (second, 20000), on=TODAY + dt.timedelta(days=400))
    write_off(third, 30000)
    (yen,) = promised_gift((900,), contributor=japan, currency="JPY").instalments.all()
    paid(japan, (yen, 900), currency="JPY", beyond=100, on=dt.date(2027, 1, 4))
    (gone,) = promised_gift((70000,), contributor=contributor("Zebra Ltd", kind="company")).instalments.all()
    cancel(gone)
    for name in ("Secret Ltd", "Silent Ltd"):
        (first, *_rest) = promised_gift(
            (1000, 1000), contributor=contributor(name, kind="company", is_public=False)
        ).instalments.all()
        paid(first.promised_gift.contributor, (first, 400))
    promised_gift((250000,), contributor=contributor("Ärzte Foundation"), currency="EUR")
    check_now()
    close_windows()


def read(client, path=PAGE):
    answer = client.get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def told(rows):
    return [
        (
            row.year, row.name_in("en") or "others", row.currency, row.amounts.promised_minor, row.amounts.paid_minor,
            row.amounts.outstanding_minor,
        )
        for row in rows
    ]  # fmt: skip


def test_an_instalment_counts_in_its_year_with_all_that_was_paid_of_it():
    the_contributors()

    assert told(as_read(all_contributions(), "en")) == [
        (2028, "Belgium", "USD", 50000, 0, 20000),
        (2027, "Belgium", "USD", 50000, 20000, 30000),
        (2027, "Japan", "JPY", 100, 100, 0),
        (2027, "others", "USD", 2000, 0, 2000),
        (2026, "Ärzte Foundation", "EUR", 250000, 0, 250000),
        (2026, "Belgium", "USD", 50000, 50000, 0),
        (2026, "Japan", "JPY", 900, 900, 0),
        (2026, "others", "USD", 2000, 800, 1200),
    ]


def test_totals_are_those_of_the_open_books_to_the_unit():
    the_contributors()
    books = open_books.read()

    found = totals(all_contributions())

    assert found == {
        "EUR": Amounts(promised_minor=250000),
        "JPY": Amounts(promised_minor=1000, paid_minor=1000, beyond_minor=100),
        "USD": Amounts(promised_minor=154000, paid_minor=70800, written_off_minor=30000),
    }
    for currency, amounts in found.items():
        assert (
            amounts.promised_minor, amounts.paid_minor, amounts.outstanding_minor, amounts.written_off_minor,
        ) == tuple(
            books.amount(figure, currency)
            for figure in (open_books.PROMISED, open_books.PAID, open_books.OUTSTANDING, open_books.WRITTEN_OFF)
        )  # fmt: skip
    assert set(books.currencies_with(open_books.PROMISES)) == set(found)


def test_a_payment_in_another_currency_counts_in_that_of_the_promise():
    (instalment,) = promised_gift((10000,), currency="EUR").instalments.all()
    giver = instalment.promised_gift.contributor
    payment = giver.payments.create(
        method="bank", amount_minor=10800, currency="USD", received_on=TODAY, recorded_by=staff_member()
    )
    part = payment.parts.create(instalment=instalment, received_minor=10800, amount_minor=10000)
    Instalment.objects.filter(pk=instalment.pk).update(paid_minor=10000)
    ledger.post_promise_payment(payment, [part], by=staff_member())
    close_windows()
    books = open_books.read()

    assert totals(all_contributions()) == {"EUR": Amounts(promised_minor=10000, paid_minor=10000)}
    assert [books.amount(open_books.PAID, currency) for currency in ("EUR", "USD")] == [10000, 0]


def test_a_reversed_payment_beyond_promises_is_gone():
    giver = contributor()
    payment = paid(giver, beyond=700)
    booked = payment.ledger_transactions.get()
    ledger.reverse_record(booked, by=staff_member(), why="not theirs")
    type(payment).objects.filter(pk=payment.pk).update(status="reversed", reversed_at=booked.booked_at)

    assert all_contributions() == []


def test_governments_stand_under_their_country_in_the_pages_language(client):
    the_contributors()

    assert "<bdi>Belgique</bdi>" in read(client, "/fr/trust-fund/contributions/")
    assert "<bdi>بلجيكا</bdi>" in read(client, "/ar/trust-fund/contributions/")
    assert "Government of" not in read(client)


def test_those_who_are_not_named_are_added_up_and_named_nowhere(client):
    the_contributors()
    for path in (PAGE, f"{PAGE}?format=csv", f"{PAGE}?kind=company"):
        page = read(client, path)
        assert "Secret" not in page
        assert "Silent" not in page
    assert "Others" in read(client)


def test_the_page_says_what_it_counts_and_names_nobody_as_late(client):
    the_contributors()

    page = read(client)

    for said in ("Test mode, this portal", "counts in the year in which it is due", "Outstanding", "Written off"):
        assert said in page
    assert "of it <bdi>¥100</bdi> beyond what was promised" in page.replace("JP¥", "¥")
    main = page[page.index("<main") : page.index("</main>")]
    assert not re.search("overdue|late |arrears", main)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_promised_yet(client, language):
    assert 'class="empty"' in read(client, f"/{language}/trust-fund/contributions/")


def rows_of(client, query=""):
    answer = client.get(f"{PAGE}?format=csv{query}")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_the_csv_has_all_rows_and_adds_up(client):
    the_contributors()
    rows = rows_of(client)

    assert rows[0] == {
        "year": "2028", "kind": "government", "iso2": "BE", "contributor": "Belgium", "currency": "USD",
        "promised": "500", "paid": "0", "paid_beyond_promises": "0", "outstanding": "200", "written_off": "300",
    }  # fmt: skip
    assert sum(Decimal(row["promised"]) for row in rows if row["currency"] == "USD") == Decimal("1540")
    assert [row["contributor"] for row in rows if not row["iso2"]] == ["others", "Ärzte Foundation", "others"]


def test_a_name_that_is_a_formula_is_text_in_the_csv(client):
    promised_gift((100,), contributor=contributor("=cmd|' /C calc'!A0"))

    assert rows_of(client)[0]["contributor"] == "'=cmd|' /C calc'!A0"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("year=2027", [2027, 2027, 2027]),
        ("kind=institution", [2026]),
        ("year=2026&kind=government", [2026, 2026]),
        ("year=1999", []),
        ("kind=nonsense", []),
    ],
)
def test_filters_narrow_page_and_csv_alike(client, query, found):
    the_contributors()

    assert [int(row["year"]) for row in rows_of(client, f"&{query}")] == found
    page = read(client, f"{PAGE}?{query}")
    assert ("No contribution belongs to this choice." in page) == (not found)
    assert "All of them in US dollars" not in page


def rate(currency, units):
    ExchangeRate.objects.create(
        currency=currency, units_per_usd=Decimal(units), valid_from=dt.date(2026, 1, 1), source="UN"
    )


def test_dollars_are_those_of_the_open_books(client):
    the_contributors()
    rate("JPY", "150")
    assert 'Without <bdi dir="ltr">EUR</bdi> where no rate is stored.' in read(client)
    rate("EUR", "0.9")

    page = read(client)

    dollars = open_books.in_dollars(open_books.read()).amounts
    assert "All of them in US dollars" in page
    for figure in ("promised", "paid", "outstanding", "written_off"):
        assert f"US${dollars[figure] / 100:,.2f}" in page
    assert "where no rate is stored" not in page


def test_the_page_asks_as_often_for_three_hundred_rows_as_for_one(client):
    def queries(path=PAGE):
        with CaptureQueriesContext(connection) as asked:
            read(client, path)
        return len(asked)

    promised_gift((100,))
    close_windows()
    one = queries()
    for number in range(30):
        promised_gift((100,) * 10, contributor=contributor(f"Foundation {number}"))
    close_windows()
    assert len(all_contributions()) == 301
    assert queries() == one <= 8
    assert queries(f"{PAGE}?page=7") == one
    assert client.get(f"{PAGE}?page=8").status_code == 404
