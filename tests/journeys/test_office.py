"""Ada in a real browser: her first sign-in, the office under the strict policy, the keyboard alone, a lost phone."""

import base64
import re
import time

import pytest
from django.contrib import admin
from django_otp.oath import TOTP
from playwright.sync_api import expect

pytestmark = pytest.mark.journey


class Problems(list):
    """What a browser complained about: refused scripts and styles, errors of scripts, reports that it sent."""

    def watch(self, page) -> None:
        page.on("console", lambda message: message.type in {"error", "warning"} and self.note(page, message.text))
        page.on("pageerror", lambda error: self.note(page, str(error)))
        page.on("request", lambda request: "csp-report" in request.url and self.note(page, request.post_data))

    def note(self, page, text: str) -> None:
        self.append((page.url, text))


class Ada:
    """Her password, and after the first sign-in her phone, her codes on paper and her open session."""

    def __init__(self, site) -> None:
        self.site = site
        self.password = re.search(r"user name ada, password (\S+) ", site.output.read_text())[1]
        self.last_step = 0

    def give_password(self, page) -> None:
        page.goto(self.site.page("/staff/"))
        page.get_by_label("Username").fill("ada")
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


@pytest.fixture(scope="module")
def problems():
    return Problems()


@pytest.fixture(scope="module")
def ada(site, browser, problems):
    """Ada after her first sign-in."""
    ada = Ada(site)
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    problems.watch(page)
    ada.give_password(page)
    ada.key = base64.b32decode(page.locator(".office-secret").inner_text().replace(" ", ""))
    assert page.locator(".office-qr svg").bounding_box()["width"] > 150
    expect(page.get_by_label("Code from your app")).to_be_focused()
    page.keyboard.type(ada.code())
    page.keyboard.press("Enter")
    expect(page.locator(".office-recovery-codes li")).to_have_count(10)
    ada.paper = page.locator(".office-recovery-codes code").all_inner_texts()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("heading", name="Office")).to_be_visible()
    ada.session = context.storage_state()
    context.close()
    return ada


@pytest.fixture
def office(ada, browser, problems):
    """A page of Ada's open session."""
    context = browser.new_context(storage_state=ada.session, locale="en-GB")
    page = context.new_page()
    problems.watch(page)
    yield page
    context.close()


LISTS = sorted(f"{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry)


def test_no_page_of_the_office_breaks_the_strict_policy(ada, office, problems):
    for path in ["", "password_change/", "recovery-codes/", "login/enrol/", *LISTS, *(f"{path}add/" for path in LISTS)]:
        answer = office.goto(ada.site.page(f"/staff/{path}"))
        if answer.status == 200:
            assert "unsafe" not in answer.headers["content-security-policy"]
        elif answer.status == 403:
            problems[:] = [problem for problem in problems if "403" not in problem[1]]

    assert problems == []


def test_first_row_of_every_list_opens_under_the_strict_policy(ada, office, problems):
    opened = 0
    for path in LISTS:
        office.goto(ada.site.page(f"/staff/{path}"))
        row = office.locator("#result_list tbody th a").first
        if row.count():
            row.click()
            office.wait_for_load_state()
            opened += 1

    assert opened >= 3
    assert problems == []


def test_lost_phone_is_replaced_by_a_code_on_paper(ada, browser):
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    ada.give_password(page)

    page.get_by_role("link", name="I do not have my phone").click()
    page.get_by_label("Recovery code").fill(ada.paper[0])
    page.keyboard.press("Enter")

    expect(page.get_by_text("You have 9 recovery codes left.")).to_be_visible()
    context.close()


def test_sign_in_needs_no_mouse_and_no_javascript(ada, browser):
    context = browser.new_context(locale="en-GB", java_script_enabled=False)
    page = context.new_page()
    page.goto(ada.site.page("/staff/"))

    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    page.keyboard.type(ada.password)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Code from your app")).to_be_focused()
    page.keyboard.type(ada.code())
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="Office")).to_be_visible()
    context.close()


@pytest.mark.parametrize("path", ["", "login/enrol/", "post/message/"])
def test_office_fits_a_phone(ada, office, path):
    office.set_viewport_size({"width": 390, "height": 844})
    office.goto(ada.site.page(f"/staff/{path}"))

    assert office.evaluate("document.documentElement.scrollWidth") <= 390


def test_arabic_office_is_mirrored(ada, browser):
    context = browser.new_context(locale="ar", storage_state=ada.session)
    page = context.new_page()
    page.goto(ada.site.page("/staff/"))

    assert page.evaluate("document.documentElement.dir") == "rtl"
    name, tools = page.locator("#site-name").bounding_box(), page.locator("#user-tools").bounding_box()
    assert name["x"] > tools["x"]
    context.close()
