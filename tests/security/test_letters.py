"""Mallory puts headers of her own into a name: no letter has another reader or another subject because of it."""

from email import message_from_bytes, policy
from typing import Any

import pytest
from django.utils import translation

from blueheart.post import letters

HOSTILE = "Mallory\r\nBcc: dora@example.org\r\nSubject: pay here\r\n\r\n<script>alert(1)</script>"
HEADERS = {"Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted"}


def hostile(value: Any) -> Any:
    """The same, with a name of Mallory's for every string that has a space or a capital in it, as names have."""
    if isinstance(value, dict):
        return {name: hostile(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(hostile, value)) if type(value) in {list, tuple} else value
    return HOSTILE if isinstance(value, str) and value != value.lower() and "/" not in value else value


@pytest.mark.django_db
@pytest.mark.parametrize("kind", letters.worded_kinds())
def test_no_name_writes_a_header_or_markup(kind):
    with translation.override("en"):
        context = hostile(letters._samples[kind]())
        letter = letters.Letter(to="sam@example.org", context=context)
        mail = letters.render(kind, letter, language="en", headers={"Message-ID": "<1@example.org>"})

    message = message_from_bytes(mail.message().as_bytes(), policy=policy.default)

    assert set(message.keys()) == HEADERS
    assert message["To"] == "sam@example.org"
    assert mail.recipients() == ["sam@example.org"]
    assert "<script" not in message.get_body(("html",)).get_content()


@pytest.mark.django_db
def test_the_names_are_in_the_letters_that_are_tested():
    """Else the test above would be content with letters that name nobody."""
    with translation.override("en"):
        contexts = {kind: hostile(letters._samples[kind]()) for kind in letters.worded_kinds()}

    assert sum(HOSTILE in str(context.values()) or "Mallory" in repr(context) for context in contexts.values()) > 10


@pytest.mark.django_db
def test_a_subject_of_several_lines_is_one_line(monkeypatch):
    kind = letters.worded_kinds()[0]
    monkeypatch.setattr(letters, "render_to_string", lambda name, _context: HOSTILE if "subject" in name else "words")

    mail = letters.render(kind, letters.Letter(to="sam@example.org"), language="en", words={})

    assert "\n" not in mail.subject
    assert set(message_from_bytes(mail.message().as_bytes()).keys()) == HEADERS
