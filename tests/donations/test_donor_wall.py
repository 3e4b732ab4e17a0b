"""The donor wall: who is on it, who is not, and what staff hear of it."""

import re
import uuid

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from blueheart.trail.models import Entry
from donations import wall
from donations.jobs import close_windows
from donations.models import Donation, GiftReport
from donations.services.donor_gifts import Shown, change_what_is_shown
from donations.services.privacy import erase_subject
from office.home.heaps import HEAPS
from tests.campaigns.reading import LANGUAGES
from tests.donations.factories import NOW, donation, donor, offline_donation
from tests.donations.money_desk import member
from tests.donations.true_books import booked, dispute, refund
from tests.office.factories import desk_of

pytestmark = pytest.mark.django_db
WALL = "/en/trust-fund/donors/"


def named(name="Zephyr", **changes):
    return donation("succeeded", **{"public_name": name, "is_16_or_older": True} | changes)


def read(client, path=WALL):
    answer = client.get(path)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def names(client, path=WALL):
    return re.findall(r'<h2 class="heart-name">(?:<bdi>)?(.*?)(?:</bdi>)?</h2>', read(client, path))


# Who is on it


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_wall_is_there_before_anybody_is(client, language):
    assert 'class="empty"' in read(client, f"/{language}/trust-fund/donors/")


def test_names_and_words_of_those_who_want_it_stand_there_newest_first(client):
    named("First")
    named("", words="For her", words_status="published", language="fr")
    named("Last", is_amount_shown=True, interval="month")
    offline_donation(public_name="By bank", is_16_or_older=True)

    page = read(client)

    assert names(client) == ["By bank", "Last", "A donor", "First"]
    assert 'lang="fr" dir="auto">For her</blockquote>' in page
    assert page.count("US$25.00") == 1  # only where the donor wants it
    assert "every month" in page
    assert "March 2026" in page
    assert "Test mode, this portal" in page


def test_nobody_stands_there_who_does_not_want_it_or_may_not(client):
    donation("succeeded")
    donation("pending", public_name="Not paid", is_16_or_older=True)
    donation("quarantined", public_name="Odd", is_16_or_older=True)
    named("Hidden", public_name_hidden=True, name_hidden_for="abuse")
    named("", words="not read yet", words_status="waiting")
    named("", words="declined", words_status="declined", words_declined_for="abuse")
    named("In need", may_need_help_at=NOW, public_name_hidden=True, name_hidden_for="may-need-help")
    offline_donation("reversed", public_name="Bounced", is_16_or_older=True, reason="the cheque bounced")

    assert names(client) == []
    assert "Nobody is listed yet." in read(client)


def test_words_that_are_published_stand_without_the_name_that_staff_hide(client):
    named("Hidden", public_name_hidden=True, name_hidden_for="name", words="For her", words_status="published")

    assert names(client) == ["A donor"]
    assert "Hidden" not in read(client)


def test_what_went_back_is_no_gift_and_what_came_back_is_one_again(client):
    refund(named("Given back"), 2500)
    refund(named("Given back in two"), 1000)
    refund(Donation.objects.get(public_name="Given back in two"), 1500)
    refund(named("In part"), 2499)
    refund(named("Came back"), 2500, "failed")
    for status in ("needs_response", "under_review", "lost", "won", "warning_needs_response", "warning_closed"):
        dispute(named(f"Bank {status}"), 2500, status)
    both = named("A part each")
    refund(both, 1000)
    dispute(both, 1500)

    assert sorted(names(client)) == [
        "Bank warning_closed", "Bank warning_needs_response", "Bank won", "Came back", "In part",
    ]  # fmt: skip


def test_gifts_without_a_name_count_in_a_sentence(client):
    for _number in range(2):
        booked(receipt=False)
    booked(receipt=False, public_name="Zephyr", is_16_or_older=True)
    close_windows()

    assert "<bdi>3</bdi> gifts of money have come in on this portal, in test mode" in read(client)
    assert names(client) == ["Zephyr"]


# What it never shows


def test_no_address_receipt_name_or_place_is_read_for_it(client):
    named(donor=donor("dora@example.org"), receipt_name="Dora Donordora")

    with CaptureQueriesContext(connection) as asked:
        page = read(client)

    statements = " ".join(query["sql"] for query in asked)
    assert "receipt_name" not in statements
    assert "donations_donor" not in statements
    assert "Donordora" not in page
    assert "dora@" not in page


