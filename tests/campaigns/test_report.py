"""Somebody has seen something: this site takes no report, and says who does."""

import re

import pytest
from django.template import loader

from tests.campaigns.factories import HelplineFactory, SourceFactory
from tests.campaigns.reading import get

pytestmark = pytest.mark.django_db


def test_report_takes_none_and_leads_to_those_who_do(client):
    HelplineFactory(iso2="EU", phones="112", kind="emergency")

    page = get(client, "report/")

    assert "We take no reports here" in page
    assert page.index("Call the emergency number of the country where you are.") < page.index('name="country"')
    assert 'href="tel:112"' in page


def test_report_asks_nothing_but_the_country(client):
    page = get(client, "report/")

    forms = re.findall(r"<form.*?</form>", page)
    main = [form for form in forms if "country" in form]
    assert len(main) == 1
    assert 'method="get"' in main[0]
    assert re.findall(r'name="([^"]+)"', main[0]) == ["country"]
    assert "<textarea" not in page


def test_report_says_what_not_to_do(client):
    page = get(client, "report/")

    for shown in (
        "Do not confront",
        "Do not investigate",
        "You need no proof",
        "we ask nobody whether they were a victim",
    ):
        assert shown in page


def test_contact_sends_official_matters_to_unodc_and_says_who_we_are_not(client):
    SourceFactory(slug="unodc-join", url="https://example.org/join")

    page = get(client, "contact/")

    assert "independent open-source software in test mode" in page
    assert 'href="https://example.org/join"' in page
    assert page.index("Find your helpline") < page.index("mailto:")


def test_terms_say_that_no_money_moves_and_whose_the_heart_is(client):
    page = get(client, "terms/")

    for shown in ("no real money moves", "not a site of the United Nations", "BSD 3-Clause", "Ask UNODC"):
        assert shown in page


def test_accessibility_says_what_is_tested_and_what_is_known_not_to_work(client):
    page = get(client, "accessibility/")

    for shown in ("WCAG) 2.2, level AA", "make crawl", "axe-core", "nobody outside has audited"):
        assert shown in page


@pytest.mark.parametrize("status", [400, 500])
def test_error_page_leads_out_where_the_site_chose(settings, status):
    settings.QUICK_EXIT_URL = "https://weather.example.org/"

    assert 'href="https://weather.example.org/"' in loader.render_to_string(f"{status}.html")
