"""Sam forgets the letter: he is reminded twice, and after seven days all is gone."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.utils import timezone

from blueheart.post.jobs import send_due
from pledges import jobs
from pledges.models import MailedLink, Pledge, QuietAddress
from pledges.services import quiet
from tests.pledges.factories import HeartFactory, PledgeFactory

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def noon(time_machine):
    time_machine.move_to(dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC), tick=False)
    return time_machine


def a_day_passes(clock) -> list[str]:
    """A day of hourly jobs; the subjects of the mails that went out."""
    before = len(mail.outbox)
    for _hour in range(24):
        clock.shift(dt.timedelta(hours=1))
        jobs.remind_unconfirmed()
        jobs.purge_unconfirmed()
        send_due()
    return [letter.subject for letter in mail.outbox[before:]]


def test_sam_is_reminded_on_the_third_and_sixth_day_and_forgotten_after_the_seventh(noon):
    PledgeFactory(email="sam@example.org", asked_at=timezone.now())

    days = [len(a_day_passes(noon)) for _day in range(8)]

    assert days == [0, 1, 0, 0, 1, 0, 0, 0]
    assert {letter.subject for letter in mail.outbox} == {"Your Blue Heart pledge still waits for you"}
    assert not Pledge.objects.exists()
    assert not MailedLink.objects.exists()


def test_reminder_has_a_link_of_its_own_that_says_how_long_it_works(noon, client):
    PledgeFactory(asked_at=timezone.now() - 5 * DAY)
    jobs.remind_unconfirmed()
    send_due()

    (letter,) = mail.outbox
    link = re.search(r"/\S+/pledge/confirm/\S+/", letter.body)[0]
    assert "works for 2 more days" in letter.body
    assert "Confirm my pledge" in client.get(link).content.decode()
    noon.shift(2 * DAY + dt.timedelta(seconds=1))
    assert "does not work any more" in client.get(link).content.decode()


def test_form_sent_again_begins_the_week_anew_and_reminders_stay_two(noon, sam_pledges):
    sam_pledges()
    for _day in range(6):
        a_day_passes(noon)
    sam_pledges()
    letters = [subject for _day in range(6) for subject in a_day_passes(noon)]

    assert [subject for subject in letters if "still waits" in subject] == []
    assert Pledge.objects.get().reminders == 2
    noon.shift(dt.timedelta(seconds=1))
    a_day_passes(noon)
    assert not Pledge.objects.exists()


def test_worker_that_slept_reminds_once_for_both(noon):
    PledgeFactory(asked_at=timezone.now() - 6 * DAY)

    assert [len(a_day_passes(noon)), jobs.remind_unconfirmed()] == [1, 0]


@pytest.mark.parametrize(
    "state",
    [
        {"status": "confirmed", "confirmed_at": dt.datetime(2026, 11, 20, tzinfo=dt.UTC), "number": 1},
        {"standing": "invalid"},
        {"hidden_at": dt.datetime(2026, 11, 20, tzinfo=dt.UTC), "hidden_reason": "may-need-help"},
        {"asked_at": None},
        {"reminders": 2},
    ],
)
def test_nobody_is_reminded_of_what_does_not_wait_for_them(noon, state):
    pledge = PledgeFactory(asked_at=timezone.now() - 3 * DAY)
    Pledge.objects.filter(pk=pledge.pk).update(**state)

    assert jobs.remind_unconfirmed() == 0


def test_suspected_pledge_is_reminded_like_any_other(noon):
    PledgeFactory(asked_at=timezone.now() - 3 * DAY, standing="suspected")

    assert jobs.remind_unconfirmed() == 1


@pytest.mark.parametrize("reason", QuietAddress.Reason.values)
def test_mailbox_that_is_left_alone_is_not_reminded(noon, reason):
    PledgeFactory(email="sam@example.org", asked_at=timezone.now() - 3 * DAY)
    quiet.leave_alone("SAM@example.org", reason)

    assert jobs.remind_unconfirmed() == 0


def test_reminder_that_was_promised_is_dropped_once_its_pledge_is_confirmed_or_its_mailbox_left_alone(noon):
    confirmed, disowned = PledgeFactory.create_batch(2, asked_at=timezone.now() - 3 * DAY)
    assert jobs.remind_unconfirmed() == 2
    Pledge.objects.filter(pk=confirmed.pk).update(status="confirmed", confirmed_at=timezone.now(), number=1)
    quiet.leave_alone(disowned.email, QuietAddress.Reason.NOT_ME)
    send_due()

    assert mail.outbox == []


def test_mailbox_gets_one_mail_in_ten_minutes_reminders_too(noon):
    for name in ("Sam", "Dora"):
        PledgeFactory(
            email="home@example.org", public_name=name, name_key=name.casefold(), asked_at=timezone.now() - 3 * DAY
        )

    assert jobs.remind_unconfirmed() == 1
    noon.shift(dt.timedelta(hours=1))
    assert jobs.remind_unconfirmed() == 1


def test_heart_is_no_pledge_to_be_reminded_of(noon):
    HeartFactory(asked_at=timezone.now() - 3 * DAY)

    assert jobs.remind_unconfirmed() == 0