def test_what_a_donor_changes_is_there_at_once_and_no_cache_keeps_it_longer(client):
    gift = named("Zephyr")
    answer = client.get(WALL)
    assert answer["Cache-Control"] == "public, max-age=0, s-maxage=1, stale-while-revalidate=1"

    change_what_is_shown(gift, Shown(public_name_kind="alias", public_name="Breeze", is_16_or_older=True))
    assert names(client) == ["Breeze"]
    change_what_is_shown(gift, Shown())
    assert names(client) == []


def test_nothing_of_an_erased_donor_is_left_there(client):
    gift = named("Zephyr", words="Zephyr words", words_status="published")
    client.post(f"{WALL}{gift.public_id}/report/", {"reason": "not-them", "words": "I know Zephyr"})
    assert "Zephyr" in read(client)

    erase_subject(gift.donor)

    assert names(client) == []
    assert "Zephyr" not in read(client)
    assert client.get(f"{WALL}{gift.public_id}/report/").status_code == 404
    assert not GiftReport.objects.exists()


# Pages


def test_pages_hang_on_gifts_and_not_on_places(client, monkeypatch):
    monkeypatch.setattr(wall, "GIFTS_PER_PAGE", 2)
    gifts = [named(f"Donor {number}") for number in range(5)]

    assert names(client) == ["Donor 4", "Donor 3"]
    older = f"{WALL}?before={gifts[3].public_id}"
    assert f"?before={gifts[3].public_id}" in read(client)
    assert names(client, older) == ["Donor 2", "Donor 1"]
    named("Newest")
    assert names(client, older) == ["Donor 2", "Donor 1"]
    assert f"?after={gifts[2].public_id}" in read(client, older)
    assert names(client, f"{WALL}?after={gifts[2].public_id}") == ["Donor 4", "Donor 3"]
    assert names(client, f"{WALL}?before={gifts[1].public_id}") == ["Donor 0"]
    change_what_is_shown(gifts[3], Shown())
    assert names(client, older) == ["Donor 2", "Donor 1"]  # also after a gift that is shown no more
    assert names(client, f"{WALL}?before={gifts[0].public_id}") == []


@pytest.mark.parametrize("query", ["before=nobody", "after=" + "x" * 17, "before=1&after=' or 1"])
def test_references_that_are_none_are_not_found(client, query):
    assert client.get(f"{WALL}?{query}").status_code == 404


def test_the_wall_asks_as_often_for_three_hundred_as_for_one(client):
    def queries(path=WALL):
        with CaptureQueriesContext(connection) as asked:
            read(client, path)
        return len(asked)

    first = named()
    one = queries()
    crowd(300)
    assert queries() == one <= 8
    assert queries(f"{WALL}?before={Donation.objects.latest('pk').public_id}") <= 8
    assert len(names(client)) == wall.GIFTS_PER_PAGE
    assert names(client, f"{WALL}?after={first.public_id}")


def crowd(number, **changes):
    """Gifts of one donor in one statement."""
    dora = donor()
    Donation.objects.bulk_create(
        Donation(
            donor=dora, amount_minor=2500, currency="USD", interval="once", status="succeeded", language="en",
            succeeded_at=NOW, stripe_payment_intent_id=f"pi_{uuid.uuid4().hex}", is_16_or_older=True,
            **{"public_name": f"Donor {each}"} | changes,
        )
        for each in range(number)
    )  # fmt: skip


def test_the_wall_reads_its_own_index_and_no_more_of_it_than_a_page(client):
    """Among 3,000 gifts and as many refunds of others: what a page costs does not grow with them."""
    crowd(2000)
    crowd(1000, public_name="")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO donations_refund (public_id, donation_id, amount_minor, currency, status, source,"
            " stripe_reason, why, failure_code, stripe_refund_id, refusals, created_at, tries, reason)"
            " SELECT 'r' || id, id, 1, 'USD', 'succeeded', 'stripe', '', '', '', 're_' || id, 0, now(), 0, ''"
            " FROM donations_donation"
        )
        cursor.execute("ANALYZE donations_donation, donations_refund, donations_dispute")
        half_way = Donation.objects.may_be_shown()[1000].public_id
        with CaptureQueriesContext(connection) as asked:
            wall.page()
            wall.page(before=half_way)
            wall.page(after=half_way)
        for query in (query["sql"] for query in asked if "LIMIT 49" in query["sql"]):
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF) {query}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "donation_wall" in plan
            assert "Sort" not in plan
            assert "Seq Scan on donations_donation" not in plan
            assert "Seq Scan on donations_refund" not in plan
            assert max(int(rows) for rows in re.findall(r"actual rows=(\d+)", plan)) <= wall.GIFTS_PER_PAGE + 1, plan


