"""A running portal, and a real browser in front of it."""

import os
import re
import secrets
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.staff import Problems, Staff
from tests.portal import CHROMIUM_ARGUMENTS, PortalDidNotStartError, Site, chromium, running_site

# Playwright's sync API keeps an event loop in this thread, which Django takes for async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


ABES_RIGHTS = re.compile(
    "Can (approve refunds of others|view refund"
    "|sign the closing that somebody else prepared|view closing of the books)$"
)
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    try:
        with running_site() as running:
            yield running
    except PortalDidNotStartError as error:
        pytest.fail(str(error))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args) -> dict:
    if not chromium():
        pytest.skip("no Chromium found: this journey was NOT walked")
    return browser_type_launch_args | {"executable_path": chromium(), "args": list(CHROMIUM_ARGUMENTS)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args) -> dict:
    return browser_context_args | {"locale": "en-GB", **DESKTOP}


@pytest.fixture
def visitor(browser) -> Iterator[Callable[..., Page]]:
    """Somebody's browser, by `visitor(javascript=…)`; at the end nothing may have broken our policy or a script."""
    contexts, complaints = [], []

    def come(*, javascript: bool = True, phone: bool = False) -> Page:
        size = PHONE if phone else DESKTOP
        context = browser.new_context(java_script_enabled=javascript, locale="en-GB", **size)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        return page

    yield come
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def ada(site, browser) -> Staff:
    """Ada after her first sign-in; her password stands in what the portal said when it started."""
    ada = Staff(site, "ada", re.search(r"user name ada, password (\S+) ", site.output.read_text())[1])
    ada.sign_in_first(browser)
    return ada


@pytest.fixture(scope="session")
def abe(site, browser, ada) -> Staff:
    """A second person, to whom Ada gave an account that may approve refunds and sign closings, and no more."""
    abe = Staff(site, "abe", secrets.token_urlsafe(12))
    problems = Problems()
    context = browser.new_context(storage_state=ada.session, locale="en-GB")
    page = context.new_page()
    problems.watch(page)
    page.goto(site.page("/staff/auth/user/add/"))
    page.get_by_label("Username").fill(abe.name)
    page.locator("#id_password1").fill(abe.password)
    page.locator("#id_password2").fill(abe.password)
    page.locator("input[name=_save]").click()
    page.get_by_label("Staff status").check()
    offered = page.locator("#id_user_permissions_from")
    rights = offered.locator("option", has_text=ABES_RIGHTS)
    offered.select_option(value=[option.get_attribute("value") for option in rights.all()])
    page.locator("#id_user_permissions_add").click()
    expect(page.locator("#id_user_permissions_to option")).to_have_count(4)
    page.locator("input[name=_save]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    context.close()
    assert problems == []
    abe.sign_in_first(browser)
    return abe


@pytest.fixture
def desk(browser) -> Iterator[Callable[[Staff], Page]]:
    """A desk in the office for somebody of the staff; at the end no browser may have complained."""
    contexts, problems = [], Problems()

    def sit_down(person: Staff, language: str = "en-GB") -> Page:
        contexts.append(
            browser.new_context(storage_state=person.session, locale={"en": "en-GB"}.get(language, language))
        )
        page = contexts[-1].new_page()
        problems.watch(page)
        return page

    yield sit_down
    for context in contexts:
        context.close()
    assert problems == []
