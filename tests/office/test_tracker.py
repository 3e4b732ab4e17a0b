"""The tracker: hearts and money side by side, the same figures as everywhere, and nothing of the United Nations'."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from blueheart.languages import LANGUAGES
from donations import ledger
from donations.models import ExchangeRate
from pledges.models import Milestone, PledgeDay, PledgeTally
from tests.donations.factories import contributor, promised_gift, staff_member
from tests.donations.true_books import booked, the_fund
from tests.pledges.factories import GlobalCampaignFactory, tally

PAGE, BOOKS, STATS, SUMMARY = "/en/tracker/", "/en/trust-fund/books/", "/api/v1/stats", "/api/v1/ledger/summary"
AMOUNT = re.compile(r"<bdi>(−|-)?(?:[A-Z]{0,3}[$€¥]|[A-Z]{3}\s)(-)?([\d,.]+)</bdi>")


def words(html):
    """What a reader sees of the page's own part, in one line."""
    main = re.search(r"<main.*</main>", html, re.S)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).replace("\xa0", " ").split())


@pytest.mark.django_db
class TestPage:
    def test_before_anything_happened_every_part_says_so(self, client):
        text = words(client.get(PAGE).content.decode())

        for empty in (
            "Nobody wears the heart yet.",
            "Nothing was given yet.",
            "Nothing was promised yet.",
            "Nothing was granted yet.",
        ):
            assert empty in text

    def test_both_halves_have_their_figures_and_say_what_is_counted(self, client):
        tally("PT", 1200)
        booked(amount_minor=2500)
        promised_gift((80000,), currency="EUR", contributor=contributor("Another"))
        the_fund(staff_member())
        ledger.close_windows()

        text = words(client.get(PAGE).content.decode())

        assert "1,200 people wear the heart" in text
        assert "USD Received US$25.00 Went back US$0.00 Net US$25.00 Number of gifts 1" in text
        assert "EUR Promised €800.00 Paid €0.00 Outstanding €800.00" in text
        assert "USD Paid in grants US$600.00 Number of grants 1" in text
        assert "it is not a vote and not money" in text
        assert "Test mode, this portal" in text

    def test_a_country_of_fewer_than_five_hearts_is_not_told_apart(self, client):
        tally("PT", 12)
        tally("KE", 4)

        text = words(client.get(PAGE).content.decode())

        assert "Portugal 12" in text
        assert "Kenya" not in text
        assert "Other countries 4" in text

    def test_hearts_by_day_by_kind_kept_and_on_paper(self, client, time_machine):
        time_machine.move_to("2026-03-20T12:00Z")
        PledgeTally.objects.filter(pk=tally("PT", 12).pk).update(fulfilled=3, on_paper=40)
        campaign = GlobalCampaignFactory()
        PledgeTally.objects.create(campaign=campaign, country="PT", kind="organisation", confirmed=2)
        PledgeDay.objects.create(campaign=campaign, day="2026-03-19", confirmed=11)
        PledgeDay.objects.create(campaign=campaign, day="2026-02-18", confirmed=700)
        Milestone.objects.create(hearts=10, reached_at="2026-03-19T12:00Z")

        html = client.get(PAGE).content.decode()
        text = words(html)

        assert "14 people wear the heart" in text
        assert "3 promises kept" in text
        assert "40 hearts on paper" in text
        assert "Organisation 2" in text
        assert 'id="chart-hearts-by-day-title"' in html
        assert "18 March 2026 0 19 March 2026 11 20 March 2026 0" in text
        assert "19 February 2026" in text
        assert "700" not in text
        assert "10 hearts: 19 March 2026" in text

    @pytest.mark.parametrize("language", [code for code, _name in LANGUAGES])
    def test_page_answers_in_every_language_without_a_cookie(self, client, language):
        tally("PT", 12)
        booked(amount_minor=2500)
        ledger.close_windows()

        response = client.get(f"/{language}/tracker/")

        assert response.status_code == 200
        assert not response.cookies

    def test_page_names_the_figures_that_it_shows_as_the_api_does(self, client):
        """By that the script knows whether to take the page anew."""
        tally("PT", 12)

        page, said = client.get(PAGE).content.decode(), client.get(STATS)

        assert re.search(r'data-known="(\w+)"', page)[1] in said.headers["ETag"]

    def test_as_many_queries_for_one_as_for_three_hundred(self, client, django_assert_max_num_queries):
        with django_assert_max_num_queries(8) as at_none:
            Client().get(PAGE)
        for _number in range(30):
            booked(amount_minor=2500, receipt=False)
        for number in range(300):
            tally(f"{chr(65 + number // 26)}{chr(65 + number % 26)}", 7)
        ledger.close_windows()

        with django_assert_max_num_queries(len(at_none)):
            text = words(Client().get(PAGE).content.decode())

        assert "2,100 people wear the heart" in text


@pytest.mark.django_db
def test_what_the_united_nations_published_is_in_no_figure_of_ours(client, content_rows):
    """All the content there is, and one gift of 25 dollars: no amount on these pages is of anything else."""
    content_rows.put_back()
    ExchangeRate.objects.create(currency="EUR", units_per_usd=Decimal(1), valid_from=date(2020, 1, 1), source="a test")
    booked(amount_minor=2500)
    ledger.close_windows()

    ours = {"0.00", "25.00", "1.03", "23.97", "26.03"}
    for page in (PAGE, BOOKS):
        shown = {found[2] for found in AMOUNT.findall(client.get(page).content.decode())}
        assert shown
        assert shown <= ours, page
    summary, stats = client.get(SUMMARY).json(), client.get(STATS).json()
    told = {abs(amount) for amount in [*numbers(summary), *numbers(stats["money"])]}
    assert told <= {0, 1, 2500, 103, 2397}
    assert (stats["promised"], stats["granted"]) == ([], [])


def numbers(said):
    """Every integer of an answer, wherever it stands."""
    if isinstance(said, bool):
        return []
    if isinstance(said, int):
        return [said]
    if isinstance(said, dict):
        return [number for value in said.values() for number in numbers(value)]
    return [number for value in said for number in numbers(value)] if isinstance(said, list) else []
