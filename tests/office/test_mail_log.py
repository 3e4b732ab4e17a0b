"""The mail log: what became of a mail, and sending it again where that is safe."""

import pytest
from django.core import mail
from django.utils import timezone

from blueheart.post import letters
from blueheart.post.jobs import send_due
from blueheart.post.models import Message
from blueheart.trail.models import Entry
from office import mail_log
from tests.donations.factories import donor
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import HeartFactory


@pytest.fixture
def desk(db):
    return desk_of(StaffFactory(username="ada"))


def message(kind: str, subject_id: int, status: str = "sent", **changes) -> Message:
    fields = {"kind": kind, "cause": f"{kind}:{subject_id}", "subject_id": subject_id, "language": "en"}
    ended = {"next_attempt_at": None, "tries": 1, "sent_at": timezone.now() if status == "sent" else None}
    return Message.objects.create(**fields | ended | {"status": status} | changes)


def again(desk, row: Message, act: str, **fields):
    return desk.post(f"/staff/post/message/{row.pk}/again/", {"act": act, **fields}, follow=True)


def test_page_of_a_mail_tells_its_life_and_neither_address_nor_words(desk):
    heart = HeartFactory(email="sam.secret@example.org")
    row = message("pledge-manage", heart.pk, "shelved", reason="SMTPServerDisconnected", shelved_at=timezone.now())
    again(desk, row, "again", why="the server is back")

    page = desk.get(f"/staff/post/message/{row.pk}/change/").content.decode()

    assert f'href="/staff/pledges/pledge/{heart.pk}/change/"' in page
    for told in ("SMTPServerDisconnected", row.message_id.strip("<>"), "post.sent-again", "the server is back"):
        assert told in page
    assert "sam.secret" not in page


@pytest.mark.parametrize("status", ["shelved", "returned"])
def test_mail_that_did_not_arrive_is_sent_again_with_its_message_id(desk, status):
    giver = donor()
    row = message("giving-link", giver.pk, status)

    again(desk, row, "again")
    send_due()

    row.refresh_from_db()
    assert row.status == "sent"
    assert mail.outbox[-1].extra_headers["Message-ID"] == row.message_id
    assert Message.objects.count() == 1


def test_mail_that_was_sent_is_written_anew_for_a_reason(desk):
    row = message("giving-link", donor().pk)

    assert "Write why. Nothing was sent." in again(desk, row, "once-more").content.decode()
    again(desk, row, "once-more", why="the link is over")
    send_due()

    other = Message.objects.exclude(pk=row.pk).get()
    assert (other.status, other.cause.startswith("giving-link:")) == ("sent", True)
    assert mail.outbox[-1].extra_headers["Message-ID"] == other.message_id != row.message_id
    assert Entry.objects.get(action="post.sent-once-more").why == "the link is over"


@pytest.mark.parametrize("kind", ["pledge-help", "tribute-notice", "alert-dispute", "refund-made"])
def test_mail_that_nobody_wants_twice_is_not_sent_twice(desk, kind):
    row = message(kind, 1)

    again(desk, row, "once-more", why="please")
    desk.post("/staff/post/message/", {"action": "send_again", "_selected_action": [row.pk]})

    assert Message.objects.count() == 1
    row.refresh_from_db()
    assert row.status == "sent"


def test_list_sends_again_only_what_did_not_arrive(desk):
    rows = [message("giving-link", number, status) for number, status in enumerate(["sent", "shelved", "dropped"])]

    page = desk.post(
        "/staff/post/message/", {"action": "send_again", "_selected_action": [row.pk for row in rows]}, follow=True
    ).content.decode()

    assert "1 mail will be sent again." in page
    assert "Only mails that are shelved or came back" in page
    assert sorted(Message.objects.values_list("status", flat=True)) == ["dropped", "sent", "waiting"]


def test_what_may_be_sent_twice_and_what_it_is_about_are_kinds_that_there_are():
    kinds = set(letters._writers)

    assert kinds >= mail_log.SAFE_TWICE
    assert set(mail_log.ABOUT) >= mail_log.SAFE_TWICE
    assert not {kind for kind in mail_log.ABOUT if kind not in kinds}
