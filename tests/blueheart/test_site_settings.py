"""Settings that staff change: declared, bounded, kept with their history, and effective at once."""

import datetime as dt
import threading

import pytest
import time_machine
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from blueheart.refusals import RefusedError
from blueheart.site_settings import changing, declaring, reading
from blueheart.site_settings.declaring import Amount, Group, Number
from blueheart.site_settings.models import SiteSetting, SiteSettingChange
from blueheart.site_settings.switches import STRICT_MODE, STRICTER_BY, WALL_HIDDEN
from blueheart.trail.models import Entry
from tests.office.factories import StaffFactory

HOUR = dt.timedelta(hours=1)
NUMBER = Number(key="a-number", group=Group.PLEDGES, label="A number", default=12, least=2, most=100)
AMOUNT = Amount(key="an-amount", group=Group.GOALS, label="An amount")


@pytest.fixture(autouse=True)
def _declared(monkeypatch):
    known = declaring._declared | {NUMBER.key: NUMBER, AMOUNT.key: AMOUNT}
    monkeypatch.setattr(declaring, "_declared", known)


def test_nothing_is_stored_and_all_is_standard_until_somebody_changes_it(db):
    values = reading.current()

    assert values.number(NUMBER) == 12
    assert values.amount(AMOUNT) is None
    assert not values.is_on(WALL_HIDDEN)
    assert not values.is_changed(NUMBER)


def test_change_is_a_row_its_history_and_an_entry_of_the_trail(db):
    ada = StaffFactory()

    changing.change(NUMBER, 30, why="a big day", by=ada)

    assert reading.current().number(NUMBER) == 30
    (change,) = SiteSettingChange.objects.all()
    assert (change.key, change.by, change.why, change.before, change.after) == ("a-number", ada, "a big day", None, 30)
    (entry,) = Entry.objects.filter(action="site-setting.changed")
    assert (entry.actor, entry.target_id, entry.why) == (ada, "a-number", "a big day")
    assert entry.detail == {"setting": "a-number", "before": None, "after": 30}


@pytest.mark.parametrize("value", [1, 101, "30", 3.0, True, {"on": True}])
def test_number_outside_its_bounds_is_refused_and_nothing_changed(db, value):
    with pytest.raises(RefusedError):
        changing.change(NUMBER, value, why="why not")

    assert not SiteSetting.objects.exists()
    assert not SiteSettingChange.objects.exists()


@pytest.mark.parametrize(
    "value",
    [
        {"amount_minor": 0, "currency": "USD"},
        {"amount_minor": 1.5, "currency": "USD"},
        {"amount_minor": 100, "currency": "XYZ"},
        100,
    ],
)
def test_amount_is_above_nothing_and_in_a_currency_that_we_know(db, value):
    with pytest.raises(RefusedError):
        changing.change(AMOUNT, value, why="goal")


@pytest.mark.parametrize(
    "value",
    [
        {"on": "yes"},
        {"on": True, "until": "tomorrow"},
        {"on": True, "until": "2026-01-01T00:00:00"},
        {"on": True, "message": {"xx": "?"}},
        {"on": True, "message": {"en": "x" * 401}},
        {"on": True, "until": "2020-01-01T00:00:00+00:00"},
    ],
)
def test_switch_takes_no_other_words_and_no_moment_that_is_over(db, value):
    with pytest.raises(RefusedError):
        changing.change(WALL_HIDDEN, value, why="test")


@pytest.mark.parametrize("stored", [1, "x", {"on": True}])
def test_stored_value_that_does_not_fit_any_more_counts_as_the_standard(db, stored):
    SiteSetting.objects.create(key=NUMBER.key, value=stored)

    assert reading.current().number(NUMBER) == 12


def test_without_a_reason_nothing_changes(db):
    with pytest.raises(RefusedError, match="why"):
        changing.change(NUMBER, 30, why="  ")
    with pytest.raises(DatabaseError, match="a_setting_changes_for_a_reason"), transaction.atomic():
        SiteSettingChange.objects.create(key=NUMBER.key, after=30, why="")


def test_what_is_so_already_is_refused(db):
    changing.change(NUMBER, 30, why="first")

    with pytest.raises(RefusedError, match="already"):
        changing.change(NUMBER, 30, why="second")


def test_back_to_the_standard_drops_the_row_and_keeps_the_history(db):
    changing.change(NUMBER, 30, why="first")
    changing.change(NUMBER, None, why="enough")

    assert not SiteSetting.objects.exists()
    assert [(row.before, row.after) for row in SiteSettingChange.objects.all()] == [(30, None), (None, 30)]


