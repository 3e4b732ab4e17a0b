"""The page of this portal's grants: what anyone may know, the same figures as the books, and no way to a shelter."""

import csv
import io
import re

import pytest
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from donations.models import Grant, LedgerEntry
from donations.services import grants
from tests.donations.factories import NOW, TODAY, grant, organisation, staff_member
from tests.donations.test_grants import paid, proposed, returned

pytestmark = pytest.mark.usefixtures("db")
LANGUAGES = ["en", "ar", "zh-hans", "fr", "ru", "es", "pt"]


def page_of(client, language="en", query=""):
    response = client.get(f"/{language}/trust-fund/grants/{query}")
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def amounts(html):
    """The amounts of a table, row by row."""
    return re.findall(r'class="number">(?:<span.*?</span> )?<bdi>(.*?)</bdi>', html)


def table_of(client, query="?format=csv"):
    response = client.get(f"/en/trust-fund/grants/{query}")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def many(number, **changes):
    """Signed grants with a payment and some money back each; without postings."""
    given_to = organisation(f"House {Grant.objects.count()}")
    rows = Grant.objects.bulk_create(grant_row(given_to, **changes) for _number in range(number))
    for row in rows[:60]:
        for kind, amount in (("paid", 500), ("returned", 100)):
            row.payments.create(
                kind=kind, amount_minor=amount, moved_minor=amount, moved_currency=row.currency, happened_on=TODAY,
                why="over", recorded_by=staff_member(),
            )  # fmt: skip
    return rows


def grant_row(given_to, **changes):
    fields = {
        "organisation": given_to, "country": "NP", "purpose": "A safe roof", "amount_minor": 1000, "currency": "USD",
        "starts_on": TODAY, "ends_on": TODAY, "proposed_by": staff_member(), "status": "approved",
        "first_signed_by": staff_member(), "first_signed_at": NOW,
        "second_signed_by": staff_member("abe"), "second_signed_at": NOW,
    }  # fmt: skip
    return Grant(**fields | changes)


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_answers_in_every_language_without_any_grant(client, language):
    page = page_of(client, language)

    assert 'class="empty"' in page
    assert "<table" not in page


def test_a_grant_stands_with_its_country_its_purpose_and_what_became_of_its_money(client):
    given = grant(country="NP", purpose="Un abri sûr", language="fr")
    paid(given, 60000)
    returned(given, 20000)
    grants.reverse_grant_payment(paid(given, 1000), by=staff_member(), why="twice")

    page = page_of(client)

    assert "<bdi>Safe Harbour</bdi>" in page
    assert '<a href="/en/countries/np/">Nepal</a>' in page
    assert '<bdi lang="fr">Un abri sûr</bdi>' in page
    row = page[page.index(f'id="grant-{given.public_id}"') :]
    assert amounts(row) == ["US$1,000.00", "US$600.00", "US$200.00"]
    assert "Test mode, this portal" in page


def test_sums_of_each_currency_are_what_the_ledger_says(client):
    for currency, amount in (("USD", 30000), ("USD", 7), ("JPY", 55)):
        given = grant(organisation=organisation(f"House {amount}"), currency=currency)
        paid(given, amount)
        returned(given, 5)

    page = page_of(client)

    table = page[: page.index('id="grant-')]
    shown = amounts(table)
    assert shown == ["US$2,000.00", "US$300.07", "US$0.10", "JP¥100,000", "JP¥55", "JP¥5"]
    entries = LedgerEntry.objects.filter(account="GRANTS").order_by().values("currency")
    in_books = dict(entries.annotate(sum=Sum("amount_minor")).values_list("currency", "sum"))
    assert in_books == {"USD": 30007 - 10, "JPY": 55 - 5}


def test_proposals_and_refusals_are_not_shown(client):
    proposed(purpose="Not signed yet")
    grant("declined", organisation=organisation("Other"), purpose="Said no to")

    assert 'class="empty"' in page_of(client)
    assert table_of(client) == []


def test_nobody_finds_a_shelter_on_the_page_or_in_the_table(client):
    """Mallory looks for the house: the country is all there is."""
    shelter = organisation(
        "Willow Roof", is_public=False, website="https://willow.example", contact_name="Hanna Willow",
        contact_email="hanna@willow.example", note="12 Willow Street",
    )  # fmt: skip
    grant(organisation=shelter, why="for Willow Roof")

    for language in LANGUAGES:
        assert "illow" not in page_of(client, language)
    assert "An organisation in Mexico" in page_of(client)
    [row] = table_of(client)
    assert row["organisation"] == "An organisation in Mexico"
    assert "illow" not in str(row)


def test_names_of_staff_and_contacts_are_nowhere(client):
    given_to = organisation(contact_name="Carla Contact", contact_email="carla@example.org", note="knows the mayor")
    paid(grant(organisation=given_to, why="because of the report"), reference="BANKREF 77")

    page, table = page_of(client), str(table_of(client))

    for known in ("Carla", "carla@", "mayor", "because of", "BANKREF", "ada", "abe"):
        assert known not in table
        assert not re.search(rf">[^<]*\b{known}", page)


def test_one_country_is_chosen_and_the_choice_stays(client):
    many(1)
    many(60, country="KE")

    page = page_of(client, query="?country=ke")

    assert '<option value="ke" selected>Kenya</option>' in page
    assert page.count('id="grant-') == 50
    assert "?country=ke&amp;page=2" in page
    assert page_of(client, query="?country=ke&page=2").count('id="grant-') == 10
    assert "No grant of this portal’s belongs" in page_of(client, query="?country=fr")
    assert {row["iso2"] for row in table_of(client, "?country=ke&format=csv")} == {"KE"}
    assert client.get("/en/trust-fund/grants/?page=9").status_code == 404


def test_the_table_has_the_figures_of_the_page(client):
    given = grant(currency="JPY", amount_minor=100000, purpose="=1+1")
    paid(given, 60000)
    returned(given, 20000)

    [row] = table_of(client)

    assert (row["currency"], row["granted"], row["paid"], row["returned"]) == ("JPY", "100000", "60000", "20000")
    assert (row["reference"], row["state"], row["approved_on"]) == (given.public_id, "approved", "2026-03-01")
    assert row["purpose"] == "'=1+1"


def test_page_and_published_history_lead_to_each_other_and_never_meet(client):
    grant()

    page = page_of(client)

    assert 'href="/en/trust-fund/projects/"' in page
    assert "never added up" in page
    history = client.get("/en/trust-fund/projects/").content.decode()
    assert 'href="/en/trust-fund/grants/"' in history
    assert "Safe Harbour" not in history


def test_page_asks_the_database_the_same_at_one_and_three_hundred_grants(client):
    many(1)
    with CaptureQueriesContext(connection) as at_one:
        page_of(client)
    many(299)

    with CaptureQueriesContext(connection) as at_many:
        page = page_of(client)

    assert page.count('id="grant-') == 50
    assert len(at_one) == len(at_many) <= 8


def test_page_is_right_in_arabic(client):
    grant(country="SD")

    page = page_of(client, "ar")

    assert 'dir="rtl"' in page
    assert "<bdi>Safe Harbour</bdi>" in page
    assert '<bdi lang="en">A safe house and legal help</bdi>' in page
