"""Sam reads what the heart means, pledges to wear it, confirms by mail and finds the own heart on the wall."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.visitors import READING_SECONDS, fill_in_pledge, next_step_of_pledge, open_mailed_link

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
    expect(page.locator(".heart-name", has_text=name)).to_have_count(0)

    open_mailed_link(page, site, email)
    expect(page.get_by_role("heading", level=1)).to_have_text("Is this your pledge?")
    page.get_by_role("button", name="Confirm my pledge").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("You are heart number")

    page.goto(site.page("/en/hearts/"))
    expect(page.locator(".heart-name", has_text=name)).to_have_count(1)
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
    next_step_of_pledge(page)
    expect(page.locator("#who")).to_be_focused()
    page.locator("select[name=country]").select_option("EG")
    page.locator("input[name=email]").fill("samar@example.org")
    next_step_of_pledge(page)
    page.locator("button[value=send]:visible").click()
    expect(page).to_have_url(re.compile("/ar/pledge/check-your-mail/"))

    open_mailed_link(page, site, "samar@example.org")

    expect(page).to_have_url(re.compile("/ar/pledge/confirm/"))
    expect(page.locator("html")).to_have_attribute("lang", "ar")


def test_a_school_pledges_by_keyboard_and_its_mistyped_address_is_mended(site, visitor):
    """Another kind takes along what was typed; one page, one question, no mouse."""
    page = visitor()
    page.goto(site.page("/en/pledge/"))
    page.wait_for_timeout(READING_SECONDS * 1000)
    page.locator("input[name=precepts]").nth(1).focus()
    page.keyboard.press("Space")
    page.locator("input[name=email]").focus()
    page.keyboard.type("office@gmial.com")
    page.get_by_role("link", name="An organisation").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_label("Name of the organisation")).to_be_visible()
    expect(page.locator("input[name=precepts]").nth(1)).to_be_checked()
    for field, typed in {"public_name": "School 24 & Friends", "contact_name": "Olu", "contact_role": "Head"}.items():
        page.locator(f"input[name={field}]").focus()
        page.keyboard.type(typed)
    page.locator("select[name=form]").select_option("school")
    page.locator("select[name=country]").select_option("PT")
    page.locator("select[name=way]").select_option("building")
    page.locator("input[name=may_speak]").focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-shows=public_name]")).to_have_text("School 24 & Friends")
    page.keyboard.press("Enter")

    expect(page.locator(".typo-offer")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("input[name=email]")).to_have_value("office@gmail.com")
    page.locator("button[value=send]:visible").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/en/pledge/check-your-mail/"))


def test_the_line_of_steps_leads_to_the_headings(site, visitor):
    page = visitor()
    page.goto(site.page("/en/pledge/"))
    for step in ("who", "check", "what"):
        page.locator(f".step-line [data-to={step}] a").press("Enter")
        expect(page.locator(f"#{step}")).to_be_focused()
