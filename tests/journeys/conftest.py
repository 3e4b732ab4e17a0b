"""A running portal, and a real browser in front of it."""

import os
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.portal import CHROMIUM_ARGUMENTS, PortalDidNotStartError, Site, chromium, running_site

# Playwright's sync API keeps an event loop in this thread, which Django takes for async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


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
    return browser_context_args | {"locale": "en-GB", "viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def visitor(browser) -> Iterator[Callable[..., Page]]:
    """Somebody's browser, by `visitor(javascript=…)`; at the end nothing may have broken our policy or a script."""
    contexts, complaints = [], []

    def come(*, javascript: bool = True) -> Page:
        context = browser.new_context(
            java_script_enabled=javascript, locale="en-GB", viewport={"width": 1280, "height": 900}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
        return page

    yield come
    for context in contexts:
        context.close()
    assert complaints == []


def pytest_collection_modifyitems(items) -> None:
    """All journeys share one running portal, so one worker of xdist walks them all."""
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.xdist_group("journeys"))
