"""People of the office in a real browser: their password, their phone, their codes on paper, their open session."""

import base64
import time

from django_otp.oath import TOTP
from playwright.sync_api import Browser, Page, expect

from tests.portal import Site


class Problems(list):
    """What a browser complained about: refused scripts and styles, errors of scripts, reports that it sent."""

    def watch(self, page: Page) -> None:
        page.on("console", lambda message: message.type in {"error", "warning"} and self.note(page, message.text))
        page.on("pageerror", lambda error: self.note(page, str(error)))
        page.on("request", lambda request: "csp-report" in request.url and self.note(page, request.post_data))

    def note(self, page: Page, text: str) -> None:
        self.append((page.url, text))


class Staff:
    """One person; after the first sign-in they have a phone, codes on paper and an open session."""

    def __init__(self, site: Site, name: str, password: str) -> None:
        self.site, self.name, self.password = site, name, password
        self.last_step = 0

    def give_password(self, page: Page) -> None:
        page.goto(self.site.page("/staff/"))
        page.get_by_label("Username").fill(self.name)
        page.get_by_label("Password").fill(self.password)
        page.keyboard.press("Enter")

    def code(self) -> str:
        """A code of the phone that was not used yet: the present one, else the next, taken half a minute early."""
        totp = TOTP(self.key)
        step = max(totp.t(), self.last_step + 1)
        while totp.t() < step - 1:
            time.sleep(0.5)
        totp.drift = step - totp.t()
        self.last_step = step
        return f"{totp.token():06d}"

    def sign_in_first(self, browser: Browser) -> None:
        """Connect the phone, keep the codes, and leave the session open."""
        problems = Problems()
        context = browser.new_context(locale="en-GB")
        page = context.new_page()
        problems.watch(page)
        self.give_password(page)
        self.key = base64.b32decode(page.locator(".office-secret").inner_text().replace(" ", ""))
        assert page.locator(".office-qr svg").bounding_box()["width"] > 150
        expect(page.get_by_label("Code from your app")).to_be_focused()
        page.keyboard.type(self.code())
        page.keyboard.press("Enter")
        expect(page.locator(".office-recovery-codes li")).to_have_count(10)
        self.paper = page.locator(".office-recovery-codes code").all_inner_texts()
        page.get_by_role("link", name="I have kept them").click()
        expect(page.get_by_role("heading", name="Office")).to_be_visible()
        self.session = context.storage_state()
        context.close()
        assert problems == []

    def take_cookies(self, cookies: dict[str, str]) -> None:
        """Sit down with a session that was opened elsewhere."""
        self.session = {"cookies": [{"name": name, "value": value, "domain": "localhost", "path": "/", "expires": -1,
                                     "httpOnly": True, "secure": False, "sameSite": "Lax"}
                                    for name, value in cookies.items()], "origins": []}  # fmt: skip
