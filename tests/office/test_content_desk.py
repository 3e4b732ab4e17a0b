"""Ada sees what content waits for: a reviewer, its hour, a translation."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission

from tests.campaigns.factories import FactFactory, MilestoneFactory
from tests.office.factories import StaffFactory, desk_of

pytestmark = pytest.mark.django_db

DESK = "/staff/content/"


@pytest.fixture
def desk():
    return desk_of(StaffFactory(username="ada"))


def test_rows_in_review_are_listed_oldest_first_and_counted_on_the_home_of_the_office(desk):
    first = FactFactory(status="review", value="1 first")
    second = MilestoneFactory(status="review", title="A second")
    FactFactory(status="draft")

    rows = desk.get(DESK).context["in_review"]

    assert [(row.name, row.url) for row in rows] == [
        (str(first), f"/staff/campaigns/fact/{first.pk}/change/"),
        ("A second", f"/staff/campaigns/milestone/{second.pk}/change/"),
    ]
    waiting = {str(heap.label): (heap.count, heap.url) for heap in desk.get("/staff/").context["desk"].heaps}
    assert waiting["Content to be reviewed"] == (2, "/staff/content/#review")


def test_rows_whose_hour_has_not_come_are_listed_by_their_hour(desk):
    late, soon = (FactFactory(publish_at=dt.datetime(year, 7, 30, tzinfo=dt.UTC)) for year in (2998, 2997))
    FactFactory(publish_at=dt.datetime(2020, 7, 30, tzinfo=dt.UTC))

    assert [row.name for row in desk.get(DESK).context["scheduled"]] == [str(soon), str(late)]


def test_missing_translations_are_counted_by_language_and_lead_to_their_list(desk):
    FactFactory(value="1", value_fr="un", statement_fr="un", scope_fr="monde", unit="", statement="One", scope="World")
    FactFactory(value="2")
    FactFactory(status="draft")

    line = next(line for line in desk.get(DESK).context["lines"] if line.name == "Facts")

    french = line.cells[2]
    assert (line.rows, [cell.number for cell in line.cells]) == (2, [2, 2, 1, 2, 2, 2])
    assert [fact.value_en for fact in desk.get(french.url).context["cl"].queryset] == ["2"]


def test_empty_desk_says_so(desk):
    page = desk.get(DESK).content.decode()
    assert "Nothing waits for a reviewer." in page
    assert "Nothing is scheduled." in page


def test_mallory_from_another_desk_sees_none_of_it():
    person = StaffFactory(username="mallory", is_superuser=False)
    person.user_permissions.set(Permission.objects.filter(codename="view_pledge"))
    FactFactory(status="review", value="A secret draft")
    desk = desk_of(person)

    assert "A secret draft" not in desk.get(DESK).content.decode()
    assert "Content to be reviewed" not in [str(heap.label) for heap in desk.get("/staff/").context["desk"].heaps]
