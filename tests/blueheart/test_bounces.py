"""Mail that comes back: at once, by the mail server's answer, or later, by a report that anyone could have sent."""

import io
import smtplib
from email.message import EmailMessage
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from blueheart.post import bounces, jobs, letters
from blueheart.post.models import Message
from tests.blueheart.test_post import BrokenServer, promise

pytestmark = pytest.mark.django_db

REPORT = """\
From: MAILER-DAEMON@mx.example.net
To: hello@localhost
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="x"
Message-ID: <bounce.1@mx.example.net>

--x
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

{final}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} User unknown

--x
Content-Type: {kind}

From: hello@localhost
Message-ID: {message_id}
Subject: Hello

--x--
"""


def report(message_id: str, **changes) -> bytes:
    fields = {
        "final": "Final-Recipient: rfc822; sam@example.org",
        "action": "failed",
        "status": "5.1.1",
        "kind": "text/rfc822-headers",
        "message_id": message_id,
    }
    return REPORT.format(**fields | changes).encode()


@pytest.fixture
def told(monkeypatch):
    """The addresses that the app was told of; it wrote to Sam and to nobody else."""
    told = []

    def learn(message, address):
        told.append(address)
        return address == "sam@example.org"

    monkeypatch.setitem(letters._returned, "test-hello", learn)
    return told


@pytest.fixture
def sent(written, told):
    """A message that the mail server took."""
    promise()
    jobs.send_due()
    return Message.objects.get()


def refused(code: int, words: bytes) -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({"sam@example.org": (code, words)})


@pytest.mark.parametrize(
    ("error", "status", "learns"),
    [
        (refused(550, b"5.1.1 no such user"), "returned", True),
        (refused(550, b"no sam@example.org here"), "returned", True),
        (refused(550, b"5.2.1 mailbox disabled"), "returned", True),
        (refused(552, b"5.2.2 mailbox full"), "returned", False),
        (refused(554, b"5.7.1 relay access denied"), "waiting", False),
        (refused(554, b"go away"), "waiting", False),
        (refused(450, b"4.2.1 greylisted"), "waiting", False),
        (smtplib.SMTPSenderRefused(550, b"5.1.8 bad sender", "hello@localhost"), "waiting", False),
        (smtplib.SMTPDataError(550, b"5.1.1 x"), "waiting", False),
    ],
)
def test_refusal_for_good_ends_the_message_at_once_and_only_that_one(
    error,
    status,
    learns,
    written,
    told,
    mail_server,
):
    promise()
    mail_server(BrokenServer(error))
    jobs.send_due()

    message = Message.objects.get()
    assert (message.status, message.tries, told) == (status, 1, ["sam@example.org"] if learns else [])
    assert (message.next_attempt_at is None) is (status == "returned")
    assert "sam@example.org" not in message.reason


def test_message_that_no_app_asks_about_is_ended_all_the_same(written, mail_server):
    promise()
    mail_server(BrokenServer(refused(550, b"5.1.1 no such user")))
    jobs.send_due()

    assert (Message.objects.get().status, jobs.send_due()) == ("returned", 0)


@pytest.mark.parametrize("kind", ["text/rfc822-headers", "message/rfc822"])
def test_report_about_a_mail_of_ours_ends_it_and_tells_its_app(sent, told, kind):
    line = bounces.take_report(report(sent.message_id, kind=kind))

    sent.refresh_from_db()
    assert (sent.status, sent.reason, told) == ("returned", "the mailbox refused it: 5.1.1", ["sam@example.org"])
    assert line == f"message {sent.pk}: its mailbox is gone (5.1.1)"
    assert bounces.take_report(report(sent.message_id, kind=kind)) == line


@pytest.mark.parametrize(
    "changes",
    [
        {"final": "Final-Recipient: rfc822; mallory@example.org"},
        {"status": "5.2.2"},
        {"status": "5.7.1"},
        {"status": "4.4.1"},
    ],
)
def test_report_about_another_address_or_not_for_good_changes_nothing(sent, changes):
    assert "nothing changed" in bounces.take_report(report(sent.message_id, **changes))
    sent.refresh_from_db()
    assert sent.status == "sent"


def test_report_names_the_address_as_we_wrote_it_beside_where_it_was_forwarded(sent):
    final = "Original-Recipient: rfc822;sam@example.org\nFinal-Recipient: rfc822;s.ferreira@elsewhere.example"
    bounces.take_report(report(sent.message_id, final=final))

    sent.refresh_from_db()
    assert sent.status == "returned"


@pytest.mark.parametrize(
    "forge",
    [
        lambda message: report("<post.999999999.1@localhost>"),
        lambda message: report(message.message_id.replace("@", "0@")),
        lambda message: report("<something@else.example>"),
        lambda message: report(f"<post.{message.pk}.{int(message.created_at.timestamp())}@localhost>"),
        lambda message: report("<post.99999999999999999999999.1@localhost>"),
        lambda message: report(message.message_id, action="delayed"),
        lambda message: report("none").replace(b"bounce.1@mx.example.net", message.message_id[1:-1].encode()),
        lambda message: b"",
        lambda message: b"\xff\x00" * 500,
        lambda message: EmailMessage().as_bytes(),
        lambda message: report(message.message_id) + b" " * bounces.LARGEST_REPORT,
    ],
)
def test_what_is_no_report_about_a_mail_of_ours_is_refused(sent, told, forge):
    with pytest.raises(bounces.UnreadableReportError):
        bounces.take_report(forge(sent))

    sent.refresh_from_db()
    assert (sent.status, told) == ("sent", [])


def test_command_reads_what_a_mail_server_pipes_into_it(sent):
    said = io.StringIO()
    call_command("take_bounce", stdin=SimpleNamespace(buffer=io.BytesIO(report(sent.message_id))), stdout=said)

    assert said.getvalue() == f"message {sent.pk}: its mailbox is gone (5.1.1)\n"
    assert len(mail.outbox) == 1


def test_command_says_what_is_wrong_and_ends_as_mail_servers_know_it(db):
    with pytest.raises(CommandError, match="Nothing changed: this is no report") as refusal:
        call_command("take_bounce", stdin=SimpleNamespace(buffer=io.BytesIO(b"Subject: hello\n\nhello")))

    assert refusal.value.returncode == 65
