"""Dora gives through Stripe's pay page, which stands on another origin, and finds her gift confirmed and receipted."""

import json
import re
import time
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from tests.stripe_sandbox.judge import judge_request
from tests.visitors import DECLINED, fill_in_gift, mail_to, pay

pytestmark = pytest.mark.journey


def wait_for_thanks(page: Page) -> None:
    """The page refreshes itself while Stripe has not settled the charge; Dora may press the link meanwhile.

    Whether it has is asked without having the browser draw the page each time.
    """
    deadline = time.monotonic() + 25
    panel = page.locator(".status-panel")
    is_confirmed = panel.get_attribute("data-status") == "confirmed"
    while not is_confirmed and time.monotonic() < deadline:
        page.wait_for_timeout(300)
        is_confirmed = 'data-status="confirmed"' in page.request.get(page.url).text()
        if is_confirmed:
            page.reload()
    expect(panel).to_have_attribute("data-status", "confirmed")


def charges(site) -> list[dict]:
    with urllib.request.urlopen(f"{site.sandbox_url}/_control/truth", timeout=10) as answer:
        return json.load(answer)["charges"]


@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])
def test_dora_gives_25_dollars_a_month_and_gets_a_receipt(site, visitor, javascript):
    page = visitor(javascript=javascript)
    email = f"dora.{'js' if javascript else 'plain'}@example.org"
    page.goto(site.page("/en/"))
    page.get_by_role("link", name="Give to victims’ support").first.click()

    fill_in_gift(page, amount="2500", email=email, monthly=True)
    pay(page, site)
    wait_for_thanks(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    text = mail_to(page, site, email).inner_text()
    assert "US$25.00" in text
    assert "month" in text


@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])
@pytest.mark.parametrize(
    ("currency", "typed", "charged", "shown"),
    [("JPY", "3210", 3210, "¥3,210"), ("KWD", "4.250", 4250, "KWD\u00a04.250")],
)
def test_dora_gives_yen_and_dinars_at_their_own_decimals(site, visitor, javascript, currency, typed, charged, shown):
    page = visitor(javascript=javascript)
    email = f"dora.{currency.lower()}.{'js' if javascript else 'plain'}@example.org"
    page.goto(site.page("/en/donate/"))
    page.locator("select[name=currency]").select_option(currency)
    if not javascript:
        page.get_by_role("button", name="Show amounts in this currency").click()
    expect(page.locator("input[name=shown_currency]")).to_have_value(currency)

    fill_in_gift(page, amount=typed, email=email)
    pay(page, site)
    wait_for_thanks(page)

    expect(page.locator(".detail-list")).to_contain_text(shown)
    assert shown in mail_to(page, site, email).inner_text()
    mine = [charge for charge in charges(site) if charge["billing_details"]["email"] == email]
    assert [(charge["amount"], charge["currency"]) for charge in mine] == [(charged, currency.lower())]


def test_the_page_of_thanks_tells_by_itself_that_the_gift_has_arrived(site, visitor):
    page = visitor()
    page.goto(site.page("/en/donate/"))
    fill_in_gift(page, amount="2500", email="dora.waits@example.org")
    pay(page, site)

    expect(page.locator(".status-panel")).to_have_attribute("data-status", "confirmed", timeout=30_000)
    expect(page.locator(".status-panel h1")).to_have_text("Thank you")
    expect(page).to_have_title(re.compile("Thank you"))


def test_another_currency_shows_its_amounts_and_leaves_the_keyboard_where_it_was(site, visitor):
    page = visitor()
    page.goto(site.page("/en/donate/"))
    page.locator("input[name=email]").fill("dora@example.org")
    page.locator("select[name=currency]").focus()
    page.locator("select[name=currency]").select_option("JPY")

    expect(page.locator("input[name=preset][value='3000']")).to_have_count(1)
    expect(page.locator("select[name=currency]")).to_be_focused()
    expect(page.locator("input[name=email]")).to_have_value("dora@example.org")
    page.locator("input[name=amount]").fill("4000")
    expect(page.locator("input[name=preset][value=other]")).to_be_checked()


def test_dora_s_bank_declines_and_she_comes_back_with_nothing_charged(site, visitor):
    page = visitor()
    page.goto(site.page("/en/donate/?amount=50&currency=EUR"))
    fill_in_gift(page, amount="5000", email="dora.declined@example.org")
    pay(page, site, card=DECLINED)
    expect(page.locator("#problems")).to_be_visible()

    page.locator("#cancel").click()

    expect(page.get_by_text("Nothing was charged")).to_be_visible()
    expect(page.locator("select[name=currency]")).to_have_value("EUR")
    expect(page.locator("input[name=preset][value='5000']")).to_be_checked()


def test_what_was_given_stands_on_the_home_page(site, visitor):
    page = visitor()
    page.goto(site.page("/en/donate/?amount=100&currency=GBP"))
    fill_in_gift(page, amount="10000", email="dora.sterling@example.org")
    pay(page, site)
    wait_for_thanks(page)

    deadline = time.monotonic() + 15
    page.goto(site.page("/en/"))
    while "£100.00" not in page.locator(".stats").inner_text() and time.monotonic() < deadline:
        page.wait_for_timeout(400)
        page.reload()
    expect(page.locator(".stats")).to_contain_text("£100.00")


def test_every_request_that_stripe_got_is_one_that_its_own_library_types_allow(site):
    with urllib.request.urlopen(f"{site.sandbox_url}/_control/requests", timeout=10) as answer:
        sent = json.load(answer)["requests"]
    assert sent, "the journeys above have sent some"

    problems = [problem for each in sent for problem in judge_request(each["method"], each["path"], each["params"])]

    assert problems == []
