"""A running portal, and a real browser in front of it."""

import json
import os
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import nullcontext

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from office.roles import ROLES
from tests.journeys.staff import Problems, Staff
from tests.portal import CHROMIUM_ARGUMENTS, PortalDidNotStartError, Site, chromium, running_site
from tests.template_database import copied_for_a_portal
from tests.visitors import mail_to

# Playwright's sync API keeps an event loop in this thread, which Django takes for async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


BY_FORMS = "Administrator"
# Whose words wait to be read, by the name of the supporters.
HEARTS = {"Amina": 22, "Olga": 1, "Nadia": 1}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="session")
def site(django_db_blocker) -> Iterator[Site]:
    """On a copy of the migrated database; test_up.py begins with nothing."""
    is_ours = settings.DATABASES["default"].get("EMBEDDED")
    try:
        with (
            django_db_blocker.unblock(),
            copied_for_a_portal() if is_ours else nullcontext() as database_url,
            running_site(database_url) as running,
            django_db_blocker.block(),
        ):
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
def at_their_desks(site, tmp_path_factory) -> dict[str, Staff]:
    """Somebody of every role, and the hearts that they read: one process makes all of it."""
    names = {role.name: role.name.lower().replace(" ", "-") for role in ROLES if role.name != BY_FORMS}
    sessions = tmp_path_factory.mktemp("staff") / "sessions.json"
    hearts = "".join(f"rows.hearts_with_words({count}, {name!r}); " for name, count in HEARTS.items())
    people = f"rows.staff_at_their_desks({names!r}, {str(sessions)!r})"
    site.run(f"from tests.journeys import rows; {hearts}{people}")
    found = {}
    for role, cookies in json.loads(sessions.read_text()).items():
        found[role] = Staff(site, names[role], password="")
        found[role].take_cookies(cookies)
    return found


@pytest.fixture(scope="session")
def member(site, browser, ada, at_their_desks) -> Callable[..., Staff]:
    """Somebody of a role, by `member("Editor")`.

    The administrator's account is given by Ada's form, and they connect a phone: that is the same whatever the role.
    """

    def member(role: str) -> Staff:
        if role not in at_their_desks:
            person = Staff(site, role.lower(), secrets.token_urlsafe(12))
            give_account(browser, ada, person, role)
            set_password(browser, person)
            person.sign_in_first(browser)
            at_their_desks[role] = person
        return at_their_desks[role]

    return member


def give_account(browser: Browser, ada: Staff, person: Staff, role: str) -> None:
    """Ada fills in the form of a new account."""
    problems = Problems()
    context = browser.new_context(storage_state=ada.session, locale="en-GB")
    page = context.new_page()
    problems.watch(page)
    page.goto(ada.site.page("/staff/auth/user/add/"))
    page.get_by_label("Username").fill(person.name)
    page.get_by_label("E-mail address").fill(f"{person.name}@example.org")
    page.get_by_role("checkbox", name=f"{role}:").check()
    page.locator("input[name=_save]").click()
    if "/login/again/" in page.url:  # Ada's sign-in is ten minutes old: what she typed waits
        page.get_by_label("Password").fill(ada.password)
        page.get_by_label("Code from your app").fill(ada.code())
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Send it now").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    context.close()
    assert problems == []
    ada.site.run(f"from django.core.management import call_command; call_command('confirm_account', {person.name!r})")


def set_password(browser: Browser, person: Staff) -> None:
    """Open the mailed link and choose the password, which nobody else knows."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    mail = mail_to(page, person.site, f"{person.name}@example.org", "Set your password")
    mail.locator("a[href*='/login/password/']").first.click()
    for label in ("New password:", "New password confirmation:"):
        page.get_by_label(label, exact=True).fill(person.password)
    page.get_by_role("button", name="Show").first.click()
    expect(page.get_by_label("New password:", exact=True)).to_have_attribute("type", "text")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("Your password is set.")).to_be_visible()
    context.close()


@pytest.fixture(scope="session")
def fay(member) -> Staff:
    """Finance: she asks for refunds, records what comes and prepares closings, and approves none of it."""
    return member("Finance")


@pytest.fixture(scope="session")
def abe(member) -> Staff:
    """Finance approver: the second person."""
    return member("Finance approver")


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
