"""Sam reads what the heart means, pledges to wear it, confirms by mail and finds the own heart on the wall."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.visitors import READING_SECONDS, fill_in_pledge, open_mailed_link

pytestmark = pytest.mark.journey


def hearts_on_home(page: Page) -> int:
    number = page.locator(".stat-number").first.inner_text()
    return int(re.sub(r"\D", "", number))


def wait_for_count(page: Page, site, path: str, expected: int) -> None:
    deadline = time.monotonic() + 15
    page.goto(site.page(path))
    while hearts_on_home(page) < expected and time.monotonic() < deadline:
        page.wait_for_timeout(400)
        page.reload()
    assert hearts_on_home(page) == expected


@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])
def test_sam_pledges_confirms_and_finds_the_own_heart(site, visitor, javascript):
    page = visitor(javascript=javascript)
    name, email = ("Sam Ferreira", "sam@example.org") if javascript else ("Ana Ferreira", "ana@example.org")
    page.goto(site.page("/en/"))
    before = hearts_on_home(page)
    page.get_by_role("link", name="Pledge to wear it").first.click()
    page.wait_for_timeout(READING_SECONDS * 1000)
    fill_in_pledge(page, name=name, email=email)
    page.get_by_role("button", name="Send me the link").click()
    expect(page).to_have_url(re.compile("/en/pledge/check-your-mail/"))

    page.goto(site.page("/en/hearts/"))
    expect(page.get_by_text(name)).to_have_count(0)

    open_mailed_link(page, site, email)
    expect(page.get_by_role("heading", level=1)).to_have_text("Is this your pledge?")
    page.get_by_role("button", name="Confirm my pledge").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("You are heart number")

    page.goto(site.page("/en/hearts/"))
    expect(page.get_by_text(name)).to_have_count(1)
    wait_for_count(page, site, "/en/", before + 1)


def test_sam_s_mistakes_keep_what_was_typed_and_the_summary_takes_focus(site, visitor):
    page = visitor()
    page.goto(site.page("/en/pledge/"))
    page.wait_for_timeout(READING_SECONDS * 1000)
    fill_in_pledge(page, name="www.example.org", email="no-address")

    page.get_by_role("button", name="Send me the link").click()

    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    expect(page.locator("input[name=public_name]")).to_have_value("www.example.org")
    expect(page.locator("input[name=email]")).to_have_value("no-address")
    expect(page.locator("input[name=precepts]").nth(2)).to_be_checked()
    summary.get_by_role("link").first.click()
    expect(page.locator(":focus")).to_have_count(1)


def test_sam_pledges_in_arabic_from_right_to_left(site, visitor):
    page = visitor(javascript=False)
    page.goto(site.page("/ar/pledge/"))
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.wait_for_timeout(READING_SECONDS * 1000)
    page.locator("input[name=precepts]").first.check()
    way = page.locator("select[name=way]")
    way.select_option("pin") if way.count() else page.locator("input[name=way][value=pin]").check()
    page.locator("select[name=country]").select_option("EG")
    page.locator("input[name=email]").fill("samar@example.org")
    page.locator("main form button[type=submit]").last.click()
    expect(page).to_have_url(re.compile("/ar/pledge/check-your-mail/"))

    open_mailed_link(page, site, "samar@example.org")

    expect(page).to_have_url(re.compile("/ar/pledge/confirm/"))
    expect(page.locator("html")).to_have_attribute("lang", "ar")
