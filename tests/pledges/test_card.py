"""The picture of a heart: its name in its script, nothing that is not public, and always what the heart is now."""

import io

import pytest
from django.utils import timezone, translation
from PIL import Image

from campaigns.share.typesetting import Style, missing
from pledges import card, wall
from pledges.models import Pledge
from tests.campaigns.reading import LANGUAGES
from tests.pledges.factories import HeartFactory, tally

pytestmark = pytest.mark.django_db
NAMES = [
    "Zoë Łukasiewicz", "Владимир", "محمد الأمين", "王小明", "陳小龍", "たなか", "홍길동", "שלום", "გიორგი", "Արամ",
    "आशा", "สมชาย", "ዓለም", "தமிழ்",
]  # fmt: skip


def said_of(heart, language="en"):
    with translation.override(language):
        (shown,) = wall.hearts([Pledge.objects.select_related("campaign").get(pk=heart.pk)])
        return card.picture(shown)


def fetched(client, heart, language="en", **headers):
    return client.get(f"/{language}/hearts/{heart.public_id}/card.png", **headers)


@pytest.mark.parametrize("language", LANGUAGES)
def test_picture_is_drawn_in_every_language(client, language):
    answer = fetched(client, HeartFactory(public_name="Sam"), language)

    assert Image.open(io.BytesIO(answer.content)).size == (1200, 630)
    assert (answer["Content-Type"], answer["Content-Language"]) == ("image/png", language)
    assert not answer.cookies


@pytest.mark.parametrize("name", NAMES)
def test_name_of_any_script_is_written_whole(name):
    title = said_of(HeartFactory(public_name=name)).title

    assert title.text == name
    assert missing(title.text, Style(title.language, "Bold", title.families)) == set()
    assert card.drawn(said_of(HeartFactory(public_name=name)))


def test_name_that_no_font_can_write_is_no_name_rather_than_half_of_one():
    assert said_of(HeartFactory(public_name="ᏣᎳᎩ")).title.text == "A supporter"


def test_picture_says_neither_words_nor_the_country_of_an_unnamed_heart_of_few():
    heart = HeartFactory(public_name="", country="BR", words="For my sister", words_status="approved")
    tally("BR", 4)
    picture = said_of(heart)

    assert (picture.title.text, picture.note.text) == ("A supporter", "")
    assert "sister" not in str(picture)
    assert said_of(HeartFactory(public_name="Dora", country="BR")).note.text == "Brazil"


def test_picture_follows_its_heart(client):
    heart = HeartFactory(public_name="Sam")
    first = fetched(client, heart)
    assert fetched(client, heart, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert "max-age=0" in first["Cache-Control"]

    Pledge.objects.filter(pk=heart.pk).update(public_name="Samira")
    renamed = fetched(client, heart, headers={"If-None-Match": first["ETag"]})
    assert (renamed.status_code, renamed.content != first.content) == (200, True)
    Pledge.objects.filter(pk=heart.pk).update(status="withdrawn", withdrawn_at=timezone.now())
    assert fetched(client, heart, headers={"If-None-Match": renamed["ETag"]}).status_code == 404


def test_nothing_of_a_picture_stays_on_the_disk(client, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    fetched(client, HeartFactory(public_name="Sam"))

    assert list(tmp_path.rglob("*.png")) == []


def test_page_names_its_picture_with_words_for_who_cannot_see_it_and_another_one_after_renaming(client):
    heart = HeartFactory(public_name="Sam & Dora")
    page = client.get(heart.get_absolute_url()).content.decode()
    own = card.own_picture(wall.hearts([heart])[0])

    assert f'<meta property="og:image" content="http://localhost:8000{own.path}">' in page
    assert 'og:image:alt" content="A blue heart beside the words: Sam &amp; Dora, Heart number' in page
    heart.public_name = "Dora"
    assert card.own_picture(wall.hearts([heart])[0]).path != own.path
    assert client.get(own.path).status_code == 200
