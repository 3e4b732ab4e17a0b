"""Sam changes the language with a form half filled in, without JavaScript, and leaves a menu by the keyboard."""

import re

import pytest
from playwright.sync_api import expect

from tests.visitors import READING_SECONDS, fill_in_pledge, next_step_of_pledge, open_mailed_link

pytestmark = pytest.mark.journey
PHONE = {"width": 360, "height": 740}


def switch(page, language: str) -> None:
    page.locator(".language-menu summary").click()
    page.locator(f".language-menu [lang={language}]").click()
    expect(page.locator("html")).to_have_attribute("lang", language)


@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])
def test_sam_pledges_in_the_third_language_that_the_form_was_shown_in(site, visitor, javascript):
    page = visitor(javascript=javascript)
    email = f"three.{'js' if javascript else 'plain'}@example.org"
    page.goto(site.page("/en/pledge/?from=school"))
    page.wait_for_timeout(READING_SECONDS * 1000)
    fill_in_pledge(page, name="Lia Santos", email=email)

    switch(page, "ar")
    switch(page, "pt")

    expect(page).to_have_url(re.compile(r"/pt/pledge/\?from=school$"))
    expect(page.locator(".error-summary")).to_have_count(0)
    expect(page.locator("input[name=public_name]")).to_have_value("Lia Santos")
    expect(page.locator("input[name=precepts]").nth(2)).to_be_checked()
    expect(page.locator("select[name=country]")).to_have_value("PT")
    if javascript:
        page.locator("input[name=email]").press("Enter")
    else:
        next_step_of_pledge(page)
    expect(page).to_have_url(re.compile("/pt/pledge/check-your-mail/"))
    open_mailed_link(page, site, email)
    switch(page, "fr")
    page.locator("#confirm-form .form-actions button").click()
    expect(page).to_have_url(re.compile("/fr/hearts/"))


def test_dora_s_amount_keeps_its_meaning_without_javascript(site, visitor):
    page = visitor(javascript=False)
    page.goto(site.page("/fr/donate/"))
    page.locator("input[name=preset][value=other]").check()
    page.locator("input[name=amount]").fill("1234,5")
    token = page.locator("input[name=form_token]").input_value()

    switch(page, "en")

    expect(page.locator("input[name=amount]")).to_have_value("1234.5")
    expect(page.locator("input[name=form_token]")).to_have_value(token)
    expect(page.locator("input[name=preset][value=other]")).to_be_checked()


@pytest.mark.parametrize("menu", [".language-menu", ".menu-toggle"])
def test_a_menu_opens_by_the_keyboard_and_escape_closes_it(site, browser, menu):
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto(site.page("/en/about/"))
    summary = page.locator(f"{menu} > summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator(menu)).to_have_attribute("open", "")
    page.keyboard.press("Tab")

    page.keyboard.press("Escape")

    expect(page.locator(menu)).not_to_have_attribute("open", "")
    expect(summary).to_be_focused()
    context.close()


@pytest.mark.parametrize("language", ["en", "ar", "zh-hans", "fr", "ru", "es", "pt"])
def test_the_menu_says_which_language_this_is_on_a_small_phone(site, browser, language):
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto(site.page(f"/{language}/about/"))

    name = page.locator(".language-menu .language-name")
    box, header = name.bounding_box(), page.locator(".site-header").bounding_box()

    assert box["width"] > 20
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert header["height"] <= 80
    context.close()