# Reports


def report(client, gift, **changes):
    given = {"reason": "not-them", "words": "That is not them.", "website": ""}
    return client.post(f"{WALL}{gift.public_id}/report/", given | changes)


def test_each_gift_can_be_reported_and_nothing_is_kept_of_who_did(client):
    gift = named("Zephyr", words="For her", words_status="published")
    assert f'href="{WALL}{gift.public_id}/report/"' in read(client)
    form = client.get(f"{WALL}{gift.public_id}/report/")
    assert form["Cache-Control"] == "private, no-store"
    assert "Zephyr" in form.content.decode()

    assert report(client, gift).url == f"{WALL}thank-you/"

    told = GiftReport.objects.get()
    assert (told.donation, told.reason, told.words, told.settled_at) == (gift, "not-them", "That is not them.", None)
    assert names(client) == ["Zephyr"]  # until somebody has looked


def test_faults_robots_and_floods_of_reports(client):
    gift = named()
    assert "error-summary" in report(client, gift, reason="").content.decode()
    assert "error-summary" in report(client, gift, reason="nonsense").content.decode()
    assert report(client, gift, website="http://example.org").status_code == 302
    assert not GiftReport.objects.exists()
    answers = [report(client, gift).status_code for _time in range(11)]
    assert answers == [302] * 10 + [429]


def test_only_gifts_that_stand_there_can_be_reported(client):
    for gift in (donation("succeeded"), named(public_name_hidden=True), donation("pending")):
        assert client.get(f"{WALL}{gift.public_id}/report/").status_code == 404
        assert report(client, gift).status_code == 404
    assert not GiftReport.objects.exists()


@pytest.fixture
def office():
    def office(*permissions):
        User.objects.filter(username="ada").delete()
        return desk_of(member("ada", *permissions))

    return office


DESK = "/staff/donations/giftreport/"


def test_staff_see_reports_settle_them_and_find_the_gift(office):
    gift = named("Zephyr", donor=donor("dora@example.org"))
    told = GiftReport.objects.create(donation=gift, reason="abuse", words="Look at that")
    client = office("view_giftreport", "view_publicgift", "moderate_donation")

    page = client.get(DESK).content.decode()
    assert "Look at that" in page
    assert f"/staff/donations/publicgift/{gift.pk}/change/" in page
    assert "dora@" not in page
    given = {"action": "settle", "_selected_action": [told.pk]}
    assert "1 of 1 changed." in client.post(DESK, given, follow=True).content.decode()
    assert "0 of 1 changed." in client.post(DESK, given, follow=True).content.decode()
    assert list(Entry.objects.acts().values_list("action", "actor__username")) == [("gift-report.settled", "ada")]


def test_settling_needs_its_permission_and_nothing_can_be_typed_over(office):
    told = GiftReport.objects.create(donation=named(), reason="abuse")
    client = office("view_giftreport")
    client.post(DESK, {"action": "settle", "_selected_action": [told.pk]})
    assert client.post(f"{DESK}{told.pk}/change/", {"words": "x"}).status_code == 403
    assert client.get(f"{DESK}?donation__donor__email__startswith=d").status_code in (302, 400)
    told.refresh_from_db()
    assert (told.settled_at, told.words) == (None, "")


def test_the_list_of_reports_asks_as_often_for_many_as_for_one(office):
    client, gift = office("view_giftreport", "moderate_donation"), named()

    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert client.get(DESK).status_code == 200
        return len(asked)

    GiftReport.objects.create(donation=gift, reason="abuse")
    one = queries()
    for _number in range(40):
        GiftReport.objects.create(donation=gift, reason="abuse")
    assert queries() == one <= 15


def test_who_may_need_help_waits_on_top(office):
    client = office("view_giftreport", "moderate_donation")
    urgent = GiftReport.objects.create(donation=named(), reason="may-need-help")
    GiftReport.objects.create(donation=named(), reason="other")
    GiftReport.objects.create(donation=named(), reason="may-need-help", settled_at=NOW)
    heaps = [heap for heap in HEAPS if heap.model is GiftReport]

    assert [heap.rows().count() for heap in heaps] == [1, 2]
    for heap in heaps:
        assert client.get(f"{DESK}?{heap.query}").context["cl"].result_count == heap.rows().count()
    assert list(heaps[0].rows()) == [urgent]


def test_the_wall_works_without_a_cookie():
    answer = Client(enforce_csrf_checks=True).get(WALL)
    assert not answer.cookies
