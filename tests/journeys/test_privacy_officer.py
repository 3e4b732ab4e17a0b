"""A person asks what we keep about her, then to be forgotten: one officer asks for it, a second person does it."""

import json

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.handbook import picture
from tests.reading_pdf import text_of

pytestmark = pytest.mark.journey

EMAIL = "nadia-0@example.org"  # as `rows` names the first of hers


def test_the_privacy_officer_exports_a_person_and_erases_her_with_a_second_one(site, desk, member):
    page, second = desk(member("Privacy officer")), desk(member("Administrator"))
    _find(site, page)
    expect(page.get_by_role("row", name="Pledge").first).to_be_visible()

    data, paper = _export(page, "JSON"), _export(page, "PDF")
    assert EMAIL in json.dumps(json.loads(data))
    assert EMAIL in text_of(paper)

    page.get_by_role("button", name="See what would be erased").click()
    page.get_by_label("Case").fill("P-2026-7")
    page.get_by_label("Why").fill("She asked for it by letter.")
    picture(page, "privacy")
    page.get_by_role("button", name="Ask a second person").click()
    expect(page.locator(".messagelist")).to_contain_text("Nothing is erased yet.")
    erasure = page.url
    _nobody_decides_alone(page)

    second.goto(erasure)
    second.get_by_role("link", name="Approve or decline…").click()
    expect(second.locator(".act-facts").first).to_contain_text(EMAIL)
    second.get_by_role("button", name="Erase").click()

    expect(second.locator(".messagelist")).to_contain_text("The person is erased.")
    _find(site, page)
    expect(page.get_by_text("Nobody is found.")).to_be_visible()


def _find(site, page: Page) -> None:
    page.goto(site.page("/staff/privacy/"))
    page.get_by_label("Address or reference").fill(EMAIL)
    page.get_by_role("button", name="Find").click()


def _export(page: Page, kind: str) -> bytes:
    page.get_by_label("Case").fill("P-2026-7")
    with page.expect_download() as download:
        page.get_by_role("button", name=kind).click()
    return download.value.path().read_bytes()


def _nobody_decides_alone(page: Page) -> None:
    """Who asked may decline what she asked for, and no more."""
    page.get_by_role("link", name="Approve or decline…").click()
    expect(page.get_by_role("button", name="Decline")).to_be_visible()
    expect(page.get_by_role("button", name="Erase")).to_have_count(0)
