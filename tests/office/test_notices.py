"""Who is told by mail: all who may act, unless Ada chose among them; and the digest that each may ask for."""

import datetime as dt

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.utils import timezone

from blueheart.post import letters, notices
from blueheart.post.alerts import alert
from blueheart.post.jobs import send_due
from blueheart.post.models import DigestReader, Message, NoticeRule
from blueheart.trail.models import Entry, Seal
from donations import sweeping
from donations.models import GivingCurrency, ReconciliationRun, StripeEvent
from donations.services import receipts
from office import jobs
from office.notices.digest import promise
from tests.donations.factories import donation
from tests.office.factories import StaffFactory
from tests.pledges.factories import HeartFactory

EVERY_KIND = [kind for kind in letters.registered_kinds() if kind.startswith("alert-")]


def staff_who_may(name: str, *permissions: str):
    user = StaffFactory(username=name, is_superuser=False, email=f"{name}@blueheart.example")
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


def told(kind: str) -> set[int]:
    """The keys of those who were promised a mail of the kind."""
    return {
        int(cause.rpartition(":")[2]) for cause in Message.objects.filter(kind=kind).values_list("cause", flat=True)
    }


def save(office, path: str, **fields):
    office.get(path)
    token = office.cookies["csrftoken"].value
    return office.post(path, fields | {"csrfmiddlewaretoken": token}, follow=True)


@pytest.fixture
def abe(db):
    return staff_who_may("abe", "donations.view_dispute")


@pytest.fixture
def bea(db):
    return staff_who_may("bea", "donations.view_dispute")


def test_every_alert_that_can_be_written_is_declared():
    assert {told.kind for told in notices.declared()} == set(EVERY_KIND)


def test_all_who_may_act_are_told_unless_staff_chose_among_them(office, ada, abe, bea):
    alert("alert-dispute", cause="dispute:1", subject_id=1)
    save(office, "/staff/notices/alert-dispute/", is_on="on", readers=[abe.pk])
    alert("alert-dispute", cause="dispute:2", subject_id=2)

    assert Message.objects.filter(cause__startswith="dispute:1:").count() == 3
    (second,) = Message.objects.filter(cause__startswith="dispute:2:")
    assert second.cause == f"dispute:2:{abe.pk}"
    assert Entry.objects.get(action="noticerule.changed").detail["readers"] == [abe.pk]


def test_where_all_who_were_chosen_have_left_everybody_is_told_again(ada, abe, bea):
    rule = NoticeRule.objects.create(kind="alert-dispute")
    rule.readers.add(abe)
    abe.is_active = False
    abe.save()

    alert("alert-dispute", cause="dispute:1", subject_id=1)

    assert told("alert-dispute") == {ada.pk, bea.pk}


def test_a_notice_is_switched_off_but_none_that_somebodys_safety_hangs_on(office, ada):
    save(office, "/staff/notices/alert-dispute/")
    save(office, "/staff/notices/alert-may-need-help/")

    alert("alert-dispute", cause="dispute:1", subject_id=1)
    alert("alert-may-need-help", cause="help:1", subject_id=1)

    assert told("alert-dispute") == set()
    assert told("alert-may-need-help") == {ada.pk}


def test_a_big_gift_is_told_from_the_amount_that_its_currency_says(ada):
    GivingCurrency.objects.filter(currency="USD").update(notice_from_minor=10_000)
    small, big = donation("succeeded", amount_minor=9_999), donation("succeeded", amount_minor=10_000)

    for gift in (small, big, big):
        receipts._tell_of_big(gift)

    (message,) = Message.objects.filter(kind="alert-big-gift")
    assert message.subject_id == big.pk


def test_shelved_events_are_told_once_an_hour(ada):
    for number in range(3):
        StripeEvent.objects.create(
            stripe_event_id=f"evt_{number}", payload="{}", source="poll", status="shelved", shelved_at=timezone.now(),
            next_attempt_at=None, reason="broken",
        )  # fmt: skip
        sweeping.tell_of_shelved()

    assert told("alert-event-shelved") == {ada.pk}
    assert Message.objects.filter(kind="alert-event-shelved").count() == 1


def test_an_event_that_is_shelved_just_before_the_hour_is_told_in_the_next(ada):
    StripeEvent.objects.create(
        stripe_event_id="evt_1", payload="{}", source="poll", status="shelved", next_attempt_at=None, reason="broken",
        shelved_at=dt.datetime(2026, 11, 23, 9, 59, 50, tzinfo=dt.UTC),
    )  # fmt: skip
    for minute in (0, 10, 20):
        with time_machine.travel(dt.datetime(2026, 11, 23, 10, minute, tzinfo=dt.UTC), tick=False):
            sweeping.tell_of_shelved()

    assert Message.objects.filter(kind="alert-event-shelved").count() == 1


def test_a_comparison_that_could_not_be_made_is_told(ada, settings, monkeypatch):
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    run = ReconciliationRun.objects.create(since=timezone.now(), until=timezone.now(), failure="Stripe was silent")
    monkeypatch.setattr(sweeping, "reconcile", lambda **kwargs: run)

    sweeping.reconcile_stripe()

    assert told("alert-reconciliation") == {ada.pk}


def test_wrong_tallies_and_broken_books_are_told_by_the_night(ada, monkeypatch, mailoutbox):
    monkeypatch.setattr(jobs.counting, "differences", lambda: iter(["one", "two"]))
    monkeypatch.setattr(jobs.books, "findings", lambda: ["I1 is broken"])

    jobs.recount_pledges()
    jobs.check_books()
    send_due()

    subjects = {mail.subject: mail.body for mail in mailoutbox}
    assert "2 findings of last night." in subjects["A tally differs from what it counts"]
    assert "manage.py check_books" in subjects["A rule of the books is broken"]


def test_digest_tells_each_reader_what_they_themselves_may_see(ada, abe, mailoutbox):
    HeartFactory(words="I wear it.", words_status="waiting")
    DigestReader.objects.create(user=ada, every="day")
    DigestReader.objects.create(user=abe, every="day")

    assert [promise(), promise()] == [2, 2]
    send_due()

    to = {mail.to[0]: mail.body for mail in mailoutbox}
    assert len(mailoutbox) == 2
    assert "Words of supporters to be read: 1" in to[ada.email]
    assert "Words of supporters" not in to[abe.email]
    assert "Hearts confirmed" not in to[abe.email]


def test_weekly_digest_comes_on_mondays(ada):
    DigestReader.objects.create(user=ada, every="week")

    assert promise() == (1 if timezone.now().astimezone(dt.UTC).weekday() == 0 else 0)


def test_newest_seal_travels_with_the_digest_of_who_reads_the_trail(ada, mailoutbox):
    Seal.objects.create(minute=timezone.now().replace(second=0, microsecond=0), entries=1, digest="ab" * 32)
    DigestReader.objects.create(user=ada, every="day")

    promise()
    send_due()

    assert Seal.objects.get().line in mailoutbox[0].body


def test_everybody_chooses_their_own_digest(office, ada):
    save(office, "/staff/notices/", every="day")
    assert DigestReader.objects.get().user == ada

    save(office, "/staff/notices/", every="")
    assert not DigestReader.objects.exists()
