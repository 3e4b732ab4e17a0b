"""Mallory tests cards: the site becomes strict by itself, tells Ada, and donors give on."""

import datetime as dt

import pytest
from django.utils import timezone

from blueheart.post.models import Message
from blueheart.site_settings import changing
from blueheart.site_settings.models import SiteSettingChange
from blueheart.site_settings.reading import current
from blueheart.site_settings.switches import STRICT_MODE
from donations.models import Donation
from donations.services import card_testing
from donations.site_settings import GIFTS_BEGUN, STRICT_FROM
from tests.donations.factories import donation
from tests.office.factories import StaffFactory

pytestmark = pytest.mark.django_db
BEFORE = dt.timedelta(minutes=5)


@pytest.fixture
def few(db):
    """A threshold that a test can reach."""
    changing.change(STRICT_FROM, 8, why="a small site")


def begin(count, *, status="pending", ago=BEFORE):
    made = [donation(status=status) for _gift in range(count)]
    Donation.objects.filter(pk__in=[gift.pk for gift in made]).update(created_at=timezone.now() - ago)


def is_strict():
    return current().is_on(STRICT_MODE)


def test_pay_pages_that_nobody_pays_make_the_site_strict_and_ada_is_told(few):
    ada = StaffFactory(username="ada", email="ada@example.org", is_superuser=True)
    begin(8)

    assert card_testing.watch() == 1

    assert is_strict()
    assert current().limit(GIFTS_BEGUN) == 10
    [mail] = Message.objects.filter(kind="alert-card-testing")
    assert mail.cause.endswith(f":{ada.pk}")
    changed = SiteSettingChange.objects.get(key="strict-mode")
    assert changed.why == "8 of 8 gifts begun in ten minutes were not paid: cards are being tested"


def test_it_stays_on_while_that_goes_on_with_one_mail_and_ends_by_itself(few, time_machine):
    StaffFactory(username="ada", email="ada@example.org", is_superuser=True)
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    begin(8)
    card_testing.watch()

    assert card_testing.watch() == 0  # it lasts for a while
    time_machine.move_to(now + dt.timedelta(minutes=11), tick=False)
    begin(8)
    assert card_testing.watch() == 1
    time_machine.move_to(now + dt.timedelta(minutes=25), tick=False)
    assert card_testing.watch() == 0
    assert is_strict()
    time_machine.move_to(now + dt.timedelta(minutes=27), tick=False)

    assert not is_strict()
    assert Message.objects.filter(kind="alert-card-testing").count() == 1


@pytest.mark.parametrize(
    ("unpaid", "paid", "ago"),
    [
        pytest.param(7, 0, BEFORE, id="few"),
        pytest.param(8, 3, BEFORE, id="a busy day: a quarter and more have paid"),
        pytest.param(8, 0, dt.timedelta(minutes=1), id="they may be typing the number of their card"),
        pytest.param(8, 0, dt.timedelta(minutes=13), id="long ago"),
    ],
)
def test_an_honest_day_is_left_alone(few, unpaid, paid, ago):
    begin(unpaid, ago=ago)
    begin(paid, status="succeeded", ago=ago)

    assert card_testing.watch() == 0
    assert not is_strict()


def test_ada_has_the_last_word_for_an_hour(few, time_machine):
    ada = StaffFactory(username="ada", is_superuser=True)
    now = timezone.now()
    begin(8)
    card_testing.watch()
    changing.switch_off(STRICT_MODE.key, "a school is giving, I know them", by=ada)

    assert card_testing.watch() == 0
    time_machine.move_to(now + dt.timedelta(minutes=61))
    begin(8)

    assert card_testing.watch() == 1


def test_what_ada_has_turned_on_for_good_is_left_as_it_is(few):
    changing.switch_on(STRICT_MODE.key, "a bad week")
    begin(8)

    assert card_testing.watch() == 0
    assert SiteSettingChange.objects.filter(key="strict-mode").count() == 1


def test_nought_turns_it_off(few):
    changing.change(STRICT_FROM, 0, why="we look ourselves")
    begin(20)

    assert card_testing.watch() == 0
