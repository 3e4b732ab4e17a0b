"""One mail per cause: promised with its cause, sent by the worker, never lost and never doubled."""

import datetime as dt
import smtplib

import pytest
import time_machine
from django.core import mail
from django.db import transaction
from django.utils import timezone

from blueheart.post import jobs, local_copies, outbox
from blueheart.post.farewells import say_farewell
from blueheart.post.letters import Letter
from blueheart.post.models import Message

pytestmark = pytest.mark.django_db


def promise(cause: str = "hello:1", language: str = "en") -> None:
    outbox.add("test-hello", cause=cause, subject_id=1, language=language)


class BrokenServer:
    """A mail server that fails by raising."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def send_messages(self, messages):
        raise self.error


def test_promise_made_twice_for_one_cause_is_one_mail(written):
    promise()
    promise()

    assert jobs.send_due() == 1
    assert jobs.send_due() == 0
    assert [sent.to for sent in mail.outbox] == [["sam@example.org"]]


def test_promise_of_a_transaction_that_rolls_back_is_no_mail(written):
    with transaction.atomic():
        promise()
        transaction.set_rollback(True)

    assert jobs.send_due() == 0


def test_mail_has_one_line_of_subject_text_and_html_in_its_language(written):
    promise(language="ar")
    jobs.send_due()

    (sent,) = mail.outbox
    assert sent.subject == "Hello Sam & co"
    assert "Dear Sam & <b>co</b>" in sent.body
    (html,) = sent.alternatives
    assert html.content == "<p dir='rtl'>Dear Sam &amp; &lt;b&gt;co&lt;/b&gt;</p>"
    assert sent.extra_headers["Auto-Submitted"] == "auto-generated"


def test_sent_mail_is_booked_as_sent(written):
    promise()
    jobs.send_due()

    message = Message.objects.get()
    assert (message.status, message.next_attempt_at, message.reason) == (Message.Status.SENT, None, "")
    assert message.sent_at is not None


def test_mail_that_nobody_needs_any_more_is_dropped(written):
    written.answer = lambda message: None
    promise()
    jobs.send_due()

    message = Message.objects.get()
    assert (message.status, message.sent_at, mail.outbox) == (Message.Status.DROPPED, None, [])


def test_mail_to_nobody_is_not_booked_as_sent(written):
    written.answer = lambda message: Letter(to="", context={"name": "Sam"})
    promise()
    jobs.send_due()

    message = Message.objects.get()
    assert (message.status, message.reason) == (Message.Status.WAITING, "there is nobody to send it to")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            smtplib.SMTPRecipientsRefused({"sam@example.org": (450, b"4.2.1 sam@example.org is busy")}),
            "SMTPRecipientsRefused",
        ),
        (smtplib.SMTPDataError(451, b"greylisted sam@example.org"), "SMTPDataError 451"),
        (ConnectionRefusedError("no server"), "ConnectionRefusedError"),
        (TimeoutError("too slow"), "TimeoutError"),
        (UnicodeEncodeError("ascii", "ж@example.org", 0, 1, "ordinal"), "UnicodeEncodeError"),
    ],
)
def test_mail_that_the_server_refuses_is_tried_again_and_its_address_is_stored_nowhere(
    error, reason, written, mail_server
):
    promise()
    promise("hello:2")
    mail_server(BrokenServer(error))

    assert jobs.send_due() == 2

    for message in Message.objects.all():
        assert (message.status, message.reason, message.tries) == (Message.Status.WAITING, reason, 1)
        assert message.next_attempt_at > timezone.now()


def test_mail_server_that_is_away_for_days_is_waited_for_and_back_for_at_most_two_hours(written, mail_server):
    promise()
    mail_server(BrokenServer(ConnectionRefusedError("no server")))
    pauses = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        while jobs.send_due():
            message = Message.objects.get()
            if message.next_attempt_at:
                pauses.append(message.next_attempt_at - timezone.now())
                clock.move_to(message.next_attempt_at)

    assert (message.status, message.tries) == (Message.Status.SHELVED, 60)
    assert sum(pauses, dt.timedelta()) > dt.timedelta(days=4)
    assert (pauses[0], max(pauses)) == (dt.timedelta(seconds=5), dt.timedelta(hours=2))


def test_broken_letter_is_shelved_within_hours(written):
    outbox.add("no-such-kind", cause="broken:1", subject_id=1, language="en")
    for _try in range(13):
        Message.objects.filter(status="waiting").update(next_attempt_at=timezone.now())
        jobs.send_due()

    assert Message.objects.values_list("status", "tries").get() == ("shelved", 12)


def test_broken_letter_does_not_stop_the_mail_of_others(written):
    outbox.add("no-such-kind", cause="broken:1", subject_id=1, language="en")
    promise()
    jobs.send_due()

    assert len(mail.outbox) == 1
    assert Message.objects.get(cause="broken:1").reason == "KeyError"


def test_what_a_broken_letter_wrote_is_undone(written):
    def write(message):
        Message.objects.filter(pk=message.pk).update(subject_id=99)
        raise ValueError

    written.answer = write
    promise()
    jobs.send_due()

    assert Message.objects.get().subject_id == 1


def test_every_attempt_has_the_same_message_id(written, mail_server, settings):
    ids = []

    class Server:
        def send_messages(self, messages):
            ids.append(messages[0].extra_headers["Message-ID"])
            raise smtplib.SMTPServerDisconnected

    mail_server(Server())
    promise()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        jobs.send_due()
        clock.shift(60)
        jobs.send_due()

    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert ids[0].endswith("@localhost>")


def test_slow_mail_server_does_not_let_two_workers_send_the_same_mail(written, mail_server):
    """Each mail takes longer than half the lease: those claimed with it are not ours any more when their turn comes."""
    sent = []
    with time_machine.travel(timezone.now(), tick=False) as clock:

        class SlowServer:
            def send_messages(self, messages):
                sent.append(messages[0].extra_headers["Message-ID"])
                clock.shift(jobs.LEASE_SECONDS + 1)
                return 1

        mail_server(SlowServer())
        for number in range(3):
            promise(f"hello:{number}")
        jobs.send_due()
        assert len(sent) == 1
        jobs.send_due()
        jobs.send_due()

    assert len(sent) == len(set(sent)) == 3


def test_local_copy_keeps_text_and_html_and_is_found_by_its_name(written, settings):
    settings.EMAIL_BACKEND = "blueheart.post.local_copies.EmailBackend"
    promise()
    promise("hello:2", language="fr")
    jobs.send_due()

    newest, oldest = local_copies.newest()
    assert newest.name > oldest.name
    assert "Dear Sam" in newest.text
    assert newest.html.startswith("<p dir='ltr'>")
    assert local_copies.find(newest.name) == newest


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", "", "00000000000000000000-1", "a" * 300, "1\x00"])
def test_local_copy_by_another_name_is_not_there(name, settings):
    assert local_copies.find(name) is None


def test_local_copies_keep_the_newest_and_forget_the_rest(monkeypatch):
    monkeypatch.setattr(local_copies, "KEPT", 3)
    for number in range(5):
        local_copies.EmailBackend().send_messages([mail.EmailMessage(f"mail {number}", "text", to=["sam@example.org"])])

    assert [copy.subject for copy in local_copies.newest()] == ["mail 4", "mail 3", "mail 2"]


def test_farewell_that_the_server_refuses_is_lost_without_a_trace(mail_server, caplog):
    mail_server(BrokenServer(smtplib.SMTPServerDisconnected("sam@example.org")))
    say_farewell("pledge-erased", Letter(to="sam@example.org"), language="en")

    assert not Message.objects.exists()
    assert caplog.messages == ["a farewell was not taken by the mail server: SMTPServerDisconnected"]
