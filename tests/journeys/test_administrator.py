"""An administrator's day: who works here, what may be changed while the portal runs, what mails say, who is told."""

import pytest
from playwright.sync_api import expect

from tests.journeys.handbook import picture

pytestmark = pytest.mark.journey


def test_an_administrator_gives_an_account_words_a_mail_and_finds_it_in_the_trail(site, desk, member):
    page = desk(member("Administrator"))
    page.goto(site.page("/staff/auth/user/add/"))
    picture(page, "roles")

    page.goto(site.page("/staff/notices/"))
    picture(page, "notices")
    page.goto(site.page("/staff/site_settings/sitesetting/"))
    picture(page, "settings")

    page.goto(site.page("/staff/mail-texts/"))
    page.locator("#content a[href$='/en/']").first.click()
    picture(page, "mail-text")

    page.goto(site.page("/staff/trail/entry/?q=staff.created"))
    expect(page.locator("#result_list tbody tr").first).to_be_visible()
    picture(page, "trail")
