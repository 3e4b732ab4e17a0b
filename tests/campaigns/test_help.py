"""Whom to call: the right number, where it was read and when, in as few steps as can be."""

import csv
import datetime as dt
import re
from pathlib import Path

import pytest
import time_machine
from django.urls import reverse

from blueheart.languages import countries
from blueheart.trail.models import Entry
from campaigns.models import Helpline
from campaigns.models.helplines import a_year_before
from tests.campaigns.factories import HelplineFactory
from tests.campaigns.reading import get
from tests.office.factories import StaffFactory, desk_of

pytestmark = pytest.mark.django_db

READ = dt.date(2026, 11, 22)
OLD = "May be out of date"


# The list


def test_number_stands_to_be_dialled_with_its_source_day_and_grade(client):
    HelplineFactory(iso2="BE", phones="+32 78 05 58 00", hours="Day and night", languages="French, Dutch")

    page = get(client, "help/")

    assert '<a class="phone" href="tel:+3278055800"><bdi dir="ltr">+32 78 05 58 00</bdi></a>' in page
    for shown in ("Day and night", "French, Dutch", "read on 22 November 2026", "grade A", "check with the operator"):
        assert shown in page
    assert 'href="https://example.org/helpline"' in page


def test_countries_are_folded_and_those_of_the_union_stand_open(client):
    HelplineFactory(iso2="BE")
    HelplineFactory(iso2="EU", phones="116 000")

    page = get(client, "help/")

    assert '<details class="folded"> <summary><h3>Belgium</h3></summary> <div class="folded-content" id="BE">' in page
    assert page.index('href="tel:116000"') < page.index('<details class="folded"')


def test_whole_list_unfolds_to_be_printed(client):
    HelplineFactory(iso2="BE")

    assert 'href="?open=all#by-country"' in get(client, "help/")
    assert '<details class="folded" open>' in get(client, "help/?open=all")


def test_danger_comes_first_and_the_way_out_is_written_down(client):
    HelplineFactory(iso2="EU", phones="116 000")

    page = get(client, "help/")

    danger = page.index("Call the emergency number of the country where you are.")
    assert danger < page.index("press Escape three times or the red button") < page.index("tel:")


def test_countries_without_a_number_are_named(client):
    HelplineFactory(iso2="BE")

    page = get(client, "help/")

    unlisted = page[page.index('id="unlisted"') :]
    assert "<li>France</li>" in unlisted
    assert "<li>Belgium</li>" not in unlisted


@pytest.mark.parametrize(
    ("printed", "dialled"),
    [
        ("131 237 (131 AFP)", "131237"),
        ("800SAVE", "8007283"),
        ("*4242", "*4242"),
        ("1 (888) 373-7888", "18883737888"),
        ("+41 (0)44 436 90 00", "+41444369000"),
    ],
)
def test_number_is_dialled_as_it_is_meant(client, printed, dialled):
    HelplineFactory(iso2="AU", phones=printed)

    assert f'href="tel:{dialled}"' in get(client, "help/")


def test_helpline_with_a_page_only_is_shown_with_it(client):
    HelplineFactory(iso2="FR", phones="", web="https://example.org/contacts")

    page = get(client, "help/")

    assert 'href="https://example.org/contacts"' in page
    assert "tel:" not in page


# The way to one's own country


def test_every_country_can_be_picked_in_the_language_of_the_page(client):
    page = get(client, "help/", "fr")

    options = re.findall(r'<option value="(\w\w)">([^<]+)</option>', page)
    assert len(options) == 249
    assert ("DE", "Allemagne") in options


@pytest.mark.parametrize("asked", ["PT", "pt"])
def test_picked_country_leads_to_its_helplines(client, asked):
    response = client.get("/es/help/", {"country": asked})

    assert response.status_code == 302
    assert response.headers["Location"] == "/es/countries/pt/#helplines"


@pytest.mark.parametrize("asked", ["", "XX", "EU", "//example.org", "p"])
def test_no_country_shows_the_list(client, asked):
    assert client.get("/en/help/", {"country": asked}).status_code == 200


def test_every_country_that_can_be_picked_has_a_page_of_its_own(client):
    HelplineFactory(iso2="PT")

    answers = {code: client.get(f"/en/countries/{code.lower()}/").status_code for code, _name in countries("en")[::25]}

    assert set(answers.values()) == {200}


