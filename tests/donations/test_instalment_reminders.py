"""Mails to contributors: before an instalment is due, after it, and when money came; nothing that is no longer true."""

import datetime as dt

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from blueheart.post.jobs import send_due
from blueheart.post.models import Message
from donations.instalments import Planned
from donations.services import instalment_reminders
from donations.services.promise_payments import Settles, reverse_payment
from tests.donations.factories import TODAY, contributor, staff_member
from tests.donations.money_desk import member
from tests.donations.test_promised_gifts import change, pay, promise

DUE = TODAY + dt.timedelta(days=100)


@pytest.fixture(autouse=True)
def _db(db):
    pass


def reached(**changes):
    return contributor(contact_email="office@ministry.example", contact_name="Ms <b> Contact", **changes)


def gift(**changes):
    """One instalment, due in a hundred days."""
    return promise(
        500_00, contributor=changes.pop("contributor", None) or reached(), instalments=[Planned(500_00, DUE)]
    )


def in_the_night(distance):
    """Three o'clock, so many days after the due day."""
    return time_machine.travel(dt.datetime.combine(DUE + dt.timedelta(days=distance), dt.time(3), dt.UTC), tick=False)


def nights():
    """What the nightly job promises around all days that matter, as {days from the due day: kinds}."""
    found = {}
    for distance in (-100, -31, -30, -29, -8, -7, -6, -1, 0, 1, 2, 7, 30, 31, 32, 60, 61, 62, 91, 121, 366):
        before = set(Message.objects.values_list("pk", flat=True))
        instalment_reminders.remind(DUE + dt.timedelta(days=distance))
        if new := Message.objects.exclude(pk__in=before):
            found[distance] = sorted(new.values_list("kind", flat=True))
    return found


def sent():
    send_due()
    mails, mail.outbox[:] = list(mail.outbox), []
    return mails


def test_a_contributor_is_reminded_twice_before_and_three_times_after():
    member("ada", "record_promisepayment")
    gift()
    assert nights() == {
        -30: ["instalment-due"],
        -7: ["instalment-due"],
        1: ["alert-instalment-overdue", "instalment-overdue"],
        31: ["instalment-overdue"],
        61: ["instalment-overdue"],
    }


def test_nobody_is_reminded_without_an_address_or_of_what_is_settled():
    gift(contributor=contributor("No address"))
    pay(gift(), 500_00)
    Message.objects.all().delete()
    assert nights() == {}


def test_a_night_that_was_missed_is_made_up_for_and_an_old_debt_is_not():
    gift()
    for late, reminded in ((4, 1), (5, 0)):
        Message.objects.all().delete()
        assert instalment_reminders.remind(DUE - dt.timedelta(days=30 - late)) == reminded


@pytest.mark.parametrize("language", ["en", "ar", "fr"])
def test_a_reminder_says_what_is_due_when(language):
    giver = reached(kind="government", name="Mauritius (Ministry)", country="MU", language=language)
    promised = gift(contributor=giver)
    pay(promised, 100_00)
    sent()
    for distance in (-7, 1):
        with in_the_night(distance):
            instalment_reminders.remind()
            (letter,) = sent()
        assert letter.to == ["office@ministry.example"]
        html = letter.alternatives[0][0]
        for text in (letter.body, html):
            assert promised.public_id in text
            assert {"en": "$400.00", "ar": "400", "fr": "400,00"}[language] in text
            assert {"en": "Mauritius", "ar": "موريشيوس", "fr": "Maurice"}[language] in text
        assert "Ms &lt;b&gt; Contact" in html


@pytest.mark.parametrize("what", ["paid", "other-day", "cancelled", "written-off", "no-address", "came-late"])
def test_what_is_not_true_any_more_is_not_sent(what):
    promised = gift()
    with in_the_night(-7):
        instalment_reminders.remind()
    if what == "paid":
        pay(promised, 500_00)
    elif what == "other-day":
        change("change_schedule", promised, instalments=[Planned(500_00, DUE + dt.timedelta(days=1))])
    elif what in ("cancelled", "written-off"):
        change({"cancelled": "cancel", "written-off": "write_off"}[what], promised)
    elif what == "no-address":
        type(promised.contributor).objects.update(contact_email="")
    Message.objects.filter(kind="promise-payment-received").delete()
    with in_the_night(1 if what == "came-late" else -6):
        assert sent() == []
    assert Message.objects.get().status == "dropped"


def test_an_instalment_on_another_day_is_reminded_of_again():
    promised = gift()
    instalment_reminders.remind(DUE - dt.timedelta(days=7))
    later = DUE + dt.timedelta(days=60)
    change("change_schedule", promised, instalments=[Planned(500_00, later)])
    instalment_reminders.remind(later - dt.timedelta(days=7))
    assert Message.objects.filter(kind="instalment-due").count() == 2


def test_staff_are_told_while_it_is_overdue():
    member("ada", "record_promisepayment")
    promised = gift(contributor=contributor("Quiet Company", kind="company"))
    with in_the_night(1):
        instalment_reminders.remind()
        (letter,) = sent()
        assert letter.to == ["ada@example.org"]
        assert "Quiet Company" in letter.body
        assert "$500.00" in letter.body
        assert f"/donations/promisedgift/{promised.pk}/change/" in letter.body
        Message.objects.update(status="waiting", next_attempt_at=timezone.now(), sent_at=None)
        pay(promised, 500_00, received_on=DUE)
        assert sent() == []


def test_a_payment_is_acknowledged_with_what_it_settled():
    giver = reached()
    promised = promise(300_00, 300_00, contributor=giver)
    pay(promised, 250_00, currency="EUR", settles=Settles(350_00, "USD"))
    pay(promised, 275_00)
    first, last = sent()
    html = first.alternatives[0][0]
    for text in (first.body, html):
        assert "€250.00" in text
        assert "$300.00" in text
        assert "$50.00" in text
        assert promised.public_id in text
    for text in (last.body, last.alternatives[0][0]):
        assert "Beyond what was promised" in text
        assert "$25.00" in text
        assert "nothing" in text


def test_a_payment_that_was_reversed_is_not_acknowledged():
    payment = pay(promise(300_00, contributor=reached()), 300_00)
    reverse_payment(payment, by=staff_member(), why="another contributor’s")
    assert sent() == []
