"""`/api/v1/stats`: the shape that scripts rely on, and figures that the ledger and the tallies hold."""

import csv
import io

import pytest

from donations import ledger
from pledges.models import CampaignTerms, PledgeTally
from tests.campaigns.factories import CampaignFactory
from tests.donations.factories import NOW, balance_transaction, contributor, promised_gift, staff_member
from tests.donations.true_books import booked, refund, the_fund
from tests.pledges.factories import tally

pytestmark = pytest.mark.django_db

PATH = "/api/v1/stats"


def test_before_anything_happened_all_is_nothing(client):
    said = client.get(PATH).json()

    assert said.pop("as_of").endswith("Z")
    assert said == {
        "test_mode": True,
        "pledges": {"total": 0, "countries": 0, "fulfilled": 0, "on_paper": 0},
        "money": [],
        "promised": [],
        "granted": [],
    }


def test_hearts_and_money_as_the_contract_says(client):
    tally("PT", 12)
    tally("KE", 1)
    booked(amount_minor=2500)
    booked(amount_minor=2500)
    promised_gift((80000,), currency="EUR", contributor=contributor("Another"))
    the_fund(staff_member())
    ledger.close_windows()

    said = client.get(PATH).json()

    assert said["pledges"] == {"total": 13, "countries": 2, "fulfilled": 0, "on_paper": 0}
    assert said["money"] == [
        {"currency": "USD", "received_minor": 5000, "refunded_minor": 0, "net_minor": 5000, "donations": 2}
    ]
    assert said["promised"] == [
        {"currency": "USD", "promised_minor": 50100, "paid_minor": 40100, "outstanding_minor": 0},
        {"currency": "EUR", "promised_minor": 80000, "paid_minor": 0, "outstanding_minor": 80000},
    ]
    assert said["granted"] == [{"currency": "USD", "granted_minor": 60000, "grants": 1}]


def test_kept_and_paper_are_told_and_a_hidden_count_is_in_none_of_them(client):
    PledgeTally.objects.filter(pk=tally("PT", 12).pk).update(fulfilled=3, on_paper=40)
    hidden = CampaignFactory(slug="schools")
    CampaignTerms.objects.create(campaign=hidden, counts_shown_from=10)
    PledgeTally.objects.create(campaign=hidden, country="KE", kind="person", confirmed=9, fulfilled=9, on_paper=9)

    assert client.get(PATH).json()["pledges"] == {"total": 12, "countries": 1, "fulfilled": 3, "on_paper": 40}


def test_what_went_back_is_taken_off_and_the_gift_still_counts(client):
    gift = booked(amount_minor=2500)
    give_back(gift, 1000)
    ledger.close_windows()

    (money,) = client.get(PATH).json()["money"]

    assert money == {
        "currency": "USD", "received_minor": 2500, "refunded_minor": 1000, "net_minor": 1500, "donations": 1
    }  # fmt: skip


def give_back(gift, amount_minor):
    moved = balance_transaction(-amount_minor, gift.currency, fee_minor=0)
    ledger.post_refund(refund(gift, amount_minor), moved)


def test_csv_has_each_figure_in_a_line(client):
    tally("PT", 12)
    booked(amount_minor=2500)
    ledger.close_windows()

    response = client.get(f"{PATH}?format=csv")
    rows = list(csv.reader(io.StringIO(response.content.decode())))

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert rows[0] == ["about", "currency", "name", "value"]
    assert ["pledges", "", "total", "12"] in rows
    assert ["money", "USD", "net_minor", "2500"] in rows


def test_asking_again_costs_nothing_while_the_figures_stay_the_same(client, time_machine):
    time_machine.move_to(NOW)
    first = client.get(PATH)
    time_machine.shift(60)

    assert client.get(PATH, headers={"if-none-match": first.headers["ETag"]}).status_code == 304

    tally("PT", 5)
    again = client.get(PATH, headers={"if-none-match": first.headers["ETag"]})
    assert again.status_code == 200
    assert again.headers["ETag"] != first.headers["ETag"]


def test_four_queries_at_one_gift_and_at_many(client, django_assert_num_queries):
    tally("PT", 12)
    for _number in range(3):
        booked(amount_minor=2500)
    ledger.close_windows()

    with django_assert_num_queries(4):
        client.get(PATH)
