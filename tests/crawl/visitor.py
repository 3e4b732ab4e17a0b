"""Somebody who fills in the forms, so that the pages behind them can be looked at too."""

import re
import time
from collections.abc import Callable, Iterator

from django.template.loader import render_to_string
from django.utils import translation
from playwright.sync_api import Browser, Page, expect

from tests.crawl.browser import Show, shown
from tests.portal import Site
from tests.visitors import READING_SECONDS, fill_in_gift, fill_in_pledge, open_mailed_link, pay

SEND = "main form .form-actions button"
WAIT_FOR_BANK_SECONDS = 25
MORE_FIELDS_THAN_TAKEN = 501


class Visitor:
    """Fills the portal with what a few visitors do, and knows the way to each page that has no address of its own."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.browser, self.site = browser, site
        self.heart = ""

    def visit(self) -> list[str]:
        """Make a heart, a pledge that waits, a gift that arrived and one that did not; the addresses they lead to."""
        page = self.browser.new_page(locale="en-GB")
        confirmed = self._pledge(page, name="Sam Ferreira", email="sam@example.org")
        page.locator("#confirm-form .form-actions button").click()
        page.wait_for_url("**/hearts/**")
        self.heart = page.url.partition("?")[0].removeprefix(self.site.url)
        waiting = self._pledge(page, name="Ana Ferreira", email="ana@example.org")
        found = [confirmed, waiting, self.heart, f"{self.heart}?confirmed=1", "/en/pledge/confirm/no-such-link/"]
        found += [self._gift(page, paid=True), self._gift(page, paid=False)]
        page.close()
        return [*found, "/en/pledge/check-your-mail/", "/en/hearts/thank-you/"]

    def states(self, language: str) -> Iterator[tuple[str, Show]]:
        """Pages that only a sent form or an error shows: their names, and how to get there."""
        yield f"/{language}/pledge/ (with errors)", lambda page: self._send(page, f"/{language}/pledge/")
        yield f"/{language}/donate/ (with errors)", lambda page: self._send(page, f"/{language}/donate/")
        report = self.heart.replace("/en/", f"/{language}/", 1) + "report/"
        yield f"/{language}/hearts/…/report/ (with errors)", lambda page: self._send(page, report)
        yield f"/{language}/pledge/ (from another language)", lambda page: self._switch(page, language)
        yield f"/{language}/nowhere/ (404)", lambda page: shown(page.goto(self.site.page(f"/{language}/nowhere/")))
        yield f"/{language}/pledge/ (403)", lambda page: self._send(page, f"/{language}/pledge/", _without_token)
        yield f"/{language}/pledge/ (400)", lambda page: self._send(page, f"/{language}/pledge/", _with_too_much)
        yield f"/{language}/ (500)", lambda page: self._broken(page, language)

    def _pledge(self, page: Page, *, name: str, email: str) -> str:
        page.goto(self.site.page("/en/pledge/"))
        page.wait_for_timeout(READING_SECONDS * 1000)
        fill_in_pledge(page, name=name, email=email)
        page.locator(SEND).click()
        page.wait_for_url("**/check-your-mail/")
        open_mailed_link(page, self.site, email)
        page.wait_for_url("**/pledge/confirm/**")
        return page.url.removeprefix(self.site.url)

    def _gift(self, page: Page, *, paid: bool) -> str:
        page.goto(self.site.page("/en/donate/"))
        fill_in_gift(page, amount="2500", email="dora@example.org")
        page.wait_for_url(f"{self.site.sandbox_url}/c/pay/**")
        session = re.search(r"cs_test_\w+", page.url)
        assert session, page.url
        thanks = f"/en/donate/thanks/?session={session[0]}"
        if paid:
            pay(page, self.site)
            deadline = time.monotonic() + WAIT_FOR_BANK_SECONDS
            page.goto(self.site.page(thanks))
            while not page.locator("[data-status=confirmed]").count() and time.monotonic() < deadline:
                page.wait_for_timeout(500)
                page.reload()
            expect(page.locator(".status-panel")).to_have_attribute("data-status", "confirmed")
        return thanks

    def _send(self, page: Page, path: str, spoil: Callable[[Page], None] = lambda _page: None) -> str:
        """Send a form as it stands, which it cannot be taken."""
        page.goto(self.site.page(path))
        spoil(page)
        with page.expect_navigation() as sent:
            page.locator(SEND).click()
        return shown(sent.value)

    def _switch(self, page: Page, language: str) -> str:
        page.goto(self.site.page("/fr/pledge/"))
        page.locator("[name=public_name]").fill("Sam")
        page.locator(".language-menu summary").click()
        with page.expect_navigation() as sent:
            page.locator(f".language-menu button[lang={language}]").click()
        return shown(sent.value)

    def _broken(self, page: Page, language: str) -> str:
        """The page of a server error, which no visitor can cause on purpose: rendered here, shown at our address."""
        address = self.site.page(f"/{language}/broken/")
        with translation.override(language):
            html = render_to_string("500.html")
        page.route(address, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
        page.goto(address)
        page.unroute(address)
        return html


def _without_token(page: Page) -> None:
    page.locator("main form [name=csrfmiddlewaretoken]").evaluate("(field) => field.remove()")


def _with_too_much(page: Page) -> None:
    page.locator("main form").evaluate(
        """(form, fields) => {
          for (let number = 0; number < fields; number += 1) {
            const field = document.createElement("input");
            field.type = "hidden";
            field.name = `more-${number}`;
            form.append(field);
          }
        }""",
        MORE_FIELDS_THAN_TAKEN,
    )
