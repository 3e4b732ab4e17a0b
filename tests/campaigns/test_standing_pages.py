"""The pages around the symbol, help and rules: what holds on each of them, in every language and at any size."""

import pytest
from django.test import Client

from campaigns.models import Fact, Milestone, Partner
from campaigns.views.people import COURTS, GOVERNMENTS_PACTS, VULNERABILITY
from tests.campaigns.factories import (
    CampaignFactory,
    FactFactory,
    HelplineFactory,
    MilestoneFactory,
    PartnerFactory,
    ResourceFactory,
    SourceFactory,
)
from tests.campaigns.reading import (
    MANY,
    bulk,
    get,
    ids_twice,
    in_turns,
    links_to_nowhere,
    queries_of,
    skipped_levels,
    text_of,
)

pytestmark = pytest.mark.django_db

PAGES = [
    "about/",
    "accessibility/",
    "assistance/",
    "contact/",
    "help/",
    "help/?open=all",
    "join/",
    "partners/",
    "privacy/",
    "report/",
    "resources/",
    "resources/?kind=toolkit&audience=practitioners&language=fr",
    "terms/",
]


@pytest.fixture
def one_of_each():
    source = SourceFactory(slug="unodc-join", read_in=SourceFactory(slug="unodc-world-day-2016"))
    CampaignFactory(kind="global", source=source)
    for slug in (*VULNERABILITY, *COURTS):
        FactFactory(slug=slug, source=source)
    FactFactory(topic=Fact.Topic.CAMPAIGN, source=source)
    for slug in GOVERNMENTS_PACTS:
        MilestoneFactory(slug=slug, source=source)
    MilestoneFactory(kind=Milestone.Kind.PEOPLE, source=source)
    for kind in Partner.Kind:
        PartnerFactory(kind=kind, source=source)
    ResourceFactory(audiences=["practitioners"], languages=["fr"], source=source)
    HelplineFactory(iso2="PT"), HelplineFactory(iso2="EU")
    return source


@pytest.mark.parametrize(("path", "language"), in_turns(PAGES))
def test_page_answers_in_every_language_the_same_for_everyone(client, one_of_each, path, language):
    response = client.get(f"/{language}/{path}")

    assert response.status_code == 200
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in text_of(response)
    assert not response.cookies
    assert response.headers["Cache-Control"].startswith("public, max-age=")


@pytest.mark.parametrize("path", PAGES)
def test_page_of_an_empty_database_answers(client, path):
    assert skipped_levels(get(client, path)) == []


@pytest.mark.parametrize("path", PAGES)
def test_page_is_in_order(client, one_of_each, path):
    page = get(client, path)

    assert (skipped_levels(page), ids_twice(page), links_to_nowhere(page)) == ([], [], set())


@pytest.mark.parametrize("path", PAGES)
def test_page_takes_no_post(path):
    assert Client().post(f"/en/{path}").status_code == 405


def test_every_page_asks_the_database_the_same_at_one_and_three_hundred_rows(client, one_of_each):
    at_one = queries_of(client, PAGES)
    source = one_of_each
    bulk(FactFactory, MANY, topic=Fact.Topic.CAMPAIGN, source=source)
    bulk(MilestoneFactory, MANY, kind=Milestone.Kind.PEOPLE, source=source, iso2="MX")
    bulk(PartnerFactory, MANY, source=source)
    bulk(ResourceFactory, MANY, audiences=["practitioners"], languages=["fr"], source=source)
    bulk(HelplineFactory, MANY // 3, iso2="PT"), bulk(HelplineFactory, MANY // 3, iso2="EU")
    bulk(HelplineFactory, MANY // 3, iso2="BE")

    assert queries_of(client, PAGES) == at_one


@pytest.mark.parametrize("path", PAGES)
def test_mallorys_markup_in_content_is_inert(client, path):
    evil = '<script>alert(1)</script> [go](javascript:alert(1)) <img src=x onerror="alert(1)">'
    source = SourceFactory(slug="unodc-join", title=evil, publisher=evil)
    for slug in (*VULNERABILITY, *COURTS):
        FactFactory(slug=slug, statement=evil, value=evil, source=source)
    PartnerFactory(name=evil, role=evil, text=evil, source=source)
    ResourceFactory(title=evil, summary=evil, publisher=evil, licence=evil, audiences=["practitioners"], source=source)
    HelplineFactory(iso2="PT", name=evil, hours=evil, note=evil)

    page = get(client, path)

    assert "<script>" not in page
    assert "<img src=x" not in page
    assert 'href="javascript' not in page


@pytest.mark.parametrize("path", PAGES)
def test_drafts_are_not_shown(client, path):
    draft = {"status": "draft"}
    for slug in (*VULNERABILITY, *COURTS):
        FactFactory(slug=slug, statement="Secret", **draft)
    for slug in GOVERNMENTS_PACTS:
        MilestoneFactory(slug=slug, title="Secret", **draft)
    PartnerFactory(name="Secret", **draft)
    ResourceFactory(title="Secret", audiences=["practitioners"], **draft)
    HelplineFactory(name="Secret", **draft)

    assert "Secret" not in get(client, path)


@pytest.mark.parametrize("path", ["contact/", "privacy/", "terms/", "accessibility/"])
def test_page_says_whom_to_write_to(client, settings, path):
    settings.DEFAULT_FROM_EMAIL = "Blue Heart <hello@example.org>"

    assert 'href="mailto:hello@example.org"' in get(client, path)


@pytest.mark.parametrize("path", ["contact/", "terms/", "accessibility/", "report/", "privacy/"])
def test_page_sends_people_in_need_to_a_helpline_first(client, path):
    page = get(client, path)

    assert 'href="/en/help/"' in page[page.index("<main") : page.index("</main>")]
