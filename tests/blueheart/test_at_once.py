"""Eight workers at once on one queue, in a database where they commit."""

import threading

import pytest
from django.core import mail
from django.db import connection, transaction

from blueheart.post import jobs, letters
from blueheart.post.models import Message


def promised(number: int) -> list[Message]:
    return Message.objects.bulk_create(
        Message(kind="test-hello", cause=f"hello:{index}", subject_id=index, language="en") for index in range(number)
    )


def in_threads(work, number: int) -> None:
    def run():
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _n in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


def test_eight_workers_claim_each_row_once(committed_db):
    promised(60)
    claimed: list[int] = []

    def take_all():
        while rows := Message.objects.claim(limit=3):
            claimed.extend(row.pk for row in rows)

    in_threads(take_all, 8)

    assert len(claimed) == len(set(claimed)) == 60


def test_claim_passes_by_a_row_that_another_transaction_holds(committed_db):
    first, second = promised(2)
    claimed: list[int] = []
    with transaction.atomic():
        Message.objects.select_for_update().get(pk=first.pk)
        in_threads(lambda: claimed.extend(row.pk for row in Message.objects.claim(limit=10)), 1)

    assert claimed == [second.pk]


@pytest.fixture
def handed_over(monkeypatch) -> list[str]:
    """The Message-IDs that a mail server took."""
    ids: list[str] = []

    class Server:
        def send_messages(self, messages):
            ids.extend(message.extra_headers["Message-ID"] for message in messages)
            return len(messages)

    def write(message):
        return mail.EmailMultiAlternatives(
            "Hello", "Dear Sam", to=["sam@example.org"], headers={"Message-ID": message.message_id}
        )

    monkeypatch.setattr(mail.EmailMessage, "get_connection", lambda *_args: Server())
    monkeypatch.setattr(jobs, "write", write)
    monkeypatch.setitem(letters._writers, "test-hello", None)
    return ids


def test_eight_workers_send_each_mail_once(committed_db, handed_over):
    promised(40)

    def send_all():
        while jobs.send_due(limit=3):
            pass

    in_threads(send_all, 8)

    assert len(handed_over) == len(set(handed_over)) == 40
    assert Message.objects.filter(status=Message.Status.SENT, next_attempt_at=None).count() == 40
