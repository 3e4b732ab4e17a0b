"""Mails are counted by what became of them."""

import smtplib

import pytest

from blueheart.post import jobs, outbox
from blueheart.post.models import Message
from tests.blueheart.figures_told import counted

NAME = "blueheart_worker_mails_total"

pytestmark = pytest.mark.django_db


class Server:
    """A mail server that answers as it was told to."""

    def __init__(self, error):
        self.error = error

    def send_messages(self, messages):
        raise self.error


def promise(number):
    outbox.add("test-hello", cause=f"hello:{number}", subject_id=number, language="en")


def test_a_mail_that_goes_out_is_sent(written):
    promise(1)
    promise(2)
    with counted(NAME) as more:
        jobs.send_due()

    assert more == {("outcome", "sent"): 2}


def test_a_mail_that_the_server_does_not_take_yet_waits(written, mail_server):
    mail_server(Server(smtplib.SMTPServerDisconnected("gone")))
    promise(1)
    with counted(NAME) as more:
        jobs.send_due()

    assert more == {("outcome", "later"): 1}


def test_a_mail_that_cannot_be_written_is_shelved_in_the_end(written, monkeypatch):
    monkeypatch.setattr(jobs, "write", lambda _message: 1 / 0)
    promise(1)
    Message.objects.update(tries=11)
    with counted(NAME) as more:
        jobs.send_due()

    assert more == {("outcome", "shelved"): 1}


def test_a_mailbox_that_refuses_for_good_returns_it(written, mail_server):
    refusal = smtplib.SMTPRecipientsRefused({"sam@example.org": (550, b"5.1.1 no such mailbox")})
    mail_server(Server(refusal))
    promise(1)
    with counted(NAME) as more:
        jobs.send_due()

    assert more == {("outcome", "returned"): 1}
