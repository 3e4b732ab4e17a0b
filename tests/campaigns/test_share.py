"""Found and shared: each page says its own address and has a picture, with its title set in its own script."""

import datetime as dt
import html
import io
import os
import re
from unicodedata import bidirectional

import pytest
from django.conf import settings
from django.test import Client
from PIL import Image

from campaigns.models import Campaign, Country, Fact, NewsItem, ReportEdition, WorldDayEdition
from campaigns.share import store, subjects
from campaigns.share.bidi import levels
from campaigns.share.breaking import NO_END, NO_START, fit, pieces
from campaigns.share.picture import Words, png
from campaigns.share.typesetting import ARABIC, CHINESE, Style, clean, drawn, font, missing, set_line
from tests.campaigns.factories import CampaignFactory, CountryFactory, FactFactory, SourceFactory
from tests.campaigns.reading import LANGUAGES

ONE_COLUMN = {60: 3, 40: 3}


@pytest.fixture(autouse=True)
def _pictures_of_its_own(settings, tmp_path):
    settings.VAR_DIR = tmp_path


@pytest.fixture
def drawings(monkeypatch) -> list:
    """Every picture that was drawn, not only read from disk."""
    made = []
    monkeypatch.setattr(store, "png", lambda picture: made.append(picture) or png(picture))
    return made


@pytest.fixture
def one_of_each(db):
    """A published row of every kind that has a page, by the kind's name."""
    day = {"source": SourceFactory(), "certainty": "A", "status": "published"}
    return {
        "campaign": CampaignFactory(slug="blue-heart", kind=Campaign.Kind.GLOBAL, title="Wear it"),
        "country": CountryFactory(iso2="MX"),
        "fact": FactFactory(slug="at-any-time"),
        "news": NewsItem.objects.create(
            slug="a-launch",
            dated_on=dt.date(2026, 7, 30),
            title="A launch",
            summary="It began.",
            body="So.",
            status=NewsItem.Status.PUBLISHED,
        ),
        "report": ReportEdition.objects.create(
            year=2016, released_on=dt.date(2016, 12, 21), released_precision="day", summary="It covers much.", **day
        ),
        "world-day": WorldDayEdition.objects.create(year=2024, theme="Leave no child behind", **day),
    }


ADDRESSES = {
    "page": "home",
    "campaign": "blue-heart",
    "country": "mx",
    "fact": "at-any-time",
    "news": "a-launch",
    "report": "2016",
    "world-day": "2024",
}


def address(kind, slug=None, language="en"):
    return f"/share/{kind}/{slug or ADDRESSES[kind]}/{language}.png"


def image(response):
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "image/png"
    return Image.open(io.BytesIO(response.content))


# The pictures


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ADDRESSES)
def test_every_kind_of_page_has_a_picture_in_every_language(client, one_of_each, kind, language):
    response = client.get(address(kind, language=language))

    assert image(response).size == (1200, 630)
    assert response.headers["Cache-Control"] == "public, max-age=3600"
    assert response.headers["Content-Language"] == language
    assert not response.cookies


def test_picture_of_each_language_is_another(client, one_of_each):
    contents = {client.get(address("page", language=language)).content for language in LANGUAGES}

    assert len(contents) == len(LANGUAGES)


def test_picture_of_an_arabic_page_is_mirrored(client, one_of_each):
    def heart_stands_left(language):
        pixels = image(client.get(address("page", language=language))).convert("RGB")
        sky = (0, 158, 219)
        left, right = (
            {colour: count for count, colour in side.getcolors(2**16)}
            for side in (pixels.crop((0, 0, 500, 528)), pixels.crop((700, 0, 1200, 528)))
        )
        return left.get(sky, 0) > right.get(sky, 0)

    assert heart_stands_left("ar")
    assert not heart_stands_left("en")


@pytest.mark.parametrize("slug", subjects.PAGES)
def test_every_page_without_a_row_has_a_picture(client, db, slug):
    image(client.get(address("page", slug)))


@pytest.mark.django_db
def test_picture_of_a_fact_says_who_says_so_and_where_it_holds():
    FactFactory(slug="parties", value="173", unit="parties", scope="World", certainty="B", reported_by="The Depositary")

    picture = subjects.picture("fact", "parties", "en")

    assert picture.title == Words("173 parties", "en")
    assert picture.eyebrow.text == "World, 2010"
    assert picture.note.text == "As reported by The Depositary"


@pytest.mark.django_db
def test_picture_of_a_figure_that_a_newer_one_followed_says_so():
    FactFactory(slug="parties-2012", superseded_by=FactFactory(slug="parties-2024"))

    assert "superseded" in subjects.picture("fact", "parties-2012", "en").eyebrow.text


