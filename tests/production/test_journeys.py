"""The journeys of a gift, a pledge and the office, in a real browser, through all of production's shape."""

import pytest
from playwright.sync_api import expect

from tests.journeys.test_gift import *  # noqa: F403
from tests.journeys.test_pledge import *  # noqa: F403
from tests.visitors import fill_in_gift, pay

pytestmark = pytest.mark.journey


def test_ada_signs_in_and_finds_a_gift_that_went_all_the_way(site, visitor, ada, desk):
    """By way of nginx and two web servers, Stripe's stand-in, its webhook through nginx, a worker and PgBouncer."""
    email = "dora.for.ada@example.org"
    page = visitor()
    page.goto(site.page("/en/donate/"))
    fill_in_gift(page, amount="2500", email=email)
    pay(page, site)
    expect(page.locator(".status-panel")).to_have_attribute("data-status", "confirmed", timeout=120_000)

    office = desk(ada)
    office.goto(site.page(f"/staff/donations/donation/?q={email}"))

    expect(office.locator("#result_list tbody tr")).to_have_count(1)
    expect(office.locator("#result_list tbody tr")).to_contain_text("25.00")
