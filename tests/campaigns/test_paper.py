import datetime as dt
import io

import pytest
from pypdf import PdfReader
from pypdf.generic import BooleanObject

from campaigns.paper.page import COLUMN, Paper, Type
from campaigns.paper.pdf_file import PdfFile
from campaigns.paper.spelling import writable
from campaigns.share.bidi import isolated
from campaigns.share.typesetting import font_file
from tests.reading_pdf import page_count, text_of

AT = dt.datetime(2026, 11, 22, 10, 30, tzinfo=dt.UTC)
NAMES = [
    "Zoë Łukasiewicz-Ångström",
    "Владимир Ёжиков",
    "محمد الأمين",
    "王小明",
    "陳小龍",
    "たなか",
    "홍길동",
    "שלום",
    "გიორგი",
    "Արամ",
    "{nb}",
]


def paper(language="en", **kwargs):
    return Paper(language=language, title="Title", made_at=AT, **kwargs)


def written(language, *texts, **kwargs):
    page = paper(language)
    for text in texts:
        page.y += page.text(text, Type(), **kwargs)
    return page.file()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "An official office: fine, 25.00 US$ (thank you)."),
        ("fr", "« L’été » à Genève, 1 234,50 €"),
        ("ru", "Спасибо, что вы с нами"),
        ("ar", "شكرًا لأنك تقف مع ضحايا الاتجار بالأشخاص، لا إله إلا الله"),
        ("zh-hans", "感谢您支持人口贩运活动受害人。"),
    ],
)
def test_text_is_read_back_as_it_was_written(language, text):
    assert text_of(written(language, text)).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_script_are_read_back(name):
    assert text_of(written("en", name)) == name


def test_an_id_keeps_its_order_in_arabic():
    pdf = written("ar", f"الإيصال {isolated('BH-2026-000012')} يحل محل {isolated('BH-2026-000007')}")

    assert all(number in text_of(pdf) for number in ("BH-2026-000012", "BH-2026-000007"))


def test_a_name_that_is_cut_at_the_end_of_a_line_stays_in_its_order():
    name = "Ada Augusta King of Lovelace"

    pdf = written("ar", f"أعده {isolated(name)}", width=40)

    assert [word for word in text_of(pdf).split() if word.isascii()] == name.split()


def test_a_ligature_is_one_character_so_that_no_reader_turns_its_letters_around():
    raw = PdfReader(io.BytesIO(written("ar", "لا الأمين"))).pages[0].extract_text()

    assert ("\ufefb" in raw, "\ufef7" in raw, "لا" in raw) == (True, True, False)


def test_a_vowel_mark_is_not_cut_off_its_letter():
    file = PdfFile(language="ar", title="Title", made_at=AT)
    file.add_font("Vazirmatn", "", font_file("Vazirmatn", "Regular"))
    file.set_font("Vazirmatn")
    file.set_text_shaping(direction="rtl")
    cut = [fragment.string for fragment in file._preload_bidirectional_text("إحياءً لذكرى", markdown=False)]
    file.finished()

    assert cut == ["إحياءً لذكرى"]


def test_arabic_letters_are_joined_and_keep_to_the_right():
    page = paper("ar")
    page.text("قلب", Type())
    runs = []
    PdfReader(io.BytesIO(page.file())).pages[0].extract_text(
        visitor_text=lambda text, _cm, matrix, _font, _size: runs.append((text, matrix[4])) if text.strip() else None
    )

    assert runs[0][1] > 500  # of the page's 595 points: where Arabic begins


@pytest.mark.parametrize("language", ["en", "ar"])
def test_each_of_several_pages_says_which_one_it_is(language):
    """What stands last on each page is set in another font than the number."""
    page = paper(language)
    for number in range(3):
        if number:
            page.new_page()
        page.text("Total €", Type(weight="Bold") if number < 2 else Type(9))

    feet = [each.extract_text().split()[-1] for each in PdfReader(io.BytesIO(page.file())).pages]

    assert feet == ["1/3", "2/3", "3/3"]


def test_the_same_words_make_the_same_file():
    first, second = (written("ar", "قلب أزرق", "Blue") for _twice in range(2))

    assert first == second


def test_the_file_says_its_title_language_and_day():
    reader = PdfReader(io.BytesIO(written("zh-hans", "蓝心")))

    assert reader.metadata.title == "Title"
    assert reader.metadata.creation_date == AT
    assert reader.trailer["/Root"]["/Lang"] == "zh-Hans"
    assert reader.trailer["/Root"]["/ViewerPreferences"]["/DisplayDocTitle"] == BooleanObject(value=True)


def test_text_is_tagged_and_the_ground_is_not():
    page = paper(watermark="TEST MODE")
    page.text("Receipt", Type(20, "Bold"), tag="H1")
    page.squares([b"\1\0", b"\0\1"], across=0, side=10, says="A code to scan")
    reader = PdfReader(io.BytesIO(page.file()))
    kinds = [(kid.get_object()["/S"], kid.get_object().get("/Alt")) for kid in tags(reader)]

    assert kinds == [("/H1", None), ("/Figure", "A code to scan")]
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"] == BooleanObject(value=True)


def tags(reader):
    return reader.trailer["/Root"]["/StructTreeRoot"]["/K"][0].get_object()["/K"]


def test_every_page_carries_the_watermark():
    page = paper(watermark="TEST MODE")
    page.room_for(200)
    page.y += 200
    page.room_for(100)

    pdf = page.file()

    assert text_of(pdf).count("TEST MODE") == page_count(pdf) == 2


def test_long_text_is_broken_into_lines_that_fit():
    page = paper()
    height = page.text("word " * 60, Type(), width=60)
    page.file()

    assert height == pytest.approx(page.height("word " * 60, Type(), width=60))
    assert height == pytest.approx(10 * page.height("word", Type()))


def test_a_word_wider_than_the_page_is_cut():
    text = text_of(written("en", "W" * 200))

    assert text.replace("\n", "") == "W" * 200
    assert max(map(len, text.split("\n"))) * 3 < COLUMN


def test_control_characters_are_not_written():
    assert writable(" a\u202eb\x00\tc\u200d ") == "ab c\u200d"
    assert text_of(written("en", "a\u202eb")) == "ab"


def test_a_file_is_small_and_holds_only_the_glyphs_it_shows():
    assert len(written("zh-hans", "感谢您支持人口贩运活动受害人。")) < 20_000
