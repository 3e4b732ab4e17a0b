"""Somebody who fills in the forms, so that the pages behind them can be looked at too."""

import re
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from html import unescape

from django.template.loader import render_to_string
from django.utils import translation
from playwright.sync_api import Browser, Page, expect

from tests.crawl.browser import Show, shown
from tests.crawl.pages import in_language, template_of
from tests.portal import Site
from tests.visitors import READING_SECONDS, fill_in_gift, fill_in_pledge, open_mailed_link, open_own_pages, pay

OWN_PAGE = re.compile(r'href="(?:https?://[^/"]+)?(/en/(?:giving/|receipts/check/\?)[^"#]+)"')
SEND = "main form .form-actions button"
WAIT_FOR_BANK_SECONDS = 25
MORE_FIELDS_THAN_TAKEN = 501


class Visitor:
    """Fills the portal with what a few visitors do, and knows the way to each page that has no address of its own."""

    def __init__(self, browser: Browser, site: Site) -> None:
        self.browser, self.site = browser, site
        self.heart = ""
        self.dora = "dora@example.org"

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
        found += ["/en/giving/", "/en/giving/check-your-mail/", "/en/giving/no-such-link/", "/en/receipts/check/"]
        return [*found, "/en/pledge/check-your-mail/", "/en/hearts/thank-you/"]

    def states(self, language: str) -> Iterator[tuple[str, Show]]:
        """Pages that only a sent form or an error shows: their names, and how to get there."""
        yield f"/{language}/pledge/ (with errors)", lambda page: self._send(page, f"/{language}/pledge/")
        for kind in ("organisation", "authority"):
            of_kind = f"/{language}/pledge/?as={kind}"
            yield f"{of_kind} (with errors)", lambda page, of_kind=of_kind: self._send(page, of_kind)
        yield f"/{language}/donate/ (with errors)", lambda page: self._send(page, f"/{language}/donate/")
        yield f"/{language}/giving/ (with errors)", lambda page: self._send(page, f"/{language}/giving/")
        check = f"/{language}/receipts/check/"
        yield f"{check} (with errors)", lambda page: self._send(page, check)
        report = self.heart.replace("/en/", f"/{language}/", 1) + "report/"
        yield f"/{language}/hearts/…/report/ (with errors)", lambda page: self._send(page, report)
        yield f"/{language}/pledge/ (from another language)", lambda page: self._switch(page, language)
        yield f"/{language}/nowhere/ (404)", lambda page: shown(page.goto(self.site.page(f"/{language}/nowhere/")))
        yield f"/{language}/pledge/ (403)", lambda page: self._send(page, f"/{language}/pledge/", _without_token)
        yield f"/{language}/pledge/ (400)", lambda page: self._send(page, f"/{language}/pledge/", _with_too_much)
        for path in self.own_pages:
            own = in_language(path, language)
            yield f"{own} (Dora’s own)", lambda page, own=own: self._own(page, own)
        yield (
            f"/{language}/giving/home/ (nobody’s)",
            lambda page: shown(page.goto(self.site.page(f"/{language}/giving/home/"))),
        )
        yield f"/{language}/ (500)", lambda page: self._broken(page, language)

    @cached_property
    def own_pages(self) -> list[str]:
        """One address of each of a donor's own pages, found by following Dora's links from the first of them."""
        page = self.browser.new_page(locale="en-GB")
        open_own_pages(page, self.site, self.dora)
        self.visit_cookie = next(cookie for cookie in page.context.cookies() if cookie["name"] == "giving")
        found, waiting = {}, ["/en/giving/home/"]
        while waiting:
            path = waiting.pop(0)
            if template_of(path) in found or path.endswith("/pdf/"):
                continue
            found[template_of(path)] = path
            html = page.request.get(self.site.page(path)).text()
            waiting += [unescape(address) for address in OWN_PAGE.findall(html)]
        page.close()
        return list(found.values())

    def _own(self, page: Page, path: str) -> str:
        """One of Dora's own pages, within her visit."""
        page.context.add_cookies([self.visit_cookie])
        response = page.goto(self.site.page(path))
        page.context.clear_cookies(name="giving")
        assert response is not None
        assert response.ok, f"{path} answered {response.status}"
        return shown(response)

    def _pledge(self, page: Page, *, name: str, email: str) -> str:
        page.goto(self.site.page("/en/pledge/"))
        page.wait_for_timeout(READING_SECONDS * 1000)
        fill_in_pledge(page, name=name, email=email)
        page.locator(SEND).click()
        page.wait_for_url("**/check-your-mail/**")
        open_mailed_link(page, self.site, email)
        page.wait_for_url("**/pledge/confirm/**")
        return page.url.removeprefix(self.site.url)

    def _gift(self, page: Page, *, paid: bool) -> str:
        page.goto(self.site.page("/en/donate/"))
        fill_in_gift(page, amount="2500", email=self.dora, monthly=True)
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
