"""Ada words a mail: what she types stays, what a mail needs cannot be lost, and our own words are one press away."""

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django_otp.plugins.otp_totp.models import TOTPDevice

from blueheart.post import letters
from blueheart.post.models import MailText
from blueheart.trail.models import Entry
from tests.office.factories import StaffFactory, sign_in

PAGE = "/staff/mail-texts/pledge-confirm/en/"
HELLO = "Hello {name},"


def fields(office, **typed) -> dict[str, str]:
    """The page's form as a browser would send it, with some texts typed over."""
    form = office.get(PAGE).context["form"]
    said = {slot.name: form[slot.name].initial for slot in form.slots}
    named = {slot.ours: slot.name for slot in form.slots}
    over = {named[ours]: words for ours, words in typed.pop("texts", {}).items()}
    token = office.cookies["csrftoken"].value
    return said | over | {"seen": form.seen, "csrfmiddlewaretoken": token} | typed


@pytest.fixture
def smtp(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return mail


def test_list_names_every_mail_by_its_subject_and_counts_what_was_changed(office):
    MailText.objects.create(kind="pledge-confirm", language="fr", source=HELLO, words={"other": "Bonjour {name} !"})

    page = office.get("/staff/mail-texts/")

    assert len(page.context["kinds"]) == len(letters.worded_kinds())
    assert page.content.decode().count("1 changed") == 1


def test_saved_words_are_in_the_next_mail_and_in_the_trail(office):
    page = office.post(PAGE, fields(office, act="save", texts={HELLO: "Dear {name},"}), follow=True)

    assert "1 sentence changed." in page.content.decode()
    assert letters.example("pledge-confirm", language="en", to="").body.startswith("Dear Sam,")
    entry = Entry.objects.get(action="mailtext.changed")
    assert entry.detail == {
        "kind": "pledge-confirm",
        "language": "en",
        "sentence": HELLO,
        "before": None,
        "after": {"other": "Dear {name},"},
    }


def test_what_was_typed_stays_where_a_placeholder_is_missing(office):
    page = office.post(PAGE, fields(office, act="save", texts={HELLO: "Dear friend,"}))

    text = page.content.decode()
    assert "Please keep {name}: that is filled in." in text
    assert "Dear friend," in text
    assert not MailText.objects.exists()


def test_preview_shows_what_is_typed_and_saves_nothing(office):
    page = office.post(PAGE, fields(office, act="preview", texts={HELLO: "Dear {name},"}))

    assert page.context["preview"].body.startswith("Dear Sam,")
    assert not MailText.objects.exists()


def test_test_goes_to_the_own_address_alone(office, ada, smtp):
    office.post(PAGE, fields(office, act="test", texts={HELLO: "Dear {name},"}))

    (sent,) = smtp.outbox
    assert sent.to == [ada.email]
    assert sent.body.startswith("Dear Sam,")
    assert not MailText.objects.exists()


def test_a_mail_server_that_is_away_loses_nothing(office, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    page = office.post(PAGE, fields(office, act="test", texts={HELLO: "Dear {name},"}))

    assert "The mail server did not take the test." in page.content.decode()
    assert "Dear {name}," in page.content.decode()


def test_reset_takes_our_words_and_keeps_theirs_in_the_trail(office):
    office.post(PAGE, fields(office, act="save", texts={HELLO: "Dear {name},"}))

    office.post(PAGE, fields(office, act="reset"))

    assert not MailText.objects.exists()
    assert Entry.objects.get(action="mailtext.reset").detail["before"] == {"other": "Dear {name},"}


def test_emptied_or_repeated_text_is_ours(office):
    office.post(PAGE, fields(office, act="save", texts={HELLO: "Dear {name},"}))

    office.post(PAGE, fields(office, act="save", texts={HELLO: " "}))

    assert not MailText.objects.exists()


def test_two_people_do_not_overwrite_each_other(office):
    mine = fields(office, act="save", texts={HELLO: "Dear {name},"})
    office.post(PAGE, fields(office, act="save", texts={HELLO: "Good day {name},"}))

    page = office.post(PAGE, mine)

    assert "Somebody changed these texts while you wrote." in page.content.decode()
    assert MailText.objects.get().words == {"other": "Good day {name},"}


def test_who_may_only_look_changes_nothing(desk, db):
    reader = StaffFactory(username="abe", is_superuser=False)
    reader.user_permissions.add(Permission.objects.get(codename="view_mailtext"))
    TOTPDevice.objects.create(user=reader, name="phone")
    sign_in(desk, reader)
    sent = fields(desk, act="reset")

    assert b'value="save"' not in desk.get(PAGE).content
    assert desk.post(PAGE, sent).status_code == 403


@pytest.mark.parametrize("path", ["alert-dispute/en/", "pledge-confirm/xx/", "nothing/en/"])
def test_what_nobody_may_word_has_no_page(office, path):
    assert office.get(f"/staff/mail-texts/{path}").status_code == 404
