"""What every page offers in a real browser: the way out, the menu, the languages, and room on a small screen."""

import gzip
import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.journey
PHONE = {"width": 390, "height": 844}
LANGUAGES = ["en", "ar", "zh-hans", "fr", "ru", "es", "pt"]
ELSEWHERE = re.compile(r"https://www\.wikipedia\.org/")


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def narrow(browser):
    """A small phone that keeps what it has fetched, as a reader's does from page to page."""
    page = browser.new_page(viewport={"width": 320, "height": 640})
    yield page
    page.close()


@pytest.fixture
def elsewhere(page):
    """The page that quick exit leads to, answered here: tests reach no network."""
    page.route(ELSEWHERE, lambda route: route.fulfill(body="an encyclopedia", content_type="text/plain"))
    return page


def test_escape_three_times_leaves_the_site_and_back_does_not_return(site, elsewhere):
    elsewhere.goto(site.page("/en/about/"))
    elsewhere.goto(site.page("/en/help/"))

    for _press in range(3):
        elsewhere.keyboard.press("Escape")

    elsewhere.wait_for_url(ELSEWHERE)
    elsewhere.go_back()
    assert elsewhere.url == site.page("/en/about/")


def test_escape_twice_stays(site, elsewhere):
    elsewhere.goto(site.page("/en/help/"))

    elsewhere.keyboard.press("Escape")
    elsewhere.keyboard.press("Escape")
    elsewhere.keyboard.press("Tab")
    elsewhere.keyboard.press("Escape")

    expect(elsewhere.locator("h1")).to_be_visible()
    assert elsewhere.url == site.page("/en/help/")


def test_leave_this_site_works_without_javascript(site, browser):
    context = browser.new_context(java_script_enabled=False)
    context.route(ELSEWHERE, lambda route: route.fulfill(body="an encyclopedia", content_type="text/plain"))
    page = context.new_page()
    page.goto(site.page("/en/help/"))

    page.get_by_role("link", name="Leave this site").click()

    page.wait_for_url(ELSEWHERE)
    context.close()


def test_the_menu_opens_on_a_phone_without_javascript(site, browser):
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(site.page("/en/"))
    about = page.get_by_role("navigation", name="Main").get_by_role("link", name="About")
    expect(about).to_be_hidden()

    page.locator(".menu-toggle summary").click()
    about.click()

    assert page.url == site.page("/en/about/")
    context.close()


def test_the_language_menu_keeps_the_page_and_mirrors_arabic(site, page):
    page.goto(site.page("/en/facts/"))

    page.locator(".language-menu summary").click()
    page.get_by_role("link", name="العربية").click()

    assert page.url == site.page("/ar/facts/")
    assert page.locator("html").get_attribute("dir") == "rtl"
    brand, leave = (page.locator(selector).bounding_box()["x"] for selector in (".brand", ".safety-exit"))
    assert brand > leave


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["", "about/", "help/", "facts/", "countries/", "pledge/", "donate/", "hearts/"])
def test_pages_fit_a_narrow_screen(site, narrow, language, path):
    narrow.goto(site.page(f"/{language}/{path}"))

    assert narrow.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_home_page_is_light(site, page):
    answers = []
    page.on("response", lambda answer: answers.append(answer))

    page.goto(site.page("/en/"), wait_until="networkidle")

    # Production compresses what development does not.
    sizes = [len(gzip.compress(answer.body(), 9)) for answer in answers]
    assert len(answers) <= 8
    assert sum(sizes) <= 60 * 1024
