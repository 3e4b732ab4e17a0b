"""What a group prints: poster, paper sheet and square, in its language and without a name of anyone."""

import xml.etree.ElementTree as ET

import pytest
import segno
from django.core.cache import cache

from campaigns.share.bidi import ISOLATES
from pledges.paper.group_poster import join_url, poster_pdf, qr_svg, squares_of
from pledges.paper.group_sheet import sheet_pdf
from tests.pledges.factories import GroupFactory
from tests.reading_pdf import page_count, text_of

pytestmark = pytest.mark.django_db
NAMES = {"en": "School of the Sea", "ar": "مدرسة البحر", "zh-hans": "海边学校", "ru": "Школа у моря"}


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()
    yield
    cache.clear()


@pytest.mark.parametrize("language", NAMES)
@pytest.mark.parametrize("make", [poster_pdf, sheet_pdf])
def test_a_paper_is_one_page_with_name_and_code_in_the_groups_language(language, make):
    group = GroupFactory(language=language, name=NAMES[language], code="abcd2345")
    pdf = make(group)

    text = text_of(pdf)
    assert page_count(pdf) == 1
    assert NAMES[language].replace(" ", "") in text.replace(" ", "")
    assert "abcd 2345" in text
    assert f"/Lang ({'zh' if language == 'zh-hans' else language}" in pdf.decode("latin-1")
    assert not ISOLATES & set(text)
    assert language != "ar" or make(group) == pdf


@pytest.mark.parametrize("make", [poster_pdf, sheet_pdf])
@pytest.mark.parametrize("name", ["W" * 100, "Société nationale des écoles de la mer " * 2])
def test_the_longest_names_stay_on_one_page(make, name):
    assert page_count(make(GroupFactory(name=name.strip()[:100], language="fr"))) == 1


def test_the_poster_leads_to_the_form_and_says_who_made_it(settings):
    group = GroupFactory(language="fr", code="abcd2345")
    text = text_of(poster_pdf(group)).replace("\n", "")
    assert join_url(group) == f"{settings.SITE_URL}/fr/groups/abcd2345/join/"
    assert join_url(group) in text
    assert "United Nations" in text or "Nations Unies" in text


def test_a_sheet_asks_for_no_name_and_is_destroyed():
    ordinary = text_of(sheet_pdf(GroupFactory()))
    pupils = text_of(sheet_pdf(GroupFactory(is_of_pupils=True)))
    for text in (ordinary, pupils):
        assert "Please write no name" in text
        assert "destroy this sheet" in text
        assert "not Portugal" in " ".join(text.split())
    assert "your name on the wall" in ordinary
    assert "your name on the wall" not in pupils


def test_the_square_is_a_picture_with_a_title():
    svg = qr_svg(GroupFactory(name='Sea & <Sun> "School"'))
    root = ET.fromstring(svg)
    titles = [node.text for node in root.iter() if node.tag.endswith("title")]
    assert titles == ['Join Sea & <Sun> "School"']
    assert root.tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        ("poster.pdf", "application/pdf"),
        ("sheet.pdf", "application/pdf"),
        ("qr.svg", "image/svg+xml; charset=utf-8"),
    ],
)
def test_papers_are_files_that_caches_keep(client, page, kind):
    group = GroupFactory(status="closed")
    answer = client.get(f"/en/groups/{group.code}/{page}")
    assert (answer.status_code, answer["Content-Type"]) == (200, kind)
    assert answer["Cache-Control"] == "public, max-age=3600"
    assert answer.content == client.get(f"/ar/groups/{group.code}/{page}").content


def test_a_paper_is_set_once_and_again_when_the_name_changes(client, monkeypatch):
    made = []
    group = GroupFactory()
    monkeypatch.setattr("pledges.paper.group_poster.poster_pdf", lambda group: made.append(group.name) or b"%PDF")
    path = f"/en/groups/{group.code}/poster.pdf"
    client.get(path)
    client.get(path)
    group.name = "Another"
    group.save()
    client.get(path)
    assert made == ["Escola do Mar", "Another"]


def test_the_square_says_the_address_of_the_form(settings):
    group = GroupFactory(language="pt", code="abcd2345")
    expected = segno.make(f"{settings.SITE_URL}/pt/groups/abcd2345/join/", micro=False, error="m")
    assert squares_of(group) == [bytes(row) for row in expected.matrix]
