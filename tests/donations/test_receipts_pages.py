"""Receipts as their donor, the public and staff see them."""

import datetime as dt

import pytest
import time_machine
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import reverse
from django.utils import translation

from blueheart.trail.models import Entry
from donations.models import LegalEntity, Receipt, ReceiptSeries
from donations.receipts import (
    NothingGivenError,
    check_url,
    receipt_pdf,
    receipt_sheet,
    sheet_pdf,
    statement_for,
    years_of,
)
from donations.receipts.numbers import code_typed, in_groups, number_typed
from donations.views.receipts import receipt_html, sheet_html
from tests.donations.factories import CampaignFactory, donor
from tests.donations.receipt_desk import gift, issue, issued, refund
from tests.office.factories import desk_of
from tests.reading_pdf import page_count, text_of

LANGUAGES = ("en", "ar", "zh-hans", "fr", "ru", "es", "pt")
CHECK = "/en/receipts/check/"


@pytest.fixture
def receipt(db) -> Receipt:
    with time_machine.travel(dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC), tick=False):
        return issued()


@pytest.fixture
def ada(db):
    return User.objects.create_superuser("ada", "ada@example.org", "x")


@pytest.fixture
def office(ada):
    """The desk of Ada, who may do everything that anyone may."""
    return desk_of(ada)


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


# The file


def test_the_file_says_all_and_is_one_page(receipt):
    text = text_of(receipt_pdf(receipt))

    assert page_count(receipt_pdf(receipt)) == 1
    for words in ("BH-2026-000001", "Dora Donor", "US$25.00", "US$1.03", "The Trust Fund in general", "1 March 2026",
                  "1 June 2026", in_groups(receipt.code), "TEST MODE", "Blue Heart portal (test mode)"):  # fmt: skip
        assert words in plain(text), words


def test_a_reprint_is_the_same_file(receipt):
    assert receipt_pdf(receipt) == receipt_pdf(Receipt.objects.get(pk=receipt.pk))


def test_the_file_is_in_the_language_of_the_gift_whoever_opens_it(db):
    campaign = CampaignFactory(title="Safe houses", title_ar="بيوت آمنة")
    with translation.override("fr"):
        text = text_of(receipt_pdf(issued(campaign=campaign, language="ar", receipt_name="محمد الأمين")))

    assert "بيوت آمنة" in text
    assert "محمد الأمين" in text
    assert "مارس" in text


def test_a_chinese_receipt_is_read_back(db):
    campaign = CampaignFactory(title="Safe houses", title_zh_hans="为幸存者提供安全住所")
    text = text_of(receipt_pdf(issued(campaign=campaign, language="zh-hans", receipt_name="陳小明")))

    assert {"为幸存者提供安全住所", "陳小明"} <= {part for line in text.split("\n") for part in line.split()}


def test_a_void_receipt_says_so_first_and_names_the_one_that_replaces_it(receipt):
    with time_machine.travel(dt.datetime(2026, 6, 2, 12, tzinfo=dt.UTC), tick=False):
        refund(receipt.donation, 1000)
        issue()
    receipt.refresh_from_db()
    old, new = (plain(text_of(receipt_pdf(each))) for each in (receipt, receipt.replaced_by))

    assert "not valid any more" in old
    assert "BH-2026-000002" in old
    assert "BH-2026-000001" in new
    assert all(words in new for words in ("US$25.00", "US$10.00", "US$15.00"))


def test_the_square_leads_to_the_page_that_finds_it_valid(client, receipt, settings):
    with translation.override("en"):
        url = check_url(receipt)
    assert url.startswith(settings.SITE_URL)

    assert "This receipt is valid" in client.get(url.removeprefix(settings.SITE_URL)).content.decode()
    assert f'"{url}"' in str(receipt_sheet(receipt)).replace("'", '"')


# The page of its donor


def test_the_page_shows_what_the_file_says(receipt, rf: RequestFactory):
    page = plain(receipt_html(asked(rf), receipt, pdf_url="/x.pdf", back_url="/back").content.decode())

    assert page.count("<h1") == 1
    for words in ("BH-2026-000001", "Dora Donor", "US$25.00", in_groups(receipt.code), "/x.pdf", "/back"):
        assert words in page, words


