"""Dora says more than an amount: the fees, a name, in whose memory, all by the keyboard if she likes, on any device."""

import pytest
from playwright.sync_api import expect

from tests.journeys.test_gift import charges
from tests.visitors import pay

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("javascript", [True, False], ids=["with-javascript", "without-javascript"])
def test_dora_sees_the_sum_with_its_fees_before_she_pays(site, visitor, javascript):
    page = visitor(javascript=javascript)
    email = f"dora.fees.{'js' if javascript else 'plain'}@example.org"
    page.goto(site.page("/en/donate/?amount=50&currency=EUR&interval=quarter"))
    page.locator("input[name=cover_fees]").check()
    page.locator("input[name=email]").fill(email)
    page.locator("summary", has_text="In honour or memory").click()
    page.locator("input[name=tribute_kind][value=memory]").check()
    page.locator("input[name=honoured_name]").fill("Anna")
    total = page.locator("#gift-total")

    if not javascript:
        page.locator("main form .form-actions button").click()
        expect(page.locator("main [role=status]").first).to_contain_text("€51.94")
        expect(page.locator("input[name=honoured_name]")).to_be_visible()
    expect(total).to_contain_text("€51.94 every three months")
    expect(total).to_contain_text("about €1.94 for the fees")
    page.locator("main form .form-actions button").click()
    pay(page, site)

    expect(page.locator(".detail-list")).to_contain_text("€51.94 every three months")
    mine = [charge for charge in charges(site) if charge["billing_details"]["email"] == email]
    assert [(charge["amount"], charge["currency"]) for charge in mine] == [(5194, "eur")]


def test_the_sum_follows_what_dora_does_and_the_keyboard_keeps_its_place(site, visitor):
    page = visitor()
    page.goto(site.page("/en/donate/"))
    total = page.locator("#gift-total")
    expect(total).to_have_text("")

    page.locator("input[name=preset][value='2500']").check()
    expect(total).to_contain_text("US$25.00 once")
    page.locator("input[name=amount]").press_sequentially("33")
    expect(total).to_contain_text("US$33.00 once")
    expect(page.locator("input[name=amount]")).to_be_focused()
    expect(page.locator("input[name=preset][value=other]")).to_be_checked()
    page.locator("input[name=interval][value=year]").check()
    expect(total).to_contain_text("US$33.00 every year")
    page.locator("select[name=currency]").select_option("ISK")
    expect(page.locator("#div_id_preset")).to_contain_text("ISK\u00a01,500")
    expect(total).to_have_text("")
    page.locator("input[name=amount]").fill("1500")
    expect(total).to_contain_text("ISK\u00a01,500 every year")


def test_the_enter_key_sends_the_gift_and_not_the_button_for_another_currency(site, visitor):
    page = visitor(javascript=False)
    page.goto(site.page("/en/donate/?amount=25"))
    page.locator("input[name=email]").fill("dora.enter@example.org")

    page.locator("input[name=email]").press("Enter")

    pay(page, site)
