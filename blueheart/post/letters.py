"""What a mail of each kind says: apps register one function per kind in their `messages.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation

from blueheart.languages import is_rtl
from blueheart.post import wording
from blueheart.post.models import Message


class Attachment(NamedTuple):
    """A file that goes with a mail."""

    name: str
    content: bytes
    mimetype: str


@dataclass(frozen=True)
class Letter:
    """Whom to write to, and what the templates `mail/<kind>.subject.txt`, `.txt` and `.html` need to know."""

    to: str
    context: dict[str, Any] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()


Sample = Callable[[], dict[str, Any]]
Writer = Callable[[Message], Letter | None]
Returned = Callable[[Message, str], bool]
_writers: dict[str, Writer] = {}
_returned: dict[str, Returned] = {}
_samples: dict[str, Sample] = {}


def letter(kind: str) -> Callable[[Writer], Writer]:
    """Register the function that answers a message of this kind with its letter, or None if it is not needed any more.

    It runs in a transaction of its own just before the mail goes out: the place to mint a token and store its digest.
    """

    def register(writer: Writer) -> Writer:
        _writers[kind] = writer
        return writer

    return register


def returned(*kinds: str) -> Callable[[Returned], Returned]:
    """Register the function that learns that a mailbox takes no mail any more, by a message of one of these kinds.

    It gets the address that the mail server names and answers whether the message went there: anyone may send us a
    report. It runs in the transaction that books the message as returned.
    """

    def register(learner: Returned) -> Returned:
        _returned.update(dict.fromkeys(kinds, learner))
        return learner

    return register


def sample(*kinds: str) -> Callable[[Sample], Sample]:
    """Register what a mail of these kinds might say, of people who do not exist: staff may word those kinds.

    The function runs in the mail's language and touches no database.
    """

    def register(made_up: Sample) -> Sample:
        _samples.update(dict.fromkeys(kinds, made_up))
        return made_up

    return register


def registered_kinds() -> list[str]:
    """Every kind of mail that the worker can write, by name."""
    return sorted(_writers)


def worded_kinds() -> list[str]:
    """The kinds of mail that staff may word, by name."""
    return sorted(_samples)


def example(
    kind: str, *, language: str, to: str, words: Mapping[str, wording.Forms] | None = None
) -> EmailMultiAlternatives:
    """A mail of this kind about nobody; `words` stand for those saved. Raises KeyError for a kind without a sample."""
    with translation.override(language):
        return render(kind, Letter(to=to, context=_samples[kind]()), language=language, words=words)


def tell_returned(message: Message, address: str) -> bool:
    """Tell the app that wrote the message; False where the address is not the message's, or no app wants to know."""
    learner = _returned.get(message.kind)
    return learner is not None and learner(message, address)


def write(message: Message) -> EmailMultiAlternatives | None:
    """The mail for a message in its language, or None if there is nothing left to send.

    Raises KeyError for a kind that no app has registered.
    """
    with translation.override(message.language):
        written = _writers[message.kind](message)
        if written is None:
            return None
        return render(message.kind, written, language=message.language, headers={"Message-ID": message.message_id})


def site_url(path: str) -> str:
    """The absolute address of a path of ours."""
    return f"{settings.SITE_URL}{path}"


def render(
    kind: str,
    written: Letter,
    *,
    language: str,
    headers: Mapping[str, str] | None = None,
    words: Mapping[str, wording.Forms] | None = None,
) -> EmailMultiAlternatives:
    """The mail of a letter of this kind in a language; the worker and `farewell` hand it over.

    Staff's words come from the database, one query, unless `words` are given: those of a preview.
    """
    context = {
        "site_url": settings.SITE_URL,
        "site_name": settings.SITE_NAME,
        "language": language,
        "direction": "rtl" if is_rtl(language) else "ltr",
        "mail_words": wording.in_force(kind, language) if words is None else words,
        **written.context,
    }
    mail = EmailMultiAlternatives(
        subject=" ".join(render_to_string(f"mail/{kind}.subject.txt", context).split()),
        body=render_to_string(f"mail/{kind}.txt", context).strip() + "\n",
        to=[written.to],
        headers={**(headers or {}), "Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(render_to_string(f"mail/{kind}.html", context), "text/html")
    for attachment in written.attachments:
        mail.attach(*attachment)
    return mail
