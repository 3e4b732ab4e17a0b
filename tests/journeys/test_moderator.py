"""A moderator and twenty hearts whose words nobody has read: by keys alone, and by buttons without JavaScript."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.handbook import picture

pytestmark = pytest.mark.journey

WORDS = "/staff/queues/words/"
BY_KEYS = 20
EVERY_FIFTH_IS_REFUSED = 5


@pytest.fixture(scope="module")
def moderator(member):
    return member("Moderator")


def decided(page: Page, number: int) -> None:
    expect(page.get_by_text(f"Decided by you today: {number}")).to_be_visible()


def test_a_moderator_reads_two_by_buttons_without_javascript(site, browser, moderator):
    context = browser.new_context(storage_state=moderator.session, locale="en-GB", java_script_enabled=False)
    page = context.new_page()
    page.goto(site.page(WORDS))

    page.get_by_role("button", name="Approve A").click()
    decided(page, 1)
    page.get_by_role("button", name="Undo U").click()
    decided(page, 0)
    page.get_by_role("button", name="Approve A").click()
    page.get_by_role("group", name="Refuse, because…").get_by_role("button").first.click()

    decided(page, 2)
    context.close()


def test_a_moderator_clears_twenty_words_by_the_keyboard_alone(site, desk, moderator):
    page = desk(moderator)
    page.goto(site.page(WORDS))
    before = int(page.get_by_text("Decided by you today:").inner_text().split(":")[1])
    picture(page, "queue", but=[page.locator("#item-heading").inner_text().removeprefix("Heart ")])

    page.keyboard.press("a")
    decided(page, before + 1)
    page.keyboard.press("u")
    decided(page, before)
    for number in range(1, BY_KEYS + 1):
        if number % EVERY_FIFTH_IS_REFUSED:
            page.keyboard.press("a")
        else:
            page.keyboard.press("r")
            page.keyboard.press("1")
        decided(page, before + number)

    done = page.get_by_role("heading", name="All done")
    for number in range(BY_KEYS + 1, 2 * BY_KEYS):  # supporters of other journeys wrote something, too
        if done.is_visible():
            break
        page.keyboard.press("a")
        decided(page, before + number)
    expect(done).to_be_visible()
