"""Workers beside each other: a claim waits for nobody, and who ends a row holds it until that is committed."""

import threading

import pytest
from django.db import OperationalError, connection, transaction

from blueheart.post.models import Message


def promised(number):
    return Message.objects.create(kind="test-hello", cause=f"hello:{number}", subject_id=number, language="en")


def test_a_claim_does_not_wait_for_a_row_that_is_held(committed_db):
    held, free = promised(1), promised(2)
    claimed = []

    def claim():
        try:
            claimed.extend(row.pk for row in Message.objects.claim(limit=10))
        finally:
            connection.close()

    other = threading.Thread(target=claim)
    with transaction.atomic():
        Message.objects.select_for_update().get(pk=held.pk)
        other.start()
        other.join(10)
        claimed_meanwhile = list(claimed)
    other.join(30)

    assert claimed_meanwhile == [free.pk]


def test_who_books_a_row_holds_it_to_the_end_of_the_transaction(committed_db):
    promised(1)
    (row,) = Message.objects.claim(limit=1)
    refused = []

    def ask_without_waiting():
        try:
            with transaction.atomic(), pytest.raises(OperationalError, match="could not obtain lock"):
                Message.objects.select_for_update(nowait=True).get(pk=row.pk)
            refused.append(row.pk)
        finally:
            connection.close()

    with transaction.atomic():
        assert row.lock_claimed() is not None
        other = threading.Thread(target=ask_without_waiting)
        other.start()
        other.join(30)

    assert refused == [row.pk]
