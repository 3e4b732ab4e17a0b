"""Ada opens the next World Day; past ones stay as they were, and she is told why."""

import datetime as dt

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.urls import reverse

from blueheart.trail.models import Entry
from campaigns.models import Campaign, Event, WorldDayEdition
from tests.campaigns.factories import CampaignFactory, EditionFactory, EventFactory, SourceFactory
from tests.campaigns.test_admin import fields_of, page_of
from tests.office.factories import StaffFactory, desk_of

pytestmark = pytest.mark.django_db

LIST = "admin:campaigns_worlddayedition_changelist"
OPEN = "admin:campaigns_worlddayedition_open"
OVER = "This World Day is over"


@pytest.fixture
def desk():
    return desk_of(StaffFactory(username="ada"))


@pytest.fixture
def _in_november():
    with time_machine.travel(dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC), tick=True):
        yield


@pytest.fixture
def campaign():
    return CampaignFactory(slug="day", kind=Campaign.Kind.WORLD_DAY, source=SourceFactory())


def body_of(response):
    return response.content.decode()


@pytest.mark.usefixtures("_in_november")
def test_next_edition_is_opened_by_one_button_as_a_draft_in_the_trail(desk, campaign):
    EditionFactory(year=2026)

    assert "Open the 2027 edition" in body_of(desk.get(reverse(LIST)))
    answer = desk.post(reverse(OPEN), {"year": "2027"})

    edition = WorldDayEdition.objects.get(year=2027)
    assert answer.url == page_of(edition, "change", edition.pk)
    assert (edition.status, edition.campaign, edition.theme) == ("draft", campaign, "")
    assert [(entry.action, entry.detail) for entry in Entry.objects.all()] == [
        ("world-day-edition.opened", {"year": 2027})
    ]
    assert "Open the 2028 edition" in body_of(desk.get(reverse(LIST)))


@pytest.mark.usefixtures("_in_november", "campaign")
def test_button_pressed_twice_leads_to_the_same_row(desk):
    first, second = (desk.post(reverse(OPEN), {"year": "2027"}) for _press in range(2))

    assert first.url == second.url
    assert WorldDayEdition.objects.count() == 1
    assert Entry.objects.count() == 1


@pytest.mark.usefixtures("_in_november", "campaign")
@pytest.mark.parametrize("year", ["2026", "2029", "", "x"])
def test_no_other_year_is_opened(desk, year):
    assert desk.post(reverse(OPEN), {"year": year}).status_code == 404
    assert not WorldDayEdition.objects.exists()


@pytest.mark.usefixtures("_in_november", "campaign")
def test_nothing_is_opened_by_a_link_or_by_staff_who_may_not_add(desk):
    sam = StaffFactory(is_superuser=False)
    sam.user_permissions.set(Permission.objects.filter(codename="view_worlddayedition"))
    sams = desk_of(sam)

    assert desk.get(reverse(OPEN)).status_code == 405
    assert sams.post(reverse(OPEN), {"year": "2027"}).status_code == 403
    assert "Open the" not in body_of(sams.get(reverse(LIST)))
    assert not WorldDayEdition.objects.exists()


@pytest.mark.usefixtures("_in_november")
def test_button_is_gone_when_this_and_the_next_year_are_there(desk):
    for year in (2027, 2028):
        EditionFactory(year=year)

    assert "Open the" not in body_of(desk.get(reverse(LIST)))


@pytest.mark.parametrize(("moment", "is_over"), [("2026-08-31T23:59:59", False), ("2026-09-01T00:00:00", True)])
def test_edition_and_its_events_are_read_only_from_the_day_that_it_is_over(desk, moment, is_over):
    event = EventFactory(edition=EditionFactory(year=2026))

    with time_machine.travel(dt.datetime.fromisoformat(f"{moment}+00:00"), tick=False):
        for row in (event.edition, event):
            page = body_of(desk.get(page_of(row, "change", row.pk)))
            assert (OVER in page) == is_over
            assert ('name="_save"' not in page) == is_over
            assert (desk.post(page_of(row, "change", row.pk), {}).status_code == 403) == is_over
            assert (desk.get(page_of(row, "delete", row.pk)).status_code == 403) == is_over


@pytest.mark.usefixtures("_in_november")
def test_what_is_over_is_not_withdrawn_either_and_the_coming_is(desk):
    past, coming = (EventFactory(edition=EditionFactory(year=year)) for year in (2026, 2027))

    for row in (past, past.edition, coming, coming.edition):
        desk.post(page_of(row, "changelist"), {"action": "unpublish", "_selected_action": [row.pk]})

    assert set(Event.objects.values_list("edition__year", "status")) == {(2026, "published"), (2027, "draft")}
    assert set(WorldDayEdition.objects.values_list("year", "status")) == {(2026, "published"), (2027, "draft")}


@pytest.mark.usefixtures("_in_november")
def test_event_is_added_to_a_coming_edition_only(desk):
    past, coming = EditionFactory(year=2026), EditionFactory(year=2027)

    form = desk.get(reverse("admin:campaigns_event_add")).context["adminform"].form

    assert [edition.pk for edition in form.fields["edition"].queryset] == [coming.pk]
    assert past.pk != coming.pk


@pytest.mark.usefixtures("_in_november")
def test_change_of_an_event_raises_its_number_and_a_wrong_zone_is_refused(desk):
    event = EventFactory(edition=EditionFactory(year=2027))
    url = page_of(event, "change", event.pk)
    sent = fields_of(desk.get(url)) | {"time_zone": "Europe/Vienna"}

    assert desk.post(url, sent).status_code == 302
    assert Event.objects.values_list("revision", "time_zone").get() == (1, "Europe/Vienna")

    refused = desk.post(url, sent | {"time_zone": "Europe/Vindobona"})
    assert "time_zone" in refused.context["adminform"].form.errors
    assert Event.objects.get().revision == 1


@pytest.mark.usefixtures("_in_november")
def test_draft_edition_is_previewed(desk):
    draft = EditionFactory(year=2027, theme="Secret", status="draft")

    assert "Secret" in body_of(desk.get(page_of(draft, "preview", draft.pk)))


@pytest.mark.usefixtures("_in_november")
def test_version_that_stood_in_a_past_edition_does_not_bring_the_event_back_there(desk):
    event = EventFactory(edition=EditionFactory(year=2026))
    then = event.history.first()
    event.edition = EditionFactory(year=2027)
    event.save()

    answer = desk.post(page_of(event, "restore", event.pk, then.history_id))

    assert answer.status_code == 403
    assert Event.objects.get().edition.year == 2027


@pytest.mark.usefixtures("_in_november")
def test_edition_without_a_campaign_to_stand_on_is_not_opened_and_ada_learns_why(desk):
    answer = desk.post(reverse(OPEN), {"year": "2027"}, follow=True)

    assert answer.status_code == 200
    assert "Publish a World Day campaign with a source first." in body_of(answer)
    assert not WorldDayEdition.objects.exists()
