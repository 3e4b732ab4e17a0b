"""An editor's fact: written with its source, put into Arabic, and seen by readers from its hour on."""

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.handbook import picture

pytestmark = pytest.mark.journey

SLUG = "ships-searched"
ENGLISH, ARABIC = "Ships that were searched in the harbours of the world.", "سفن فُتّشت في موانئ العالم."
VALUES = {"en": "1,204 ships", "ar": "1204 سفن"}


def test_an_editor_publishes_a_fact_in_two_languages_on_schedule(site, desk, visitor, member):
    page, reader = desk(member("Editor")), visitor()
    page.goto(site.page("/staff/"))
    picture(page, "home")
    _write_source(site, page)
    _write_fact(site, page)
    _translate(page)
    fact = page.url

    _publish_at(page, dt.datetime.now(dt.UTC) + dt.timedelta(hours=1))
    picture(page, "publish")
    for language in ("en", "ar"):
        assert reader.request.get(site.page(f"/{language}/facts/{SLUG}/")).status == 404

    page.goto(fact)
    hour = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=4)
    _publish_at(page, hour)
    assert reader.request.get(site.page(f"/en/facts/{SLUG}/")).status == 404
    reader.wait_for_timeout(max(0, (hour - dt.datetime.now(dt.UTC)).total_seconds() * 1000) + 100)
    for language, said in (("en", ENGLISH), ("ar", ARABIC)):
        reader.goto(site.page(f"/{language}/facts/{SLUG}/"))
        expect(reader.locator("main")).to_contain_text(said)
        expect(reader.locator("main")).to_contain_text(VALUES[language])


def _write_source(site, page: Page) -> None:
    page.goto(site.page("/staff/campaigns/source/add/"))
    page.locator("#id_title").fill("Harbours, a count")
    page.locator("#id_slug").fill("harbours-a-count")
    page.locator("#id_publisher").fill("Harbour Watch")
    page.locator("#id_kind").select_option("report")
    page.locator("input[name=_save]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def _write_fact(site, page: Page) -> None:
    """A draft, in English."""
    page.goto(site.page("/staff/campaigns/fact/add/"))
    page.locator("#id_slug").fill(SLUG)
    page.locator("#id_topic").select_option("exploitation")
    page.locator("#id_statement_en").fill(ENGLISH)
    page.locator("#id_value_en").fill(VALUES["en"])
    page.locator("#id_scope_en").fill("the world")
    page.locator("#id_year").fill("2024")
    page.locator("#id_certainty").select_option("A")
    page.locator(".field-source .select2-selection").click()
    page.keyboard.type("Harbours, a count")
    page.locator(".select2-results__option", has_text="Harbour Watch: Harbours, a count").click()
    page.locator("input[name=_continue]").first.click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def _translate(page: Page) -> None:
    """Side by side, from the row's own page and back to it."""
    page.locator("a[href$='/translate/ar/']").first.click()
    page.locator("#id_statement_ar").fill(ARABIC)
    page.locator("#id_value_ar").fill(VALUES["ar"])
    page.locator("#id_scope_ar").fill("العالم")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    picture(page, "translate")
    page.get_by_role("link", name="Back to the row").click()


def _publish_at(page: Page, hour: dt.datetime) -> None:
    page.locator("#id_status").select_option("published")
    page.locator("#id_publish_at_0").fill(f"{hour:%Y-%m-%d}")
    page.locator("#id_publish_at_1").fill(f"{hour:%H:%M:%S}")
    page.locator("input[name=_continue]").first.click()
    expect(page.locator(".messagelist .success")).to_be_visible()
