"""Promising a mail, in the transaction of its cause."""

from blueheart.post.models import Message
from blueheart.postgresql.trips import Statement, insert, send


def add(kind: str, *, cause: str, subject_id: int, language: str) -> None:
    """Have the worker send one mail of this kind about `subject_id`, if this transaction commits.

    `cause` names why, e.g. `donation-received:17`; a second call for the same cause does nothing.
    """
    send(promised(kind, cause=cause, subject_id=subject_id, language=language))


def promised(kind: str, *, cause: str, subject_id: int, language: str) -> Statement:
    """The statement of `add`, to be sent with others."""
    message = Message(kind=kind, cause=cause, subject_id=subject_id, language=language)
    return insert(message, then="ON CONFLICT DO NOTHING")
