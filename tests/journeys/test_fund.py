"""The Fund's other half at the desk: a promise, the bank's statement, its match, the month closed by two persons.

And then a visitor, who finds the same figures on every page and in every file.
"""

import csv
import datetime as dt
import io
import json
import re
import time
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.journeys.handbook import picture

pytestmark = pytest.mark.journey

ACT = ".submit-row button.default"


def last_month(back: int) -> dt.date:
    """The first day of a month that is over."""
    day = dt.datetime.now(dt.UTC).date().replace(day=1)
    for _turn in range(back):
        day = (day - dt.timedelta(days=1)).replace(day=1)
    return day


def figures(site) -> dict[str, int]:
    """What the open books say of dollars, for scripts."""
    books = json.loads(site.get("/api/v1/ledger/summary"))["by_currency"]
    dollars = next((row for row in books if row["currency"] == "USD"), {})
    return {name: dollars.get(f"{name}_minor", 0) for name in ("promised", "paid", "outstanding", "at_bank")}


# The Arabic office closes the later month: closed days stay closed.
@pytest.mark.parametrize(
    ("language", "name", "month"), [("en", "Harbour Foundation", 2), ("ar", "مؤسسة الميناء", 1)], ids=["en", "ar"]
)
def test_a_promise_is_paid_through_the_bank_and_its_month_closed_by_two_persons(
    site, desk, visitor, fay, abe, language, name, month
):
    begun, before = last_month(month), figures(site)
    office = desk(fay, language)
    _promise(site, office, name, begun)
    _statement(site, office, name, begun, language)
    _match(office)
    _close(site, office, desk(abe, language), begun)

    gained = {key: value - before[key] for key, value in _settled(site, before).items()}
    assert gained == {"promised": 900_000, "paid": 300_000, "outstanding": 600_000, "at_bank": 300_000}
    _read_as_a_visitor(site, visitor(phone=True), language, name)


def _promise(site, page, name, begun):
    """Fay writes the contributor down, and what it promised: 9,000 dollars in three instalments."""
    page.goto(site.page("/staff/donations/contributor/add/"))
    page.locator("#id_kind").select_option("institution")
    page.locator("#id_name").fill(name)
    page.locator("input[name=_continue]").click()
    page.locator("a[href*='/promisedgift/record/']").click()
    page.locator("#id_amount").fill("9000")
    page.locator("#id_currency").select_option("USD")
    page.locator("#id_promised_on").fill(begun.isoformat())
    page.locator("#id_number").fill("3")
    page.locator("#id_first_due_on").fill((begun + dt.timedelta(days=9)).isoformat())
    page.locator("#id_every").select_option("month")
    page.locator(ACT).click()
    page.locator(ACT).click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def _statement(site, page, name, begun, language):
    """Fay imports what the bank wrote; the same file once more brings nothing new."""
    day = (begun + dt.timedelta(days=12)).isoformat()
    rows = f"Date;Amount;Currency;Reference;Counterparty;Text\n{day};3000.00;USD;BANK-{begun:%Y%m};{name};first part\n"
    for _turn in range(2):
        page.goto(site.page("/staff/imports/new/bank-statement/"))
        account = page.locator("#id_account option").last
        page.locator("#id_account").select_option(account.get_attribute("value"))
        page.locator("#id_file").set_input_files(
            {"name": f"{begun}.csv", "mimeType": "text/csv", "buffer": rows.encode()}
        )
        page.locator(ACT).click()
        expect(page.get_by_role("cell", name=name)).to_be_visible()
        if language == "en":
            picture(page, "imports", but=[f"{begun}.csv"])
        page.locator(ACT).click()
        expect(page.locator(".messagelist .success")).to_be_visible()
    page.goto(site.page("/staff/donations/bankline/?status__exact=duplicate"))
    expect(page.locator("#result_list tbody tr").first).to_be_visible()


def _match(page):
    """The one line that waits is suggested to be the contributor's, and is."""
    page.goto(page.url.replace("duplicate", "unmatched"))
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    page.locator("#result_list tbody th a").click()
    page.locator("a[href$='/explain/']").first.click()
    page.locator(".bank-suggestions button").first.click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def _close(site, fays, abes, begun):
    """Fay prepares the month and cannot sign it; Abe can."""
    fays.goto(site.page(f"/staff/donations/closing/prepare/?period={begun:%Y-%m}"))
    fays.locator(ACT).click()
    expect(fays.locator(".messagelist .success")).to_be_visible()
    assert fays.locator("form[action$='/sign/']").count() == 0
    abes.goto(fays.url)
    abes.locator("#id_is_meant").check()
    abes.locator(f"form[action$='/sign/'] {ACT}").click()
    expect(abes.locator(".messagelist .success")).to_be_visible()
    with abes.expect_download() as download:
        abes.locator("a[href$='report.pdf']").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")


def _settled(site, before):
    """The figures once the worker has closed a window or two."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        now = figures(site)
        if now != before:
            return now
        time.sleep(0.1)
    return before


def _read_as_a_visitor(site, page, language, name):
    """The page, the file and the tracker say what the books say."""
    page.goto(site.page(f"/{language}/trust-fund/contributions/"))
    row = page.locator("tbody tr", has_text=name).first
    expect(row).to_contain_text("3,000.00")
    told = csv.DictReader(io.StringIO(site.get(f"/{language}/trust-fund/contributions/?format=csv").lstrip("\ufeff")))
    rows = [line for line in told if line["contributor"] == name]
    assert sum(Decimal(line["promised"]) for line in rows) == 9000
    assert sum(Decimal(line["paid"]) for line in rows) == 3000
    now = figures(site)
    page.goto(site.page(f"/{language}/tracker/"))
    shown = re.sub(r"[^0-9.]+", " ", page.locator("main").inner_text().replace(",", ""))
    for key in ("promised", "paid", "outstanding"):
        assert f"{now[key] / 100:.2f}" in shown
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
