"""Lists of the office that never count, sort or pass over more rows than they show."""

import datetime as dt
import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from blueheart.admin import counting, lists
from blueheart.admin.counting import Counted, Sureness
from blueheart.admin.filters import values_of
from blueheart.post.models import Message
from tests.donations.factories import donation, donor
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import HeartFactory

MAILS = "/staff/post/message/"
GIFTS = "/staff/donations/donation/"


@pytest.fixture
def desk(db):
    return desk_of(StaffFactory(username="ada", is_superuser=True))


def mails(count: int, **fields) -> list[Message]:
    rows = [
        Message(kind="pledge-confirm", cause=f"pledge-confirm:{n}", subject_id=n, language="en", **fields)
        for n in range(count)
    ]
    return Message.objects.bulk_create(rows)


def shown(answer) -> list[int]:
    return [row.pk for row in answer.context["cl"].result_list]


def walk(desk, url: str, link: str) -> list[list[int]]:
    """The rows of each page, from link to link until there is none."""
    pages = []
    while url:
        answer = desk.get(url)
        pages.append(shown(answer))
        query = getattr(answer.context["cl"], link)
        url = query and MAILS + query
    return pages


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "about 5,012,000"), ("fr", "5\u202f012\u202f000"), ("ar", "5,012,000"), ("ru", "5\xa0012\xa0000")],
)
def test_an_estimate_is_told_as_one_in_the_readers_digits(language, words):
    with translation.override(language):
        assert words in Counted(5_012_345, Sureness.ABOUT).words


def test_a_bound_is_told_as_one():
    assert Counted(1_000, Sureness.MORE).words == "more than 1,000"
    assert Counted(12).words == "12"


def test_rows_are_counted_to_a_bound_and_no_further(db):
    mails(7)

    assert counting.count_to(Message.objects.all(), 7) == Counted(7)
    assert counting.count_to(Message.objects.all(), 6) == Counted(6, Sureness.MORE)
    assert counting.BoundedPaginator(Message.objects.order_by("pk"), 2).count == 7


def test_a_small_table_is_counted_and_a_large_one_estimated(desk, monkeypatch):
    mails(3)
    assert "3 messages" in desk.get(MAILS).content.decode()

    monkeypatch.setattr(counting, "estimate", lambda model: 5_012_345)
    assert "Rows: about 5,012,000" in desk.get(MAILS).content.decode()


def test_a_table_that_postgresql_never_looked_at_has_more_than_was_counted(desk, monkeypatch):
    mails(3)
    monkeypatch.setattr(counting, "SMALL", 2)
    monkeypatch.setattr(counting, "estimate", lambda model: -1)

    assert "Rows: more than 2" in desk.get(MAILS).content.decode()


def test_postgresqls_estimate_is_that_of_the_table(committed_db):
    mails(40)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE post_message")

    assert counting.estimate(Message) == 40


def test_a_choice_is_counted_further_where_somebody_asks(desk, monkeypatch):
    monkeypatch.setattr(lists, "FOUND", 2)
    monkeypatch.setattr(lists, "MOST", 4)
    mails(3, status="shelved")
    mails_of = f"{MAILS}?status__exact=shelved"

    first = desk.get(mails_of)
    assert "Rows: more than 2" in first.content.decode()
    assert "3 messages" in desk.get(MAILS + first.context["cl"].count_link).content.decode()

    Message.objects.bulk_create(
        Message(kind="k", cause=f"k:{n}", subject_id=n, language="en", status="shelved") for n in range(9)
    )
    assert "Rows: more than 4" in desk.get(f"{mails_of}&_count=1").content.decode()


def test_pages_of_a_large_list_are_found_by_their_rows(desk, monkeypatch):
    monkeypatch.setattr(counting, "estimate", lambda model: 50_000)
    monkeypatch.setattr("office.admin.mails.MessageAdmin.list_per_page", 3)
    keys = [row.pk for row in reversed(mails(8))]

    forth = walk(desk, MAILS, "next_link")
    assert forth == [keys[:3], keys[3:6], keys[6:]]

    back = walk(desk, f"{MAILS}?_after={forth[1][-1]}", "previous_link")
    assert back == [keys[6:], keys[3:6], keys[:3]]
    assert "OFFSET" not in str(desk.get(f"{MAILS}?_after={keys[5]}").context["cl"].queryset.query)


def test_pages_within_a_month_follow_the_moments(desk, monkeypatch):
    monkeypatch.setattr(lists, "FOUND", 1)
    monkeypatch.setattr("office.admin.mails.MessageAdmin.list_per_page", 2)
    rows = mails(5)
    march = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC)
    for place, row in enumerate(rows):  # two at the same moment, and one of another month
        Message.objects.filter(pk=row.pk).update(created_at=march - dt.timedelta(days=(0, 3, 3, 5, 40)[place]))
    month = "created_at__gte=2026-03-01T00%3A00%3A00%2B00%3A00&created_at__lt=2026-04-01T00%3A00%3A00%2B00%3A00"

    pages = walk(desk, f"{MAILS}?{month}", "next_link")

    assert pages == [[rows[0].pk, rows[2].pk], [rows[1].pk, rows[3].pk]]


def test_a_place_that_is_gone_or_no_place_shows_the_first_page(desk, monkeypatch):
    monkeypatch.setattr(counting, "estimate", lambda model: 50_000)
    keys = [row.pk for row in reversed(mails(3))]

    assert shown(desk.get(f"{MAILS}?_after=nowhere")) == keys
    assert shown(desk.get(f"{MAILS}?_after={keys[-1]}")) == []


