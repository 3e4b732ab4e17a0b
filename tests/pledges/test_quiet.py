"""Mailboxes that we leave alone: how they come to be, in which spellings they are known, and how staff lift it."""

import io
import smtplib
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blueheart.post.jobs import send_due
from blueheart.post.models import Message
from blueheart.trail.models import Entry
from pledges.models import DomainRule, QuietAddress
from pledges.services import quiet
from tests.blueheart.test_bounces import report
from tests.office.factories import StaffFactory, desk_of

pytestmark = pytest.mark.django_db
LIST = "/staff/pledges/quietaddress/"


@pytest.mark.parametrize("spelling", ["sam@example.org", "SAM@Example.ORG", " ｓａｍ@example.org"])
def test_mailbox_is_left_alone_in_whichever_spelling(spelling):
    quiet.leave_alone("sam@example.org", "not-me")

    assert [quiet.may_write(email) for email in (spelling, "dora@example.org", "")] == [False, True, False]


def test_rule_of_a_domain_that_comes_later_does_not_wake_the_mailbox():
    quiet.leave_alone("s.am@example.org", "not-me")
    DomainRule.objects.create(domain="example.org", ignores_dots=True)

    assert not quiet.may_write("s.am@example.org")
    quiet.leave_alone("d.ora@example.org", "not-me")
    assert not quiet.may_write("dora@example.org")


def test_mailbox_is_known_after_the_secret_key_was_changed(settings):
    quiet.leave_alone("sam@example.org", "not-me")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-key"

    assert not quiet.may_write("sam@example.org")


def test_mailbox_that_refuses_our_letter_is_left_alone(sam_pledges, monkeypatch):
    class NobodyThere:
        def send_messages(self, messages):
            raise smtplib.SMTPRecipientsRefused({"sam@example.org": (550, b"5.1.1 no such user")})

    monkeypatch.setattr(mail.EmailMessage, "get_connection", lambda *_args: NobodyThere())
    sam_pledges()
    send_due()

    assert [message.status for message in Message.objects.all()] == ["returned"]
    assert [row.reason for row in QuietAddress.objects.all()] == ["bounced"]


@pytest.mark.parametrize(("address", "reasons"), [("Sam@example.org", ["bounced"]), ("dora@example.org", [])])
def test_report_of_a_mail_server_is_believed_about_the_recipient_alone(sam_pledges, address, reasons):
    sam_pledges()
    send_due()
    said = report(Message.objects.get().message_id, final=f"Final-Recipient: rfc822; {address}")
    call_command("take_bounce", stdin=SimpleNamespace(buffer=io.BytesIO(said)), stdout=io.StringIO())

    assert [row.reason for row in QuietAddress.objects.all()] == reasons


@pytest.fixture
def ada():
    """She may leave addresses alone and write to them again, and nothing else."""
    ada = StaffFactory(username="ada", is_superuser=False)
    ada.user_permissions.add(Permission.objects.get(codename="silence_quietaddress"))
    return ada


def test_staff_find_an_address_by_the_whole_of_it_and_let_it_have_mail_again(ada):
    quiet.leave_alone("sam@example.org", "bounced")
    quiet.leave_alone("dora@example.org", "not-me")
    desk = desk_of(ada)

    found = desk.get(LIST, {"q": "SAM@example.org"}).context["cl"].result_list
    desk.post(LIST, {"action": "lift", "_selected_action": [row.pk for row in found]})

    assert [quiet.may_write(email) for email in ("sam@example.org", "dora@example.org")] == [True, False]
    (entry,) = Entry.objects.filter(action="quiet-address.lifted")
    assert (entry.actor_id, entry.detail) == (ada.pk, {"reason": "bounced"})


def test_staff_leave_an_address_alone_and_only_its_digest_is_kept(ada):
    answer = desk_of(ada).post(f"{LIST}add/", {"email": "sam@example.org"}, follow=True)

    assert answer.status_code == 200
    assert not quiet.may_write("sam@example.org")
    assert [row.reason for row in QuietAddress.objects.all()] == ["by-staff"]
    assert "sam@example.org" not in repr([*QuietAddress.objects.values(), *Entry.objects.values()])
    assert Entry.objects.filter(action="quiet-address.added").count() == 1


def test_address_that_is_left_alone_already_keeps_its_reason(ada):
    quiet.leave_alone("sam@example.org", "not-me")
    desk_of(ada).post(f"{LIST}add/", {"email": "sam@example.org"})

    assert [row.reason for row in QuietAddress.objects.all()] == ["not-me"]


def test_who_may_only_look_changes_nothing():
    looker = StaffFactory(username="leo", is_superuser=False)
    looker.user_permissions.add(Permission.objects.get(codename="view_quietaddress"))
    quiet.leave_alone("sam@example.org", "bounced")
    desk = desk_of(looker)

    desk.post(LIST, {"action": "lift", "_selected_action": [QuietAddress.objects.get().pk]})

    assert desk.get(LIST).status_code == 200
    assert desk.post(f"{LIST}add/", {"email": "dora@example.org"}).status_code == 403
    assert QuietAddress.objects.count() == 1


def test_list_asks_the_database_as_often_for_one_row_as_for_many(ada):
    desk, asked = desk_of(ada), []
    for count in (1, 30):
        for number in range(count):
            quiet.leave_alone(f"sam{number}@example.org", "bounced")
        with CaptureQueriesContext(connection) as queries:
            desk.get(LIST)
        asked.append(len(queries))

    assert asked[0] == asked[1] <= 15
