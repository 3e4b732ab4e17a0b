"""Sam fills in the form; Mallory tries to learn from it or to flood it."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from blueheart.moderation.models import NameWord
from blueheart.post.jobs import send_due
from blueheart.post.models import Message
from campaigns.models import Campaign
from pledges.models import Pledge, PreceptOffer
from tests.campaigns.factories import CampaignFactory
from tests.pledges.conftest import stamp_from, typed
from tests.pledges.factories import HeartFactory, WordingFactory

pytestmark = pytest.mark.django_db
CHECK_MAIL = "/en/pledge/check-your-mail/"


def test_pledge_is_kept_until_it_is_confirmed(sam_pledges, wording):
    answer = sam_pledges(email=" Sam@Example.org ", words="  For my\n sister ")

    assert (answer.status_code, answer.url) == (302, CHECK_MAIL)
    pledge = Pledge.objects.get()
    assert (pledge.status, pledge.number, pledge.email) == ("pending", None, "Sam@example.org")
    assert (pledge.public_name, pledge.words, pledge.words_status) == ("Sam", "For my sister", "waiting")
    assert (pledge.country, pledge.way, pledge.language) == ("PT", "pin", "en")
    assert list(pledge.precepts.all()) == [wording]
    assert [(m.kind, m.subject_id, m.language) for m in Message.objects.all()] == [("pledge-confirm", pledge.pk, "en")]


def test_pledge_belongs_to_the_campaign_of_its_address(sam_pledges):
    campaign = CampaignFactory(slug="world-day-2026")

    sam_pledges(at="/fr/pledge/world-day-2026/")

    pledge = Pledge.objects.get()
    assert (pledge.campaign, pledge.language) == (campaign, "fr")


def test_pledge_for_a_campaign_that_is_no_more_published_is_not_found(client, wording):
    Campaign.objects.update(status=Campaign.Status.DRAFT)

    assert client.get("/en/pledge/").status_code == 404
    assert client.get("/en/pledge/no-such-campaign/").status_code == 404


def test_pledge_without_a_name_needs_no_age(sam_pledges):
    sam_pledges(public_name="", is_16_or_older=None)

    assert Pledge.objects.get().public_name == ""


@pytest.mark.parametrize("shown", [{"public_name": "Sam"}, {"public_name": "", "words": "For my sister"}])
def test_name_or_words_of_somebody_younger_are_not_taken(sam_pledges, shown):
    answer = sam_pledges(is_16_or_older=None, **shown)

    assert answer.status_code == 200
    assert answer.context["form"].errors["is_16_or_older"]
    assert not Pledge.objects.exists()


def test_error_keeps_every_field_and_its_summary_takes_the_focus(sam_pledges, wording):
    other = WordingFactory()
    answer = sam_pledges(
        email="sam at home", precepts=[other.pk], public_name="Sam Jones", words="For <my> sister", way="window"
    )

    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.index('class="error-summary" role="alert" tabindex="-1" autofocus') < page.index("<form")
    assert '<a href="#id_email">' in page
    assert 'value="sam at home"' in page
    assert 'value="Sam Jones"' in page
    assert "For &lt;my&gt; sister</textarea>" in page
    assert re.search(rf'value="{other.pk}"[^>]*checked', page)
    assert not re.search(rf'value="{wording.pk}"[^>]*checked', page)
    assert re.search(r'<option value="window"\s+selected', page)
    assert re.search(r'<option value="PT"\s+selected', page)
    assert re.search(r'name="is_16_or_older"[^>]*checked', page)
    assert (Pledge.objects.count(), Message.objects.count()) == (0, 0)


def test_empty_form_names_every_field_that_is_missing(client, wording):
    answer = client.post("/en/pledge/", {"shown": stamp_from(60)})

    assert sorted(answer.context["form"].errors) == ["country", "email", "precepts", "way"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"country": "XX"},
        {"way": "tattoo"},
        {"precepts": ["999999"]},
        {"words": "x" * 281},
        {"email": "sam@home"},
        {"email": f"sam@{'example.' * 40}org"},
        {"email": f"sam@{'ß' * 60}.{'ß' * 60}.{'ß' * 60}.org"},
        {"public_name": "visit evil.com"},
        {"public_name": "x" * 101},
        {"email": "sam@example.org\nBcc: all@example.org"},
        {"words": "Sam\x00"},
    ],
)
def test_what_no_form_offers_is_refused(sam_pledges, wrong):
    answer = sam_pledges(**wrong)

    assert (answer.status_code, list(answer.context["form"].errors)) == (200, list(wrong))
    assert not Pledge.objects.exists()


def test_precept_that_is_no_more_offered_cannot_be_promised(sam_pledges, wording):
    PreceptOffer.objects.all().delete()
    answer = sam_pledges()

    assert "reworded meanwhile" in answer.context["form"].errors["precepts"][0]


def test_older_wording_cannot_be_promised_any_more(sam_pledges, wording):
    WordingFactory(precept=wording.precept, version=2)

    assert "reworded meanwhile" in sam_pledges(precepts=[wording.pk]).context["form"].errors["precepts"][0]


def test_word_refused_in_one_language_is_refused_there_only(sam_pledges):
    NameWord.objects.create(word="blah", language="fr")

    assert sam_pledges(at="/fr/pledge/", public_name="Blah").status_code == 200
    assert sam_pledges(at="/en/pledge/", public_name="Blah").status_code == 302


def test_word_refused_everywhere_is_refused_in_every_language(sam_pledges):
    NameWord.objects.create(word="blah")

    assert [sam_pledges(at=f"/{code}/pledge/", public_name="BLAH").status_code for code in ("en", "ru")] == [200, 200]


def test_answer_is_the_same_whoever_has_pledged(sam_pledges):
    HeartFactory(email="known@example.org")
    answers = [sam_pledges(email=email) for email in ("known@example.org", "new@example.org", "new@example.org")]

    assert {(answer.status_code, answer.url, answer.content) for answer in answers} == {(302, CHECK_MAIL, b"")}


def test_repeat_while_waiting_is_mailed_again_after_ten_minutes_only(sam_pledges, time_machine):
    time_machine.move_to("2026-11-22T12:00:00Z", tick=False)
    sam_pledges()
    time_machine.shift(9 * 60)
    sam_pledges()
    assert Message.objects.count() == 1

    time_machine.shift(2 * 60)
    sam_pledges()
    assert Message.objects.count() == 2
    assert Pledge.objects.count() == 1


def test_repeat_while_waiting_replaces_what_was_promised(sam_pledges):
    other = WordingFactory()
    sam_pledges(words="First words")
    sam_pledges(public_name="SAM", country="BR", precepts=[other.pk], at="/pt/pledge/")

    pledge = Pledge.objects.get()
    assert (pledge.public_name, pledge.country, pledge.words, pledge.language) == ("SAM", "BR", "", "pt")
    assert list(pledge.precepts.all()) == [other]


def test_repeat_of_a_confirmed_pledge_changes_nothing_and_is_told_to_its_owner_once_a_day(sam_pledges, time_machine):
    time_machine.move_to("2026-11-22T12:00:00Z", tick=False)
    heart = HeartFactory(email="sam@example.org", country="PT")
    for _again in range(3):
        sam_pledges(country="BR", words="Mallory was here")
    time_machine.shift(24 * 60 * 60)
    sam_pledges(country="BR")
    send_due()

    heart.refresh_from_db()
    assert (heart.country, heart.words, heart.status) == ("PT", "", "confirmed")
    assert [letter.to for letter in mail.outbox] == [["sam@example.org"]] * 2
    assert mail.outbox[0].subject == "You wear the Blue Heart already"
    assert f"/en/hearts/{heart.public_id}/" in mail.outbox[0].body


def test_repeat_of_a_hidden_heart_is_not_mailed_a_link_that_leads_nowhere(sam_pledges):
    HeartFactory(email="sam@example.org", hidden_at=timezone.now(), hidden_reason="abuse")
    sam_pledges()

    send_due()

    assert [message.status for message in Message.objects.all()] == ["dropped"]
    assert mail.outbox == []


def test_two_names_of_one_household_are_two_pledges(sam_pledges):
    sam_pledges(public_name="Sam")
    sam_pledges(public_name="Dora")

    assert sorted(Pledge.objects.values_list("public_name", flat=True)) == ["Dora", "Sam"]


def test_mallory_cannot_flood_somebodys_mailbox_with_other_names(sam_pledges, time_machine):
    time_machine.move_to("2026-11-22T12:00:00Z", tick=False)
    for name in ("A", "B", "C", "D", "E", "F", "G"):
        assert sam_pledges(public_name=name).status_code == 302

    assert Message.objects.count() == 1


def test_network_that_types_many_addresses_is_suspected_and_told_nothing(sam_pledges, limit_is):
    limit_is(2, "NETWORK_BURST")
    answers = [sam_pledges(email=f"sam{number}@example.org") for number in range(4)]

    assert {(answer.status_code, answer.url) for answer in answers} == {(302, CHECK_MAIL)}
    assert list(Pledge.objects.order_by("pk").values_list("standing", flat=True)) == ["good"] * 2 + ["suspected"] * 2


def test_network_that_floods_the_form_is_told_so_and_keeps_what_it_typed(sam_pledges, limit_is):
    limit_is(2, "FORMS_AN_HOUR")
    for number in range(2):
        assert sam_pledges(email=f"sam{number}@example.org").status_code == 302
    answer = sam_pledges(email="sam2@example.org")

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert "Many pledges came from your network" in answer.content.decode()
    assert 'value="sam2@example.org"' in answer.content.decode()
    assert Pledge.objects.count() == 2


def test_network_that_floods_the_form_makes_nobody_else_suspected(client, sam_pledges, limit_is):
    limit_is(2, "FORMS_AN_HOUR")
    limit_is(3, "SITE_BURST", "SITE_DAY")
    for number in range(6):
        sam_pledges(email=f"mallory{number}@example.org")

    client.defaults["REMOTE_ADDR"] = "198.51.100.1"
    sam_pledges()

    assert list(Pledge.objects.order_by("pk").values_list("standing", flat=True)) == ["good"] * 3


def test_robot_that_fills_the_hidden_field_gets_the_usual_answer_and_nothing_is_kept(sam_pledges):
    answer = sam_pledges(website="https://example.org")

    assert (answer.status_code, answer.url) == (302, CHECK_MAIL)
    assert not Pledge.objects.exists()


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (0, "very quick"),
        (13 * 60 * 60, "open for too long"),
        ("forged:1abc:x", "open for too long"),
        (None, "open for"),
    ],
)
def test_form_sent_too_soon_or_too_late_is_asked_for_once_more(sam_pledges, shown, reason):
    answer = sam_pledges(shown=stamp_from(shown) if isinstance(shown, int) else shown)

    assert reason in answer.context["form"].non_field_errors()[0]
    assert not Pledge.objects.exists()


def test_form_shown_again_after_too_long_can_be_sent(sam_pledges):
    answer = sam_pledges(shown=stamp_from(13 * 60 * 60))
    stamp = re.search(r'name="shown" value="([^"]+)"', answer.content.decode())[1]

    assert "That was very quick" in sam_pledges(shown=stamp).context["form"].non_field_errors()[0]


def test_form_sent_too_soon_keeps_its_stamp(sam_pledges):
    stamp = stamp_from(0)

    assert f'name="shown" value="{stamp}"' in sam_pledges(shown=stamp).content.decode()


def test_form_without_its_csrf_token_is_refused(wording):
    mallory = Client(enforce_csrf_checks=True)

    assert mallory.post("/en/pledge/", typed(wording)).status_code == 403
    assert not Pledge.objects.exists()


def test_form_is_kept_by_no_cache_and_the_page_after_it_sets_no_cookie(client, wording):
    assert client.get("/en/pledge/")["Cache-Control"] == "private, no-store"
    answer = client.get(CHECK_MAIL)
    assert (answer.status_code, answer["Cache-Control"][:6]) == (200, "public")


@pytest.mark.parametrize("language", ["en", "ar", "zh-hans", "fr", "ru", "es", "pt"])
def test_pages_answer_in_every_language(client, wording, language):
    direction = "rtl" if language == "ar" else "ltr"
    for path in ("pledge/", "pledge/check-your-mail/", "pledge/confirm/unknown/", "hearts/", "hearts/thank-you/"):
        page = client.get(f"/{language}/{path}")
        assert page.status_code == 200
        assert f'<html lang="{language}" dir="{direction}">' in page.content.decode()
