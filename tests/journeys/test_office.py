"""Ada in a real browser: her first sign-in, the office under the strict policy, the keyboard alone, a lost phone."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory
from playwright.sync_api import expect

from tests.journeys.handbook import picture
from tests.journeys.staff import Problems

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def problems():
    return Problems()


@pytest.fixture
def office(ada, browser, problems):
    """A page of Ada's open session."""
    context = browser.new_context(storage_state=ada.session, locale="en-GB")
    page = context.new_page()
    problems.watch(page)
    yield page
    context.close()


def may_add(model_admin) -> bool:
    """Whether rows are added by a form at all: most of the office's are not."""
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True)
    return model_admin.has_add_permission(request)


FORMS = sorted(
    f"{model._meta.app_label}/{model._meta.model_name}/add/"
    for model, model_admin in admin.site._registry.items()
    if may_add(model_admin)
)


def test_no_form_of_the_office_breaks_the_strict_policy(ada, office, problems):
    """The lists and their first rows are test_auditor's."""
    for path in ["", "password_change/", "recovery-codes/", "login/enrol/", *FORMS]:
        answer = office.goto(ada.site.page(f"/staff/{path}"))
        assert answer.status == 200, path
        assert "unsafe" not in answer.headers["content-security-policy"]

    assert problems == []


def test_lost_phone_is_replaced_by_a_code_on_paper(ada, browser):
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    ada.give_password(page)
    expect(page.get_by_label("Code from your app")).to_be_visible()
    picture(page, "sign-in")

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