@pytest.mark.django_db
def test_picture_of_a_country_gives_the_day_it_joined_with_its_source():
    CountryFactory(iso2="MX", source=SourceFactory(publisher="UNODC", year=2010))

    picture = subjects.picture("country", "mx", "es")

    assert picture.title == Words("México", "es")
    assert "abril de 2010" in picture.text.text
    assert "UNODC, 2010" in picture.note.text


@pytest.mark.django_db
def test_title_without_a_translation_is_set_as_english():
    CampaignFactory(slug="lima", title="Lima turns blue")

    assert subjects.picture("campaign", "lima", "ar").title == Words("Lima turns blue", "en")


# Kept on disk


def test_picture_is_drawn_once(client, one_of_each, drawings):
    first = client.get(address("campaign"))
    again = client.get(address("campaign"))

    assert first.content == again.content
    assert len(drawings) == 1


def test_reader_who_has_the_picture_gets_none(client, one_of_each, drawings):
    etag = client.get(address("campaign")).headers["ETag"]
    again = client.get(address("campaign"), headers={"If-None-Match": etag})

    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["ETag"] == etag
    assert again.headers["Cache-Control"] == "public, max-age=3600"


def test_edit_renews_the_picture(client, one_of_each, drawings):
    before = client.get(address("campaign"))
    Campaign.objects.filter(slug="blue-heart").update(title_en="Wear it on 30 July")
    after = client.get(address("campaign"), headers={"If-None-Match": before.headers["ETag"]})

    assert after.status_code == 200
    assert after.content != before.content
    assert after.headers["ETag"] != before.headers["ETag"]
    assert len(drawings) == 2


def test_pictures_on_disk_are_bounded_and_the_oldest_go_first(one_of_each, monkeypatch, tmp_path):
    monkeypatch.setattr(store, "MOST_FILES", 3)
    names = []
    for at, slug in enumerate(["home", "about", "help", "facts"]):
        picture = subjects.picture("page", slug, "en")
        store.picture_file(picture)
        path = tmp_path / "share" / f"{store.name_of(picture)}.png"
        names.append(path.name)
        if path.exists():
            os.utime(path, (at, at))

    kept = {path.name for path in (tmp_path / "share").iterdir()}
    assert names[0] not in kept
    assert names[-1] in kept
    assert len(kept) <= 3


def test_disk_that_takes_nothing_costs_the_reader_nothing(client, one_of_each, tmp_path, caplog):
    (tmp_path / "share").write_text("a file where the folder should be")

    image(client.get(address("campaign")))

    assert "could not be kept" in caplog.text


# Addresses that lead nowhere


@pytest.mark.parametrize(
    "path",
    [
        "/share/campaign/no-such/en.png",
        "/share/campaign/blue-heart/de.png",
        "/share/campaign/blue-heart/EN.png",
        "/share/country/zz/en.png",
        "/share/country/MX/en.png",
        "/share/country/eu/en.png",
        "/share/fact/no-such/en.png",
        "/share/news/no-such/en.png",
        "/share/page/no-such/en.png",
        "/share/report/1999/en.png",
        "/share/report/latest/en.png",
        "/share/world-day/20244/en.png",
        "/share/person/anna/en.png",
    ],
)
def test_unknown_address_is_not_found_and_draws_nothing(
    client, one_of_each, drawings, tmp_path, django_assert_max_num_queries, path
):
    with django_assert_max_num_queries(1):
        response = client.get(path)

    assert response.status_code == 404
    assert drawings == []
    assert not (tmp_path / "share").exists()


@pytest.mark.parametrize("kind", [kind for kind in ADDRESSES if kind not in {"page", "country"}])
def test_draft_has_no_picture(client, one_of_each, drawings, kind):
    row = one_of_each[kind]
    type(row).objects.filter(pk=row.pk).update(status="draft")

    assert client.get(address(kind)).status_code == 404
    assert drawings == []


def test_country_that_is_still_a_draft_tells_nothing_of_joining(one_of_each):
    Country.objects.update(status=Country.Status.DRAFT)

    assert subjects.picture("country", "mx", "en").text.text == ""


def test_picture_takes_no_post(one_of_each):
    assert Client().post(address("campaign")).status_code == 405


# Setting type


def test_arabic_letters_join():
    word = "القلب"
    alone = [set_line(char, Style("ar", "Bold")).glyphs[0].number for char in word]

    shaped = [glyph.number for glyph in set_line(word, Style("ar", "Bold")).glyphs]

    assert shaped != alone
    assert shaped != alone[::-1]


