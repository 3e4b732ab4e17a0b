"""An auditor: every list of the office and the first row of each, and nothing that would change any of it."""

import pytest
from django.contrib import admin
from playwright.sync_api import Page

pytestmark = pytest.mark.journey

# The moderators' alone: what it shows is in the list of all pledges too.
NOT_THEIRS = "pledges/suspectedpledge/"
LISTS = sorted({f"{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry} - {NOT_THEIRS})
# One question a page, straight to the document: a locator would cost each page as much as drawing it.
CHANGING = """[...document.querySelectorAll(
  "input[name^=_], .deletelink, .object-tools .addlink, select[name=action]")].map((part) => part.outerHTML)"""
FIRST_ROW = 'document.querySelector("#result_list tbody th a")?.href'
OPENED_AT_LEAST = 20


def look(page: Page, seen: dict[str, list[str]]) -> None:
    """Note what on the page would save, add or delete."""
    seen[page.url] = page.evaluate(CHANGING)


def walk(page: Page, site) -> dict[str, list[str]]:
    """Every list and its first row, each with what would change something there."""
    seen: dict[str, list[str]] = {}
    for path in LISTS:
        answer = page.goto(site.page(f"/staff/{path}"))
        assert answer.status == 200, path
        assert "unsafe" not in answer.headers["content-security-policy"]
        look(page, seen)
        row = page.evaluate(FIRST_ROW)
        if row:
            assert page.goto(row).status == 200, row
            look(page, seen)
    return seen


def test_an_auditor_sees_all_lists_and_their_first_rows_and_changes_nothing(site, desk, member):
    page = desk(member("Auditor"))
    seen = walk(page, site)
    assert {url: found for url, found in seen.items() if found} == {}
    rows = [url for url in seen if url.endswith("/change/")]
    assert len(rows) >= OPENED_AT_LEAST

    token = next(cookie["value"] for cookie in page.context.cookies() if "csrf" in cookie["name"])
    sent = {"headers": {"X-CSRFToken": token, "Referer": site.page("/staff/")}, "max_redirects": 0}
    # The token is right: what is everybody's own is taken.
    assert page.request.post(site.page("/staff/language/"), form={"language": "en", "next": "/"}, **sent).status == 302
    # One in five: tests/office/test_rights.py sends something to each address.
    for url in [*rows, *(site.page(f"/staff/{path}add/") for path in LISTS)][::5]:
        assert page.request.post(url, form={"_save": "Save"}, **sent).status in {403, 404}, url
