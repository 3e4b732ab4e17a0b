"""What visitors do in a real browser on a running portal, step by step."""

import html
import re
import time

from playwright.sync_api import Locator, Page, expect

from tests.portal import Site

CARD, DECLINED = "4242424242424242", "4000000000000002"
# Faster than this nobody fills in the form; the form says so.
READING_SECONDS = 2.2
MAIL_SECONDS = 20
OWN_LINK = re.compile(r"/giving/[\w-]{20,}/")


def fill_in_pledge(page: Page, *, name: str, email: str) -> None:
    """Fill in a person's pledge, on one page or, without JavaScript, step by step, up to where it can be sent."""
    page.locator("input[name=precepts]").nth(0).check()
    page.locator("input[name=precepts]").nth(2).check()
    page.locator("[name=way]").select_option("pin") if page.locator("select[name=way]").count() else page.locator(
        "input[name=way][value=pin]"
    ).check()
    next_step_of_pledge(page)
    page.locator("select[name=country]").select_option("PT")
    page.locator("input[name=public_name]").fill(name)
    page.locator("input[name=is_16_or_older]").check()
    page.locator("input[name=email]").fill(email)
    next_step_of_pledge(page)


def next_step_of_pledge(page: Page) -> None:
    """Press the button that leads on; where the script has made one page of all steps, there is none."""
    button = page.locator("[data-by-steps] button").first
    if button.count():
        button.click()


def open_mailed_link(page: Page, site: Site, email: str) -> None:
    """Wait for the worker's mail at /_mail/ and follow its link, as Sam would in a mail program."""
    mail_to(page, site, email).locator("a[href*='/pledge/confirm/']").click()


def mail_to(page: Page, site: Site, email: str, about: str | re.Pattern[str] = "") -> Locator:
    """The newest mail to this address with these words in it, once the worker has sent it."""
    mail = page.locator("article", has_text=email).filter(has_text=about)
    deadline = time.monotonic() + MAIL_SECONDS
    while not _has_come(page, site, email, about) and time.monotonic() < deadline:
        page.wait_for_timeout(300)
    page.goto(site.page("/_mail/"))
    return mail.first


def _has_come(page: Page, site: Site, email: str, about: str | re.Pattern[str]) -> bool:
    """Whether such a mail is in the list: asked without having the browser draw it each time."""
    wanted = about if isinstance(about, re.Pattern) else re.compile(re.escape(about), re.IGNORECASE)
    articles = page.request.get(site.page("/_mail/")).text().split("<article")[1:]
    said = (html.unescape(re.sub("<[^>]+>", " ", article)) for article in articles)
    return any(email in words and wanted.search(" ".join(words.split())) for words in said)


def open_own_pages(page: Page, site: Site, email: str, *, language: str = "en") -> str:
    """Ask for a first link to a donor's own pages, follow it from the mail, press its button; the link, now spent."""
    page.goto(site.page(f"/{language}/giving/"))
    page.locator("input[name=email]").fill(email)
    page.locator("#ask-form button").click()
    expect(page).to_have_url(re.compile("/giving/check-your-mail/"))
    link = mail_to(page, site, email, OWN_LINK).locator("a", has_text=OWN_LINK).get_attribute("href")
    page.goto(link)
    page.locator("main form .form-actions button").click()
    expect(page).to_have_url(re.compile("/giving/home/"))
    return str(link)


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
