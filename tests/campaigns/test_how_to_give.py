"""How to give: as a person, a government, an institution; and where real money goes."""

import re

import pytest

from tests.campaigns.factories import SourceFactory
from tests.campaigns.reading import LANGUAGES
from tests.campaigns.test_trust_fund import page_of, section_of

pytestmark = pytest.mark.django_db
PATH = "trust-fund/how-to-give/"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_has_a_way_of_its_own(client, language):
    page = page_of(client, language, PATH)

    for heading, path in (
        ("persons", "donate/"), ("persons", "trust-fund/by-bank/"), ("governments", "trust-fund/contributions/"),
        ("institutions", "contact/"), ("after", "trust-fund/books/"),
    ):  # fmt: skip
        assert f'href="/{language}/{path}"' in section_of(page, heading)


def test_real_money_goes_to_the_fund_itself_and_its_address_comes_from_its_source(client):
    assert "The Fund’s own site" not in page_of(client, path=PATH)
    SourceFactory(slug="unvtf-site", url="https://example.org/the-fund")

    page = page_of(client, path=PATH)

    assert "Real money is taken by the Fund itself" in page
    assert 'href="https://example.org/the-fund"' in page
    assert "Test mode, this portal" in page


def test_governments_read_what_is_published_of_them_and_companies_what_a_gift_does_not_buy(client):
    page = page_of(client, path=PATH)

    for said in ("letter of intent", "instalments", "reminder", "what is outstanding", "Neither your letter"):
        assert said in section_of(page, "governments")
    for said in ("who owns you", "No say in who receives a grant", "No right to the Blue Heart", "not taken"):
        assert said in section_of(page, "institutions")


def test_no_number_stands_there_that_a_source_would_have_to_bear(client):
    page = page_of(client, path=PATH)
    main = re.sub("<[^>]*>", " ", page[page.index("<main") : page.index("</main>")])

    assert not re.search(r"\d", main)


def test_the_fund_s_page_leads_there_and_to_what_the_ledger_says(client):
    here = page_of(client)

    assert f'href="/en/{PATH}"' in section_of(here, "give")
    for path in ("trust-fund/books", "trust-fund/contributions", "trust-fund/grants", "trust-fund/donors", "tracker"):
        assert f'href="/en/{path}/"' in section_of(here, "portal")
