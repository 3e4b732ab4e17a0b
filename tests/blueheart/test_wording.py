"""Staff's own words in mails: they change what is said, and never what a mail needs."""

import pytest
from django.template import engines

from blueheart.languages import LANGUAGES
from blueheart.post import letters, wording
from blueheart.post.models import MailText

OPENING = "you, or somebody with your address, pledged to wear the Blue Heart. Open this page, look at the pledge and press the button to confirm it:"  # noqa: E501
DIGITS = "The digits work for {minutes} minute after you sent the form. Tell them to nobody."


def say(kind: str, source: str, language: str = "en", **words: str) -> None:
    MailText.objects.create(kind=kind, language=language, source=source, words=words)


def html(mail) -> str:
    return str(mail.alternatives[0].content)


def example(kind: str, language: str = "en"):
    return letters.example(kind, language=language, to="sam@example.org")


@pytest.fixture
def strict_templates(monkeypatch):
    """A name that a template asks for and nobody gives shows."""
    monkeypatch.setattr(engines["django"].engine, "string_if_invalid", "NOBODY GAVE %s")


@pytest.mark.parametrize("language", [code for code, _name in LANGUAGES])
@pytest.mark.parametrize("kind", letters.worded_kinds())
def test_every_sample_fills_its_mail_in_every_language(kind, language, strict_templates):
    mail = letters.example(kind, language=language, to="", words={})

    assert mail.subject
    assert "NOBODY GAVE" not in mail.subject + mail.body + html(mail)


def test_every_mail_to_people_outside_can_be_worded():
    inside = ("alert-", "staff-")

    outside = {kind for kind in letters.registered_kinds() if not kind.startswith(inside)}

    assert outside <= set(letters.worded_kinds())


def test_words_of_staff_stand_in_text_and_html_of_their_kind_and_language_alone(db):
    say("pledge-confirm", OPENING, other="please look at this & press the button:")

    changed, ours = example("pledge-confirm"), example("pledge-reminder")
    french = example("pledge-confirm", "fr")

    assert "Please look at this & press the button:" in changed.body  # our templates begin it with a capital
    assert "Please look at this &amp; press the button:" in html(changed)
    assert "press the button:" in ours.body
    assert "please look" not in ours.body.lower() + french.body.lower()


def test_markup_of_staff_is_text_and_a_name_stays_set_apart(db):
    say("pledge-confirm", "Hello {name},", other="<b>Dear</b> {name}!")

    mail = example("pledge-confirm")

    assert "&lt;b&gt;Dear&lt;/b&gt; <bdi>Sam</bdi>!" in html(mail)
    assert "<b>Dear</b> Sam!" in mail.body


def test_a_hostile_name_is_escaped_in_words_of_staff_too(db):
    say("pledge-confirm", "Hello {name},", other="Dear {name}!")
    message = letters.Letter(to="", context=letters._samples["pledge-confirm"]() | {"name": "<img src=x>{days}"})

    mail = letters.render("pledge-confirm", message, language="en")

    assert "Dear <bdi>&lt;img src=x&gt;{days}</bdi>!" in html(mail)


def test_each_plural_form_is_worded_by_itself_and_the_others_stay_ours(db):
    say("pledge-confirm", DIGITS, "ar", few="{minutes} دقائق")

    in_force = wording.in_force("pledge-confirm", "ar")

    assert in_force == {DIGITS: {"few": "{minutes} دقائق"}}
    assert list(wording.examples("ar").values()) == [0, 1, 2, 3, 11, 100]
    assert list(wording.examples("zh-hans")) == ["other"]
    ours = wording.sentences("pledge-confirm")[DIGITS].ours("ar")["many"]
    assert ours.replace("{minutes}", "15") in example("pledge-confirm", "ar").body


def test_the_line_about_test_mode_is_nobodys_to_change():
    line = "Test mode: no real money moves. Independent open-source software, not an official United Nations site."

    assert all(line not in wording.sentences(kind) for kind in letters.worded_kinds())


def test_a_block_that_a_kind_says_otherwise_is_not_offered_twice():
    said = wording.sentences("charge-failed")

    assert "Change, pause or end it on your own pages:" not in said
    assert "Change, pause or end it on your own pages:" in wording.sentences("monthly-gift-card")


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("Good for a while.", "Please keep {minutes}: that is filled in."),
        ("{minutes} minutes, {name}.", "Nothing is filled in for {name} here."),
        ("{minutes} minutes {", "Braces only stand round the name of what is filled in."),
        ("{minutes}\u202e minutes", "Please write it in one line, without signs that cannot be seen."),
        (
            "{minutes} minutes: http://hearts.example/",
            "Mails name no address but ours: please leave hearts.example out.",
        ),
        ("{minutes} minutes, Sam@Hearts.example", "Mails name no address but ours: please leave Hearts.example out."),
        ("{minutes} minutes: 心.example", "Mails name no address but ours: please leave 心.example out."),
        ("{minutes} minutes: https://10.0.0.1/", "Mails name no address but ours: please leave 10.0.0.1 out."),
        (
            "{minutes} minutes: https://unodc.org@a.example",
            "Mails name no address but ours: please leave unodc.org@a.example out.",
        ),
        ("{minutes} minutes. See www.unodc.org, https://localhost/en/.", ""),
        ("{minutes} minutes.", ""),
    ],
)
def test_words_that_a_mail_cannot_do_with_are_refused(typed, why):
    sentence = wording.sentences("pledge-confirm")[DIGITS]

    assert wording.refusal(sentence, DIGITS, typed) == why
