"""Promising a mail, in the transaction of its cause."""

from blueheart.post.models import Message


def add(kind: str, *, cause: str, subject_id: int, language: str) -> None:
    """Have the worker send one mail of this kind about `subject_id`, if this transaction commits.

    `cause` names why, e.g. `donation-received:17`; a second call for the same cause does nothing.
    """
    Message.objects.bulk_create(
        [Message(kind=kind, cause=cause, subject_id=subject_id, language=language)], ignore_conflicts=True
    )
