"""Staff change settings in the office: with a reason, after a look at what will be, and with a way back."""

import re

import pytest
from django.contrib.auth.models import Permission, User

from blueheart.site_settings import changing, declaring, reading
from blueheart.site_settings.models import SiteSettingChange
from blueheart.site_settings.switches import WALL_HIDDEN
from blueheart.trail.models import Entry
from donations.site_settings import GIFTS_GOAL
from pledges.site_settings import NETWORK_BURST, PLEDGES_STOPPED
from tests.campaigns.reading import text_of
from tests.office.factories import PASSWORD, desk_of

pytestmark = pytest.mark.django_db
LIST = "/staff/site_settings/sitesetting/"
HISTORY = "/staff/site_settings/sitesettingchange/"


def page_of(setting) -> str:
    return f"{LIST}{setting.key}/change/"


def member(*permissions):
    """Somebody of staff with these rights and no others, at their desk."""
    user = User.objects.create_user("mo", password=PASSWORD, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return desk_of(user)


def press(desk, path, act="change", **typed):
    """Fill the form in, look at the summary and press once more; the last answer."""
    page = desk.get(path)
    token = desk.cookies["csrftoken"].value
    fields = typed | {"act": act, "csrfmiddlewaretoken": token}
    if seen := re.search(r'name="seen" value="(\w+)"', text_of(page)):
        fields["seen"] = seen[1]
    shown = desk.post(path, fields)
    return (
        desk.post(path, fields | {"confirmed": "yes"}, follow=True)
        if "What you are about to do" in text_of(shown)
        else shown
    )


def test_list_shows_every_setting_with_what_it_is_and_who_changed_it(office, ada, django_assert_max_num_queries):
    changing.change(NETWORK_BURST, 44, why="a big school", by=ada)
    with django_assert_max_num_queries(15):
        page = text_of(office.get(LIST))

    assert all(f"{setting.key}/change/" in page for setting in declaring.declared())
    assert "<strong><bdi>44</bdi></strong>" in page
    assert "a big school" in page
    assert "<bdi>ada</bdi>" in page


def test_number_is_changed_after_a_look_and_is_in_the_history_and_the_trail(office, ada):
    token = office.get(page_of(NETWORK_BURST)) and office.cookies["csrftoken"].value
    asked = office.post(
        page_of(NETWORK_BURST), {"number": "44", "why": "a school", "act": "change", "csrfmiddlewaretoken": token}
    )
    assert "What you are about to do" in text_of(asked)
    assert not SiteSettingChange.objects.exists()

    done = press(office, page_of(NETWORK_BURST), number="44", why="a school")

    assert "It counts from now on." in text_of(done)
    assert reading.current().number(NETWORK_BURST) == 44
    assert (SiteSettingChange.objects.get().by, SiteSettingChange.objects.get().why) == (ada, "a school")
    assert Entry.objects.filter(action="site-setting.changed", actor=ada).count() == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"number": "1", "why": "x"}, "A whole number from 4 to 10000."),
        ({"number": "30", "why": "x"}, "It is so already."),
        ({"number": "44", "why": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_is_refused_before_anything_happens(office, typed, said):
    changing.change(NETWORK_BURST, 30, why="as it is")
    answer = press(office, page_of(NETWORK_BURST), **typed)

    assert said in text_of(answer)
    assert SiteSettingChange.objects.count() == 1


def test_switch_is_turned_on_with_a_message_and_off_again(office):
    said = {"until": "2040-05-04T18:30", "message_en": "We look into it.", "why": "a name of a child"}
    press(office, page_of(WALL_HIDDEN), **said)
    notice = reading.current().notice(WALL_HIDDEN)

    assert (notice.words, f"{notice.until:%Y-%m-%d %H:%M}") == ("We look into it.", "2040-05-04 18:30")
    assert "Hide the walls</strong> is on until" in text_of(office.get(HISTORY))

    press(office, page_of(WALL_HIDDEN), act="reset", why="it is gone")
    assert not reading.current().is_on(WALL_HIDDEN)


def test_goal_is_an_amount_as_people_type_it(office):
    press(office, page_of(GIFTS_GOAL), amount="2,500,000", currency="USD", why="this year")

    goal = reading.current().amount(GIFTS_GOAL)
    assert (goal.amount_minor, goal.currency) == (250_000_000, "USD")


def test_change_is_undone_by_a_new_one(office):
    changing.change(NETWORK_BURST, 44, why="first")
    changed = changing.change(NETWORK_BURST, 55, why="second")
    answer = press(office, f"{HISTORY}{changed.pk}/undo/", act="undo", why="too many")

    assert "Done: it is what it was" in text_of(answer) or answer.status_code == 302
    assert reading.current().number(NETWORK_BURST) == 44
    assert SiteSettingChange.objects.count() == 3


def test_what_somebody_else_changed_meanwhile_is_looked_at_again(office):
    page = text_of(office.get(page_of(NETWORK_BURST)))
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    changing.change(NETWORK_BURST, 99, why="by somebody else")
    fields = {"number": "44", "why": "x", "act": "change", "seen": seen, "confirmed": "yes"}
    answer = office.post(page_of(NETWORK_BURST), fields | {"csrfmiddlewaretoken": office.cookies["csrftoken"].value})

    assert "This was changed while you read it." in text_of(answer)
    assert reading.current().number(NETWORK_BURST) == 99


def test_who_may_only_switch_changes_no_number():
    desk = member("view_sitesetting", "switch_sitesetting")
    token = {"csrfmiddlewaretoken": desk.cookies["csrftoken"].value}

    assert desk.get(page_of(NETWORK_BURST)).status_code == 200
    assert desk.post(page_of(NETWORK_BURST), {"number": "44", "why": "x", "act": "change"} | token).status_code == 403
    press(desk, page_of(PLEDGES_STOPPED), why="a flood")
    assert reading.current().is_on(PLEDGES_STOPPED)


def test_who_may_only_look_changes_nothing_and_strangers_see_nothing():
    changed = changing.change(NETWORK_BURST, 44, why="first")
    desk = member("view_sitesetting", "view_sitesettingchange")
    token = {"csrfmiddlewaretoken": desk.cookies["csrftoken"].value}

    assert "Turn on" not in text_of(desk.get(page_of(PLEDGES_STOPPED)))
    assert desk.post(page_of(PLEDGES_STOPPED), {"why": "x", "act": "change"} | token).status_code == 403
    assert desk.get(f"{HISTORY}{changed.pk}/undo/").status_code == 403
    User.objects.get(username="mo").user_permissions.clear()
    assert {desk.get(path).status_code for path in (LIST, HISTORY, page_of(PLEDGES_STOPPED))} == {403}


def test_history_of_one_setting_says_who_and_what(office, ada):
    changing.change(NETWORK_BURST, 44, why="first", by=ada)
    changing.switch_on("pledges-stopped", "a flood")
    both, one = text_of(office.get(HISTORY)), text_of(office.get(f"{HISTORY}?key__exact={NETWORK_BURST.key}"))

    assert "the site itself" in both
    assert ("a flood" in one, "first" in one) == (False, True)


def test_unknown_setting_is_not_there(office):
    assert office.get(f"{LIST}no-such-thing/change/").status_code == 404