def test_undo_is_a_new_change(db):
    changing.change(NUMBER, 30, why="first")
    second = changing.change(NUMBER, 40, why="second")

    changing.undo(second, why="mistaken")

    assert reading.current().number(NUMBER) == 30
    assert next((row.before, row.after) for row in SiteSettingChange.objects.all()) == (40, 30)


@pytest.mark.parametrize(
    "act", ["UPDATE site_settings_sitesettingchange SET why = 'x'", "DELETE FROM site_settings_sitesettingchange"]
)
def test_history_cannot_be_rewritten(db, act):
    changing.change(NUMBER, 30, why="first")

    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(act)


def test_switch_turns_itself_off(db):
    changing.switch_on("wall-hidden", "names of a victim", until=timezone.now() + HOUR)

    assert reading.current().is_on(WALL_HIDDEN)
    with time_machine.travel(dt.datetime.now(dt.UTC) + 2 * HOUR):
        assert not reading.current().is_on(WALL_HIDDEN)
        assert reading.current().notice(WALL_HIDDEN) is None


def test_switching_on_never_shortens_what_is_on(db):
    soon, later = timezone.now() + HOUR, timezone.now() + 3 * HOUR

    assert changing.switch_on("strict-mode", "a flood", until=later)
    assert not changing.switch_on("strict-mode", "a flood", until=soon)
    assert changing.switch_on("strict-mode", "it goes on")
    assert not changing.switch_on("strict-mode", "a flood", until=later)

    assert reading.current().notice(STRICT_MODE).until is None
    assert changing.switch_off("strict-mode", "over")
    assert not changing.switch_off("strict-mode", "over")
    with pytest.raises(KeyError):
        changing.switch_on("a-number", "no switch")


def test_switching_on_for_longer_keeps_the_message(db):
    value = {"on": True, "until": (timezone.now() + HOUR).isoformat(), "message": {"en": "We look into it."}}
    changing.change(WALL_HIDDEN, value, why="names")

    changing.switch_on("wall-hidden", "longer")

    assert reading.current().notice(WALL_HIDDEN).words == "We look into it."


def test_notice_is_in_the_language_of_the_page(db):
    changing.change(WALL_HIDDEN, {"on": True, "message": {"fr": "Un instant.", "en": " "}}, why="names")
    values = reading.current()

    with override("fr"):
        assert values.notice(WALL_HIDDEN).words == "Un instant."
    assert values.notice(WALL_HIDDEN).words == str(WALL_HIDDEN.notice)


def test_strict_mode_divides_limits_and_leaves_one(db):
    changing.switch_on("strict-mode", "a flood")
    assert reading.current().limit(NUMBER) == 3
    assert reading.current().number(NUMBER) == 12

    changing.change(STRICTER_BY, 20, why="a bigger flood")
    assert reading.current().limit(NUMBER) == 1


def test_request_asks_once_and_sees_its_own_change(db, django_assert_num_queries):
    with reading.once():
        with django_assert_num_queries(1):
            assert reading.current().number(NUMBER) == 12
            assert reading.current() is reading.current()
        changing.change(NUMBER, 30, why="first")
        assert reading.current().number(NUMBER) == 30
    with django_assert_num_queries(2):
        reading.current()
        reading.current()


def test_key_is_declared_once_with_a_standard_that_is_allowed():
    with pytest.raises(ValueError, match="two settings"):
        declaring.declare(NUMBER)
    with pytest.raises(ValueError, match="whole number"):
        declaring.declare(Number(key="wrong", group=Group.GIFTS, label="Wrong", default=1, least=2, most=3))


def test_every_declared_setting_has_words_and_fits_its_column():
    for setting in declaring.declared():
        assert str(setting.label)
        assert 0 < len(setting.key) <= 60


def test_switch_thrown_in_one_process_is_obeyed_by_the_next_request_of_another(committed_db):
    path = "/en/hearts/"
    before = Client().get(path)

    def throw() -> None:
        changing.switch_on("wall-hidden", "somebody is in danger")
        connections.close_all()

    other = threading.Thread(target=throw)
    other.start()
    other.join()
    after = Client().get(path)

    assert "notice-warning" not in before.content.decode()
    assert "notice-warning" in after.content.decode()
    assert after["ETag"] != before["ETag"]


def test_two_who_change_the_same_at_once_leave_a_history_without_gaps(committed_db):
    barrier = threading.Barrier(4)

    def change(value: int) -> None:
        barrier.wait()
        changing.change(NUMBER, value, why=f"to {value}")
        connections.close_all()

    threads = [threading.Thread(target=change, args=(value,)) for value in (20, 30, 40, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    history = list(SiteSettingChange.objects.order_by("pk").values_list("before", "after"))
    assert [before for before, _after in history] == [None, *(after for _before, after in history[:-1])]
    assert SiteSetting.objects.get().value == history[-1][1]
