"""What people agree to by a tick: the words in force are asked, and the version that was ticked is kept."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import override_settings
from django.utils import timezone, translation

from blueheart.consents.fields import show_texts
from blueheart.consents.models import ConsentText
from blueheart.trail.models import Entry
from donations.forms.public_names import PublicNameFields as OfDonors
from donations.services.donor_gifts import Shown as OfGift
from donations.services.donor_gifts import change_what_is_shown as change_gift
from donations.services.fulfilment import TAKEN_OVER
from donations.services.subject_data import export_subject
from office.privacy import consents, subjects
from pledges.forms.public_names import PublicNameFields as OfSupporters
from pledges.models import Pledge
from pledges.services import photos
from pledges.services.managing import Shown, change_what_is_shown
from tests.blueheart.consent_texts import LANGUAGES, a_text
from tests.donations.factories import donation, donor
from tests.donations.money_desk import member
from tests.office.factories import desk_of
from tests.pledges.conftest import typed
from tests.pledges.factories import GlobalCampaignFactory, HeartFactory, WordingFactory

pytestmark = pytest.mark.django_db


def test_the_first_versions_are_there_in_all_seven_languages():
    texts = ConsentText.objects.in_force(ConsentText.Key.values)
    assert set(texts) == set(ConsentText.Key.values)
    for text in texts.values():
        said = {getattr(text, f"text_{language}") for language in LANGUAGES}
        assert len(said - {"", None}) == 7


def test_a_draft_is_asked_nobody_and_the_newest_in_force_is():
    a_text(2, says="second")
    a_text(3, says="draft", in_force=False)
    assert ConsentText.objects.in_force(["16-or-older"])["16-or-older"].version == 2


@pytest.mark.parametrize("sql", ["UPDATE consents_consenttext SET text_fr = 'x'", "DELETE FROM consents_consenttext"])
def test_what_is_in_force_is_never_changed_or_deleted(sql):
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_draft_can_be_worded_and_goes_in_force_in_every_language_only():
    draft = a_text(2, in_force=False)
    ConsentText.objects.filter(pk=draft.pk).update(text_ru="")
    with pytest.raises(IntegrityError, match="every_language"), transaction.atomic():
        ConsentText.objects.filter(pk=draft.pk).update(in_force_from=timezone.now())
    with pytest.raises(IntegrityError, match="one_draft"), transaction.atomic():
        a_text(3, in_force=False)


@pytest.mark.parametrize("form", [OfDonors, OfSupporters])
def test_the_box_says_the_words_in_force_in_the_pages_language_for_one_query(form, django_assert_num_queries):
    a_text(2, says="sixteen")
    with translation.override("pt"), django_assert_num_queries(1):
        box = form()["is_16_or_older"]
        assert box.label == "sixteen (pt)"
    assert 'value="2"' in str(box)
    assert "checked" not in str(box)


@pytest.mark.parametrize(
    ("sent", "kept"), [("", 0), (None, 0), ("2", 2), ("1", 1), ("on", 2), ("true", 2), ("9", 2), ("x", 2), ("0", 0)]
)
def test_what_was_ticked_is_the_version_that_was_shown(sent, kept):
    a_text(2)
    form = OfDonors({"is_16_or_older": sent} if sent is not None else {})
    assert form.is_valid()
    assert form.cleaned_data["is_16_or_older"] == kept


def test_a_box_ticked_under_older_words_is_shown_unticked_beside_the_new_ones():
    old = OfDonors({"is_16_or_older": "1"})
    assert "checked" in str(old["is_16_or_older"])
    a_text(2)
    new = OfDonors({"is_16_or_older": "1"})
    assert "checked" not in str(new["is_16_or_older"])


@override_settings(LANGUAGE_CODE="en")
def test_a_form_without_a_box_asks_the_database_nothing(django_assert_num_queries):
    form = OfDonors()
    del form.fields["is_16_or_older"]
    with django_assert_num_queries(0):
        show_texts(form)


# Where it is kept


def test_a_pledge_keeps_the_version_that_was_ticked(client):
    GlobalCampaignFactory()
    wording = WordingFactory()
    a_text(2)
    for name, ticked in (("Sam", "1"), ("Kim", "2"), ("", None)):
        said = typed(wording, public_name=name, email=f"x{name}@example.org", is_16_or_older=ticked)
        client.post("/en/pledge/", said)
    versions = dict(Pledge.objects.values_list("public_name", "consent_version"))
    assert versions == {"Sam": 1, "Kim": 2, "": None}


def test_a_version_that_was_ticked_later_is_kept_and_none_is_not_forgotten():
    sam = HeartFactory(public_name="", is_16_or_older=False)
    shown = {"is_on_wall": True, "words": ""}
    change_what_is_shown(sam.pk, Shown(public_name="Sam", is_16_or_older=True, consent_version=1, **shown))
    change_what_is_shown(sam.pk, Shown(public_name="Ana", is_16_or_older=False, **shown))
    sam.refresh_from_db()
    assert (sam.public_name, sam.is_16_or_older, sam.consent_version) == ("Ana", True, 1)


def test_charges_of_a_monthly_gift_keep_its_version():
    assert "consent_version" in TAKEN_OVER
    gift = donation("succeeded", public_name="Dora", is_16_or_older=True, consent_version=1)
    wish = {"public_name_kind": "alias", "public_name": "Dora", "is_16_or_older": True, "consent_version": 2}
    change_gift(gift, OfGift(**wish))
    gift.refresh_from_db()
    assert gift.consent_version == 2
    assert export_subject(gift.donor)["donations"][0]["consent_version"] == 2


# Staff


def privacy_officer():
    return member("olga", "add_consenttext", "change_consenttext", "delete_consenttext", "view_consenttext")


def test_a_privacy_officer_words_a_draft_and_puts_it_in_force_after_seeing_both():
    desk = desk_of(privacy_officer())
    words = {f"text_{language}": f"I am old enough ({language})" for language in LANGUAGES if language != "ru"}
    desk.post("/staff/consents/consenttext/add/", {"key": "16-or-older"} | words)
    draft = ConsentText.objects.get(in_force_from=None)
    assert draft.version == 2
    again = desk.post("/staff/consents/consenttext/add/", {"key": "16-or-older"} | words)
    assert "There is a draft" in again.content.decode()
    page = f"/staff/consents/consenttext/{draft.pk}/in-force/"
    shown = desk.get(page)
    said = shown.content.decode()
    assert "J’ai 16 ans ou plus" in said
    assert "I am old enough (fr)" in said
    refused = desk.post(page, {"act": "in-force", "seen": shown.context["seen"]})
    assert "Русский" in refused.content.decode()
    desk.post(f"/staff/consents/consenttext/{draft.pk}/change/", words | {"text_ru": "ru"})
    desk.post(page, {"act": "in-force", "seen": desk.get(page).context["seen"]})
    assert ConsentText.objects.in_force(["16-or-older"])["16-or-older"] == draft
    assert desk.post(f"/staff/consents/consenttext/{draft.pk}/change/", words).status_code == 403
    assert desk.post(f"/staff/consents/consenttext/{draft.pk}/delete/", {"post": "yes"}).status_code == 403
    acts = Entry.objects.filter(target_type="consents.consenttext").values_list("action", flat=True)
    assert set(acts) == {"consent-text.created", "consent-text.changed", "consent-text.in-force"}


def test_the_desk_says_what_a_person_ticked_in_the_words_of_then():
    a_text(2, says="second")
    heart = HeartFactory(email="sam@example.org", consent_version=1)
    photos.put(heart, webp=b"x", size=(1, 1), alt="A heart", consent_version=1)
    gift = donation("succeeded", donor=donor("sam@example.org"), consent_version=2)
    given = consents.given_by(subjects.find("sam@example.org"))
    assert [(each.row, each.text) for each in given] == [
        (heart.public_id, "I am 16 or older"),
        (heart.public_id, "No child is in the photo, and nobody who did not agree"),
        (gift.public_id, "second (en)"),
    ]