def test_country_without_a_number_says_where_to_look(client):
    page = get(client, "countries/is/")

    helplines = page[page.index('id="helplines"') :]
    assert "we print none" in helplines
    assert "consulate" in helplines
    assert "tel:" not in helplines


# Old numbers


@pytest.mark.parametrize(
    ("today", "is_old"),
    [("2026-11-22", False), ("2027-11-22", False), ("2027-11-22T23:59", False), ("2027-11-23T00:01", True)],
)
def test_number_read_more_than_twelve_months_ago_is_marked(client, today, is_old):
    HelplineFactory(iso2="PT", read_on=READ)

    with time_machine.travel(dt.datetime.fromisoformat(today).replace(tzinfo=dt.UTC), tick=False):
        assert (OLD in get(client, "help/")) == is_old
        assert (OLD in get(client, "countries/pt/")) == is_old


@pytest.mark.parametrize(
    ("day", "before"), [("2028-02-29", "2027-02-28"), ("2027-03-01", "2026-03-01"), ("2027-01-01", "2026-01-01")]
)
def test_a_year_before(day, before):
    assert str(a_year_before(dt.date.fromisoformat(day))) == before


def test_staff_see_which_numbers_to_read_again_and_say_that_they_have(client):
    ada = StaffFactory(username="ada")
    desk = desk_of(ada)
    today = dt.datetime.now(dt.UTC).date()
    old = HelplineFactory(iso2="PT", read_on=today - dt.timedelta(days=400))
    HelplineFactory(iso2="BE", read_on=today)
    HelplineFactory(iso2="FR", read_on=today - dt.timedelta(days=400), status="draft")
    address = reverse("admin:campaigns_helpline_changelist")

    listed = desk.get(address, {"checked": "long-ago"}).context["cl"].queryset
    assert list(listed) == [old]
    desk.post(f"{address}?checked=long-ago", {"action": "mark_as_checked", "_selected_action": [old.pk]})

    old.refresh_from_db()
    assert old.read_on == today
    assert list(desk.get(address, {"checked": "long-ago"}).context["cl"].queryset) == []
    assert Entry.objects.get(action="helpline.checked").target_id == str(old.pk)


# What was read, and nothing else


def digits(text):
    return re.sub(r"\D", "", text)


def read_rows(fate):
    with (Path(__file__).parent / "helplines_read.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["fate"] == fate]


def loaded_rows(status):
    return sorted(
        (line.iso2, line.source_url, line.source_kind, str(line.page_year or ""), line.grade)
        for line in Helpline.objects.filter(status=status)
    )


@pytest.mark.parametrize(("fate", "count"), [("published", 44), ("draft", 13)])
def test_every_number_that_was_read_is_loaded_with_its_page_and_grade(loaded, fate, count):
    rows = read_rows(fate)

    expected = sorted(
        (row["iso2"], row["source_url"], row["source_kind"], row["page_year"], row["grade"]) for row in rows
    )
    assert loaded_rows(fate) == expected
    assert len(expected) == count


def test_no_number_is_printed_that_was_not_read_on_that_page(loaded):
    read = {}
    for row in read_rows("published") + read_rows("draft"):
        read.setdefault((row["iso2"], row["source_url"]), []).append(digits(row["phone"]))

    printed = [
        (line.slug, number)
        for line in Helpline.objects.all()
        for number in line.numbers
        if not any(digits(number) in phones for phones in read[line.iso2, line.source_url])
    ]

    assert printed == []


def test_every_number_that_was_read_is_there_to_be_dialled(loaded):
    for row in read_rows("published") + read_rows("draft"):
        lines = Helpline.objects.filter(iso2=row["iso2"], source_url=row["source_url"])
        there = "".join(digits(number) for line in lines for number in line.numbers)
        wanted = [digits(number) for number in re.split(r"[;/(]| or |from abroad", row["phone"])]
        assert [number for number in wanted if number not in there] == []


def test_numbers_from_the_press_alone_stay_out(loaded, client):
    out = {(row["iso2"], digits(number)) for row in read_rows("out") for number in re.split(r"[;/]", row["phone"])}
    loaded_numbers = {(line.iso2, digits(number)) for line in Helpline.objects.all() for number in line.numbers}

    assert len(read_rows("out")) == 21
    assert loaded_numbers & out == set()