def test_the_page_is_in_the_receipts_language_within_that_of_the_visitor(db, rf):
    page = receipt_html(asked(rf), issued(language="ar")).content.decode()

    assert '<html lang="en" dir="ltr">' in page
    assert '<article class="sheet" lang="ar" dir="rtl">' in page


def asked(rf) -> HttpRequest:
    request = rf.get("/en/giving/")
    request.resolver_match = None
    return request


# Checking one


def check(client, number, code, at=CHECK):
    return client.get(at, {"number": number, "code": code})


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_to_check_answers_in_every_language(client, db, language):
    assert client.get(f"/{language}/receipts/check/").status_code == 200


def test_a_receipt_is_found_however_number_and_code_were_typed(client, receipt):
    code = in_groups(receipt.code)
    typed = [
        ("BH-2026-000001", code),
        (" bh 2026 1 ", code.lower()),
        ("BH–2026–000001", code.replace("-", " — ")),
        ("bh-٢٠٢٦-٠٠٠٠٠١", receipt.code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))),
        ("ＢＨ２０２６−１", code.replace("0", "o").replace("1", "l")),
        ("\u2066BH-2026-000001\u2069", code),
    ]

    assert ["This receipt is valid" in check(client, *each).content.decode() for each in typed] == [True] * len(typed)


def test_the_answer_tells_amount_and_number_and_no_name(client, receipt):
    answer = check(client, receipt.number, receipt.code)
    page = plain(answer.content.decode())

    assert "US$25.00" in page
    assert "BH-2026-000001" in page
    assert "Dora" not in page
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("number", ["BH-2026-000002", "XX-2026-000001", "BH", "", "%00", "BH-2026-999999999999"])
def test_a_number_that_is_none_or_a_code_that_is_wrong_find_nothing(client, receipt, number):
    wrong = receipt.code[:-1] + ("0" if receipt.code[-1] != "0" else "1")

    assert "This receipt is valid" not in check(client, number, receipt.code).content.decode()
    assert "We have no such receipt" in check(client, receipt.number, wrong).content.decode()


def test_void_receipts_are_still_known(client, receipt):
    part = refund(receipt.donation, 1000)
    issue()
    replaced = check(client, receipt.number, receipt.code).content.decode()
    new = Receipt.objects.valid().get()
    refund(part.donation, 1500)
    issue()
    void = check(client, new.number, new.code).content.decode()

    assert "This receipt was replaced" in replaced
    assert new.number in replaced
    assert "This receipt is void" in void


def test_guessing_comes_to_an_end(client, receipt):
    statuses = [check(client, receipt.number, f"{at:010d}").status_code for at in range(31)]

    assert statuses == [200] * 30 + [429]
    page = check(client, receipt.number, receipt.code)
    assert "This receipt is valid" not in page.content.decode()
    assert 0 < int(page.headers["Retry-After"]) <= 600


def test_what_is_typed_is_put_into_shape():
    assert number_typed("bh—2026—12") == "BH-2026-000012"
    assert number_typed("fund-ch-2026-000012") == "FUND-CH-2026-000012"
    assert number_typed("BH2026000012") == "BH-2026-000012"
    assert number_typed("hello") == number_typed("") == ""
    assert code_typed("7k3mq–9zpil") == "7K3MQ9ZP11"


# The statement of a year


def give(moment, **changes):
    return gift(succeeded_at=moment, **changes)