def test_arabic_word_begins_at_the_right():
    style = Style("ar", "Bold")
    letters = [set_line(letter, style).glyphs[0].number for letter in "دار"]  # none of them joins the next one

    assert [glyph.number for glyph in set_line("دار", style).glyphs] == letters[::-1]


def test_arabic_runs_from_right_to_left_with_its_digits_and_latin_words_from_left_to_right():
    style = Style("ar", "Bold")
    two, six = (set_line(digit, style, rtl=False).glyphs[0].number for digit in "26")
    name = [glyph.number for glyph in set_line("UNODC", style, rtl=False).glyphs]

    line = [glyph.number for glyph in set_line("مكتب UNODC عام 2026", style).glyphs]

    assert line[0] == two
    assert line[3] == six
    at = line.index(name[0])
    assert line[at : at + 5] == name
    assert at > 3


def test_brackets_around_arabic_words_open_to_the_right():
    style = Style("ar", "Bold")
    opening, closing = (set_line(char, style, rtl=False).glyphs[0].number for char in "()")
    line = [glyph.number for glyph in set_line("(قلب)", style).glyphs]

    assert line[0] == opening  # drawn first from the left: the bracket that closes, mirrored
    assert line[-1] == closing


def test_levels_of_mixed_text():
    assert levels("abc", rtl=False) == [0, 0, 0]
    assert levels("قل 12", rtl=True) == [1, 1, 1, 2, 2]
    assert levels("a قل", rtl=False) == [0, 0, 1, 1]


def test_an_isolate_keeps_its_order_and_that_of_its_neighbours():
    assert levels("قل 12-34", rtl=True) == [1, 1, 1, 2, 2, 1, 2, 2]  # the two numbers change places
    assert levels("قل \u206612-34\u2069 قل", rtl=True) == [1, 1, 1, 1, *[2] * 5, 1, 1, 1, 1]
    assert levels("a \u2068قل 12\u2069 b", rtl=False) == [0, 0, 0, 1, 1, 1, 2, 2, 0, 0, 0]
    assert levels("قل \u2068a \u2067قل", rtl=True) == [1, 1, 1, 1, 2, 2, 2, 3, 3]  # ends that nobody wrote
    assert levels("می\u200cخ 1", rtl=True) == [1, 1, 1, 1, 1, 2]


def test_accents_stand_over_their_letters():
    composed, apart = "é", "é"

    assert set_line(clean(apart, Style("fr")), Style("fr")) == set_line(composed, Style("fr"))


def test_chinese_page_takes_its_punctuation_from_the_chinese_font():
    glyphs = set_line("“蓝心”，2026", Style("zh-hans", "Bold")).glyphs

    assert {glyph.font for glyph in glyphs} == {font(CHINESE, "Bold")[0]}


def test_arabic_name_in_an_english_title_is_set_in_arabic():
    fonts = {glyph.font for glyph in set_line("The heart, القلب", Style("en", "Bold")).glyphs}

    assert font(ARABIC, "Bold")[0] in fonts


def test_chinese_breaks_between_characters_but_no_line_begins_with_a_comma():
    text = "世界打击贩运人口行动日：佩戴蓝心，声援被贩运的受害者（2026年），《公约》的缔约方。"
    cut = pieces(text)

    assert "".join(cut) == text
    assert len(cut) > 20
    assert not [piece for piece in cut if piece[0] in NO_START]
    assert not [piece for piece in cut if piece[-1] in NO_END]
    assert any("2026" in piece for piece in cut)


def test_words_are_not_cut_and_french_quotes_keep_their_words():
    assert pieces("Le « Cœur bleu » est l’emblème") == ["Le ", "« Cœur ", "bleu » ", "est ", "l’emblème"]
    assert pieces("Anti-trafficking 18-24") == ["Anti-", "trafficking ", "18-24"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "word " * 200),
        ("zh-hans", "蓝心" * 200),
        ("ar", "القلب الأزرق " * 80),
        ("de", "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 4),
        ("fr", "é" * 300),
    ],
)
def test_too_long_a_title_ends_in_an_ellipsis_within_its_column(language, text):
    block = fit(text, Style(language, "Bold"), width=700, sizes=ONE_COLUMN)

    assert block.is_cut
    assert len(block.lines) <= 3
    assert block.lines[-1].text.endswith("…")
    assert max(line.width for line in block.lines) * block.size <= 700