def test_a_list_in_another_order_ends_where_passing_over_rows_gets_slow(desk, monkeypatch):
    monkeypatch.setattr(counting, "estimate", lambda model: 50_000)
    monkeypatch.setattr(lists, "MOST_PAGED", 4)
    monkeypatch.setattr("office.admin.mails.MessageAdmin.list_per_page", 2)
    mails(6)

    assert len(shown(desk.get(f"{MAILS}?p=2"))) == 2
    answer = desk.get(f"{MAILS}?p=3")
    assert shown(answer) == []
    assert "cannot be read further in this order" in answer.content.decode()


def test_a_large_list_is_sorted_by_indexed_columns_alone(desk):
    first, second = donation("succeeded", amount_minor=9000), donation("succeeded", amount_minor=100)

    columns = desk.get(GIFTS).context["cl"]
    amount = columns.list_display.index("amount")
    created = columns.list_display.index("created_at")

    assert "amount" not in columns.sortable_by
    assert shown(desk.get(f"{GIFTS}?o={amount}")) == [second.pk, first.pk]
    assert shown(desk.get(f"{GIFTS}?o={created}")) == [first.pk, second.pk]


def test_years_lead_to_months_and_months_to_days(desk):
    rows = mails(3)
    for row, day in zip(rows, (dt.date(2025, 12, 31), dt.date(2026, 1, 5), dt.date(2026, 1, 9)), strict=True):
        at = dt.datetime.combine(day, dt.time(12), dt.UTC)
        Message.objects.filter(pk=row.pk).update(created_at=at)

    years = dict(desk.get(MAILS).context["cl"].moment_choices())
    assert list(years) == ["2026", "2025"]
    months = desk.get(MAILS + years["2026"])
    assert shown(months) == [rows[2].pk, rows[1].pk]
    [(title, january)] = months.context["cl"].moment_choices()
    assert title == "January 2026"
    days = desk.get(MAILS + january).context["cl"]
    assert [title for title, _url in days.moment_choices()] == [f"{day} January" for day in range(1, 10)]
    last = desk.get(MAILS + list(days.moment_choices())[-1][1])
    assert shown(last) == [rows[2].pk]
    assert list(last.context["cl"].moment_choices()) == [("9 January", "")]
    assert last.context["cl"].moment_back()[0] == "January 2026"


def test_the_ends_of_the_dates_are_read_from_the_index(db):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT min(created_at), max(created_at) FROM post_message")
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert plan.count("message_list_created") == 2


def test_values_to_choose_from_are_read_by_jumps(db):
    for currency in ("EUR", "USD", "USD", "GBP", "USD"):
        donation("succeeded", currency=currency)

    with CaptureQueriesContext(connection) as asked:
        assert values_of(donation("pending").__class__, "currency") == ["EUR", "GBP", "USD"]
    assert "DISTINCT" not in str(asked.captured_queries)


def test_a_gift_is_found_by_the_whole_address_in_any_case_and_by_no_part(desk):
    mine, other = donation("succeeded", donor=donor("Dora@example.org")), donation("succeeded", donor=donor("x@y.org"))

    assert shown(desk.get(GIFTS, {"q": "dORA@example.org"})) == [mine.pk]
    assert shown(desk.get(GIFTS, {"q": "dora@example"})) == []
    assert shown(desk.get(GIFTS, {"q": other.public_id})) == [other.pk]


def test_gifts_are_added_up_where_somebody_asks(desk, monkeypatch):
    for amount, currency in ((1000, "USD"), (2500, "USD"), (700, "EUR")):
        donation("succeeded", amount_minor=amount, currency=currency)
    donation("pending", amount_minor=9900)
    arrived = f"{GIFTS}?status__exact=succeeded"

    first = desk.get(arrived)
    assert first.context["cl"].sums is None
    assert "Add up these rows" in first.content.decode()
    assert desk.get(GIFTS + first.context["cl"].add_up_link).context["cl"].sums == ["€7.00", "US$35.00"]

    monkeypatch.setattr(lists, "MOST", 2)
    page = desk.get(f"{arrived}&_sum=1").content.decode()
    assert "More than the first 2 rows, which add up to" in page


def test_a_whole_list_of_money_tells_what_the_books_hold(desk):
    donation("succeeded")

    page = desk.get(GIFTS)

    assert [str(total.label) for total in page.context["cl"].totals] == ["Received"]
    assert "Add up these rows" not in page.content.decode()
    assert not desk.get(f"{GIFTS}?status__exact=succeeded").context["cl"].totals


def test_what_belongs_to_a_heart_is_found_as_the_heart_is(desk):
    heart = HeartFactory(email="sam@example.org")
    report = heart.reports.create(reason="other", settled_at=timezone.now())
    HeartFactory().reports.create(reason="other")

    for term in (heart.public_id, "sam@example.org", str(heart.number)):
        assert shown(desk.get("/staff/pledges/heartreport/", {"q": term})) == [report.pk]


def test_every_list_with_a_search_says_what_it_searches(desk):
    silent = []
    for model, model_admin in admin.site._registry.items():
        if model_admin.search_fields and isinstance(model_admin, lists.CountedList):
            page = desk.get(f"/staff/{model._meta.app_label}/{model._meta.model_name}/")
            if not re.search(r'id="searchbar_helptext">\s*\S', page.content.decode()):
                silent.append(model._meta.label)

    assert silent == []
