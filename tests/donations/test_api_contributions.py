"""Contributions for scripts: the same figures as the page, to the unit."""

import csv
import io

import pytest

from donations import open_books
from donations.contributions import all_contributions
from tests.donations.test_contributions import the_contributors

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/contributions"


def ask(client, query=""):
    answer = client.get(f"{ADDRESS}?{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_rows_are_those_of_the_page_and_sum_up_to_the_open_books(client):
    the_contributors()
    answer, books = ask(client), open_books.read()

    assert answer["count"] == len(answer["items"]) == len(all_contributions())
    for figure, name in (
        (open_books.PROMISED, "promised_minor"),
        (open_books.PAID, "paid_minor"),
        (open_books.OUTSTANDING, "outstanding_minor"),
        (open_books.WRITTEN_OFF, "written_off_minor"),
    ):
        for currency in ("EUR", "JPY", "USD"):
            in_api = sum(row[name] for row in answer["items"] if row["currency"] == currency)
            assert in_api == books.amount(figure, currency)
    assert all(row["test_mode"] for row in answer["items"])


def test_governments_are_named_in_the_language_and_others_not_at_all(client):
    the_contributors()

    (belgium,) = ask(client, "country=be&year=2027&lang=fr")["items"]
    assert (belgium["name"], belgium["country"], belgium["outstanding_minor"]) == ("Belgique", "BE", 30000)
    hidden = ask(client, "kind=company")["items"]
    assert [(row["contributor"], row["name"], row["promised_minor"]) for row in hidden] == [
        (None, None, 2000), (None, None, 2000),
    ]  # fmt: skip
    assert [row["name"] for row in ask(client, "currency=eur")["items"]] == ["Ärzte Foundation"]


def test_pages_follow_each_other_and_lose_nothing(client):
    the_contributors()
    seen, address = [], f"{ADDRESS}?limit=3"
    while address:
        answer = client.get(address.partition("testserver")[2] or address)
        seen += [(row["year"], row["currency"], row["contributor"], row["kind"]) for row in answer.json()["items"]]
        address = answer.json()["next"] and "/api/" + answer.json()["next"].partition("/api/")[2]

    assert seen == [
        (row.year, row.currency, row.whose.public_id or None, row.whose.kind) for row in all_contributions()
    ]
    assert client.get(f"{ADDRESS}?cursor=nonsense").status_code == 400


def test_csv_and_etag(client):
    the_contributors()
    answer = client.get(f"{ADDRESS}?format=csv&year=2026")

    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(row["name"], row["promised_minor"]) for row in rows] == [
        ("Ärzte Foundation", "250000"), ("Japan", "900"), ("Belgium", "50000"), ("", "2000"),
    ]  # fmt: skip
    again = client.get(f"{ADDRESS}?format=csv&year=2026", headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("query", ["kind=nonsense", "year=0", "country=Belgium", "currency=dollars", "limit=0"])
def test_what_is_not_understood_is_told(client, query):
    assert client.get(f"{ADDRESS}?{query}").status_code == 400