def last_minutes(year):
    return dt.datetime(year, 12, 31, 23, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(("zone", "year"), [("Asia/Tokyo", 2027), ("America/New_York", 2026), ("UTC", 2026)])
def test_new_years_eve_belongs_to_the_year_of_the_issuers_time_zone(db, zone, year):
    LegalEntity.objects.update(time_zone=zone)
    give(last_minutes(2026))

    assert years_of(donor()) == [year]
    assert len(statement_for(donor(), year).tables[0].rows) == 1
    with pytest.raises(NothingGivenError):
        statement_for(donor(), 2026 if year == 2027 else 2027)


def test_each_currency_has_its_sums_and_what_went_back(db):
    moment = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    back = give(moment, amount_minor=5000)
    give(moment + dt.timedelta(days=1))
    give(moment, currency="JPY", amount_minor=3000)
    refund(back, 1000)
    dollars, yen = sorted(statement_for(donor(), 2026).tables, key=lambda table: table.caption, reverse=True)

    assert [plain(cell) for cell in dollars.total[1:]] == ["US$75.00", "US$10.00", "US$65.00"]
    assert [plain(row[0]) for row in dollars.rows] == [
        "1 May 2026\nThe Trust Fund in general",
        "2 May 2026\nThe Trust Fund in general",
    ]
    assert yen.total[1].endswith("3,000")


def test_nobody_elses_gifts_and_none_that_failed_are_in_it(db):
    moment = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    give(moment)
    give(moment, donor=donor("mallory@example.org"))

    assert len(statement_for(donor(), 2026).tables[0].rows) == 1


def test_a_long_statement_has_several_pages_that_say_which_and_is_the_same_each_time(db, rf):
    for day in range(1, 29):
        give(dt.datetime(2026, 2, day, tzinfo=dt.UTC))
    first, again = (sheet_pdf(statement_for(donor(), 2026, language="ar")) for _twice in range(2))

    assert first == again
    assert page_count(first) > 1
    assert f"1/{page_count(first)}" in text_of(first)
    assert sheet_html(asked(rf), statement_for(donor(), 2026)).content.decode().count("<tr>") == 30


def test_a_statement_asks_the_database_as_often_for_many_gifts(db, django_assert_num_queries):
    moment = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    for at in range(3):
        give(moment + dt.timedelta(days=at), campaign=CampaignFactory())

    dora = donor()

    with django_assert_num_queries(4):
        statement_for(dora, 2026)


# The office


def test_staff_download_needs_its_permission_and_leaves_a_line(office, ada, receipt):
    url = reverse("admin:donations_receipt_pdf", args=[receipt.pk])
    ada.is_superuser = False
    ada.save()
    assert office.get(url).status_code == 403

    ada.is_superuser = True
    ada.save()
    answer = office.get(url)

    assert answer["Content-Type"] == "application/pdf"
    assert "BH-2026-000001" in text_of(answer.content)
    line = Entry.objects.get(action="receipt.downloaded")
    assert (line.target_id, line.actor_id) == (str(receipt.pk), ada.pk)


def test_lists_of_the_office_open_and_find_a_number_as_it_was_typed(office, receipt):
    refund(receipt.donation, 1000)
    issue()
    found = office.get(reverse("admin:donations_receipt_changelist"), {"q": "bh 2026 1"}).content.decode()
    year = ReceiptSeries.objects.get()
    series = office.get(reverse("admin:donations_receiptseries_change", args=[year.pk])).content.decode()
    orders = office.get(reverse("admin:donations_receiptorder_changelist"))

    assert "1 receipt" in found
    assert 'alt="True"' in series
    assert orders.status_code == 200
    assert office.get(reverse("admin:donations_receipt_change", args=[receipt.pk])).status_code == 200


@pytest.mark.parametrize("name", ["receipt", "receiptseries"])
def test_lists_of_the_office_ask_as_often_for_many(office, name, django_assert_max_num_queries):
    for _each in range(3):
        issued()
    with django_assert_max_num_queries(15):
        assert office.get(reverse(f"admin:donations_{name}_changelist")).status_code == 200


def test_the_issuer_can_be_changed_but_not_its_code_once_it_has_issued(office, receipt):
    entity = LegalEntity.objects.get()
    url = reverse("admin:donations_legalentity_change", args=[entity.pk])
    typed = {"code": "XX", "name": "Vienna Branch", "address": "", "note": "", "keeps_years": 10, "is_default": "on"}

    assert office.post(url, typed | {"time_zone": "Mars/Olympus"}).status_code == 200
    assert office.post(url, typed | {"time_zone": "Europe/Vienna"}).status_code == 302

    entity.refresh_from_db()
    assert (entity.code, entity.name, entity.time_zone) == ("BH", "Vienna Branch", "Europe/Vienna")
    assert Entry.objects.get(action="legal-entity.changed").target_id == str(entity.pk)
    assert "Vienna" not in text_of(receipt_pdf(receipt))
