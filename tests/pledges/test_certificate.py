"""A certificate says what was promised, in the words it was promised in, in any language and for any name."""

from importlib import import_module

import pytest
from django.utils import translation

from pledges import wall
from pledges.models import Pledge, PreceptWording
from pledges.paper.certificate import certificate_pdf
from tests.campaigns.reading import LANGUAGES
from tests.pledges.factories import BodyFactory, HeartFactory, WordingFactory, tally
from tests.reading_pdf import page_count, text_of

pytestmark = pytest.mark.django_db


def certificate_of(heart, language="en"):
    with translation.override(language):
        (shown,) = wall.hearts([Pledge.objects.select_related("campaign", "body").get(pk=heart.pk)])
        return certificate_pdf(shown, list(heart.precepts_in_order()))


def test_certificate_says_who_promised_what_when_and_what_it_is_not(client):
    wording = WordingFactory(title="Wear", text="I will wear the heart.")
    heart = HeartFactory(public_name="Sam", precepts=[wording], confirmed_at="2026-07-30T10:00Z", number=1234567)
    PreceptWording.objects.create(precept=wording.precept, version=2, title="Carry", text="Other words.")
    answer = client.get(f"{heart.get_absolute_url()}certificate.pdf")
    text = text_of(answer.content)

    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Content-Disposition"] == 'inline; filename="blue-heart-1234567.pdf"'
    for said in (
        "Sam", "Heart number 1,234,567", "30 July 2026", "Campaign: The Blue Heart", "I will wear the heart.",
        "carries no money", "no official document of the United Nations", heart.public_id,
    ):  # fmt: skip
        assert said in text, said
    assert "Other words" not in text
    assert not answer.cookies


def test_certificate_is_the_same_file_each_time_until_the_heart_changes():
    heart = HeartFactory(public_name="Sam")
    first = certificate_of(heart)
    assert certificate_of(heart) == first

    Pledge.objects.filter(pk=heart.pk).update(public_name="Samira")
    assert "Samira" in text_of(certificate_of(heart))


@pytest.mark.parametrize("language", LANGUAGES)
def test_certificate_is_made_in_every_language_for_any_name(language):
    heart = HeartFactory(public_name="محمد الأمين 王小明")

    assert page_count(certificate_of(heart, language)) == 1


@pytest.mark.parametrize("name", ["Владимир Ёжиков", "محمد الأمين", "王小明", "홍길동", "שלום", "Արամ"])
def test_name_is_read_back_in_its_script(name):
    assert name in text_of(certificate_of(HeartFactory(public_name=name)))


@pytest.mark.parametrize(("words", "pages"), [(25, 1), (55, 2)])
def test_eleven_promises_stand_on_one_page_unless_each_is_as_long_as_it_may_be(words, pages):
    precepts = [WordingFactory(title="Tell somebody", text="word " * words) for _number in range(11)]
    pdf = certificate_of(HeartFactory(public_name="Sam", precepts=precepts))

    assert page_count(pdf) == pages
    assert text_of(pdf).count("Tell somebody") == 11
    assert text_of(pdf).count("carries no money") == 1


def test_certificate_tells_no_words_and_no_country_of_an_unnamed_heart_of_few():
    tally("BR", 4)
    heart = HeartFactory(public_name="", country="BR", words="For my sister", words_status="approved")
    text = text_of(certificate_of(heart))

    assert "A supporter" in text
    assert "Brazil" not in text
    assert "sister" not in text


def test_certificate_of_an_organisation_says_what_it_is():
    assert "Association or NGO · Portugal" in text_of(certificate_of(BodyFactory().pledge))


def test_one_network_cannot_keep_us_printing(client, monkeypatch):
    monkeypatch.setattr(import_module("pledges.views.hearts"), "CERTIFICATES_AN_HOUR", 1)
    heart = HeartFactory()
    answers = [client.get(f"{heart.get_absolute_url()}certificate.pdf") for _print in range(2)]

    assert [answer.status_code for answer in answers] == [200, 429]
    assert "Please try again in an hour" in answers[1].content.decode()