def test_short_title_is_large_and_its_lines_are_even():
    block = fit("Pledge to wear the Blue Heart today", Style("en", "Bold"), width=700, sizes=ONE_COLUMN)

    assert block.size == 60
    widths = [line.width for line in block.lines]
    assert min(widths) > 0.6 * max(widths)


def test_chinese_title_ends_its_lines_where_reading_pauses_if_a_little_size_buys_that():
    title = "世界打击贩运人口行动日：佩戴蓝心，声援被贩运的受害者"
    block = fit(title, Style("zh-hans", "Bold"), width=700, sizes={60: 3, 58: 3})

    assert [line.text for line in block.lines] == ["世界打击贩运人口行动日：", "佩戴蓝心，", "声援被贩运的受害者"]
    assert block.size == 58


def test_what_no_font_has_is_left_out_and_never_an_empty_box():
    text = "Blue 💙 Heart ﷽ ꙮ"

    assert missing("Blue 💙 Heart", Style("en", "Bold")) == {"💙"}
    assert clean("Blue 💙 Heart", Style("en", "Bold")) == "Blue Heart"
    assert all(glyph.number for glyph in set_line(clean(text, Style("en", "Bold")), Style("en", "Bold")).glyphs)


def test_marks_of_direction_from_a_visitor_do_no_harm():
    text = clean("\u202eevil\u202c \u2067x\u2069 \x00", Style("en"))

    assert text == "evil x"
    assert not {bidirectional(char) for char in text} & {"RLO", "RLI", "PDF", "PDI"}


def test_empty_title_is_a_picture_too(one_of_each):
    empty = subjects.picture("page", "home", "en")._replace(title=Words("💙", "en"))

    assert Image.open(io.BytesIO(png(empty))).size == (1200, 630)
    assert drawn(set_line(" ", Style("en")), 40) is None


@pytest.mark.django_db
def test_every_loaded_text_has_a_glyph_for_every_character(loaded):
    """Titles, texts and sources of all pictures that the site ships with, in all seven languages."""
    rows = {
        "page": list(subjects.PAGES),
        "campaign": Campaign.objects.values_list("slug", flat=True),
        "country": [iso2.lower() for iso2 in Country.objects.values_list("iso2", flat=True)],
        "fact": Fact.objects.values_list("slug", flat=True),
        "news": NewsItem.objects.values_list("slug", flat=True),
        "report": map(str, ReportEdition.objects.values_list("year", flat=True)),
        "world-day": map(str, WorldDayEdition.objects.values_list("year", flat=True)),
    }
    assert rows.keys() == subjects.KINDS.keys()
    texts = {
        words
        for kind, slugs in rows.items()
        for slug in slugs
        for language in LANGUAGES
        for words in said(subjects.picture(kind, slug, language))
    }
    styles = {(words, weight): Style(words.language, weight) for words in texts for weight in ("Regular", "Bold")}

    assert {at: found for at, style in styles.items() if (found := missing(at[0].text, style))} == {}


def said(picture):
    return [
        *(words for words in picture if isinstance(words, Words)),
        Words(picture.site_name, picture.language),
        Words(picture.standing, picture.language),
    ]


def test_every_country_has_a_name_that_the_fonts_can_write():
    for language in LANGUAGES:
        for _code, name in subjects.countries(language):
            assert missing(name, Style(language, "Bold")) == set(), name


# The head of the page


def head(response):
    assert response.status_code == 200
    return response.content.decode().split("</head>")[0]


def meta(page, name):
    return [html.unescape(value) for value in re.findall(rf'<meta (?:property|name)="{name}" content="([^"]*)"', page)]


def canonical(page):
    return re.findall(r'<link rel="canonical" href="([^"]*)"', page)


def test_quotes_and_angles_in_a_title_do_not_leave_their_attribute(client, one_of_each):
    title = 'The "heart" & <b>more</b>'
    Campaign.objects.filter(slug="blue-heart").update(title_en=title)

    page = head(client.get("/en/campaigns/blue-heart/"))

    assert meta(page, "og:title") == [title]
    assert "<b>" not in page


@pytest.mark.django_db
def test_canonical_address_keeps_the_page_of_a_list_and_nothing_else(client):
    page = head(client.get("/en/hearts/?utm_source=x&before=7"))

    assert canonical(page) == [f"{settings.SITE_URL}/en/hearts/?before=7"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/en/no-such-page/", "/en/pledge/confirm/no-such-token/", "/en/donate/thanks/"])
def test_errors_and_secret_pages_have_neither_picture_nor_address(client, path):
    page = client.get(path).content.decode()

    assert canonical(page) == []
    assert "og:" not in page
