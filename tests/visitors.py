"""What visitors do in a real browser on a running portal, step by step."""

import re
import time

from playwright.sync_api import Page, expect

from tests.portal import Site

CARD, DECLINED = "4242424242424242", "4000000000000002"
# Faster than this nobody fills in the form; the form says so.
READING_SECONDS = 2.2


def fill_in_pledge(page: Page, *, name: str, email: str) -> None:
    page.locator("input[name=precepts]").nth(0).check()
    page.locator("input[name=precepts]").nth(2).check()
    page.locator("[name=way]").select_option("pin") if page.locator("select[name=way]").count() else page.locator(
        "input[name=way][value=pin]"
    ).check()
    page.locator("select[name=country]").select_option("PT")
    page.locator("input[name=public_name]").fill(name)
    page.locator("input[name=is_16_or_older]").check()
    page.locator("input[name=email]").fill(email)


def open_mailed_link(page: Page, site: Site, email: str) -> None:
    """Wait for the worker's mail at /_mail/ and follow its link, as Sam would in a mail program."""
    mail = page.locator("article", has_text=email)
    deadline = time.monotonic() + 20
    page.goto(site.page("/_mail/"))
    while not mail.count() and time.monotonic() < deadline:
        page.wait_for_timeout(300)
        page.reload()
    mail.first.locator("a[href*='/pledge/confirm/']").click()


def fill_in_gift(page: Page, *, amount: str, email: str, monthly: bool = False) -> None:
    if monthly:
        page.locator("input[name=interval][value=month]").check()
    preset = page.locator(f"input[name=preset][value='{amount}']")
    if preset.count():
        preset.check()
    else:
        page.locator("input[name=preset][value=other]").check()
        page.locator("input[name=amount]").fill(amount)
    page.locator("input[name=email]").fill(email)
    page.locator("main form .form-actions button").click()


def pay(page: Page, site: Site, *, card: str = CARD) -> None:
    """Fill in Stripe's pay page, to which the form of the gift leads."""
    expect(page).to_have_url(re.compile(re.escape(site.sandbox_url) + "/c/pay/"))
    page.locator("#card_number").fill(card)
    page.locator("#expiry").fill("12/40")
    page.locator("#cvc").fill("123")
    page.locator("#name").fill("Dora Duarte")
    page.locator("#pay").click()
