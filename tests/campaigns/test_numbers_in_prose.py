"""No figure stands in prose without its source: only dates, years and the numbers of laws may be typed into a text."""

import re
from collections.abc import Iterator

import pytest

from blueheart.languages import LANGUAGES, babel_locale
from campaigns import content
from campaigns.content import KINDS
from campaigns.markdown import MARK
from campaigns.translation import translated_fields

# Rows that are figures: each prints its own source beside them. Helplines: hours and numbers to dial.
FIGURES = {"facts", "helplines"}
# Fields that are the published words for a sum, in rows with a source of their own; and what a table counts.
PUBLISHED_WORDS = {("grant_cycles", "amount_words"), ("grant_cycles", "ceiling_words"), ("data_tables", "scope")}

MONTHS = sorted(
    {
        re.escape(name)
        for code, _name in LANGUAGES
        for form in ("format", "stand-alone")
        for name in babel_locale(code).months[form]["wide"].values()
    },
    key=len,
    reverse=True,
)
MONTH = f"(?:{'|'.join(MONTHS)})"
ALLOWED = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        MARK.pattern,
        r"https?://\S+|\]\([^)]*\)",  # addresses
        r"\b\d{1,2}\s*[-–]\s*\d{1,2}\s+(?:de\s+)?" + MONTH,  # 12–15 December
        r"\b\d{1,2}(?:er|º)?\s+(?:de\s+)?" + MONTH,  # 30 July, 30 de julio, 1er juillet
        MONTH + r"\s+\d{1,2}\b",
        r"\d{1,2}\s+[\w ]+/" + MONTH,  # 30 تموز/يوليو: the month's two Arabic names
        r"\d{4}\s*年|\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?",
        r"[A-Z]+(?:/[A-Z]+)+(?:/\d+)+",  # A/RES/68/192, UNIS/CP/722; Chinese sets no space before it
        r"(?:\b(?:resolution|résolution|резолюци\w+|resolución|resolução|قرارها?)|第)\s*\d+/\d+号?",
        r"\b(?:19|20)\d\d/\d+(?:/\w+)?",  # Directive 2011/36/EU
        r"\b(?:articles?|artículos?|artigos?|стать\w+|المادة|第)\s*\d+\s*条?",
        r"(?<!\d)(?:19|20)\d\d(?!\d)",  # years
        r"\b\d{1,2}:\d\d\b",  # times of day
        r"2\.0(?=\W*#AquíEstoy)|#\w+",  # the second generation of the campaign; hashtags
    )
]


def texts() -> Iterator[tuple[str, str]]:
    """Every text of the files with the place where it stands, in each language that the files give."""
    for kind in KINDS:
        prose = {field for field in translated_fields(kind.model) if (kind.file, field) not in PUBLISHED_WORDS}
        rows = [("en", entry[kind.key], entry) for entry in content.entries(kind.file)]
        for code, named in content.translations(kind.file).items():
            rows += [(code, name, fields) for name, fields in named.items()]
        for code, name, row in rows if kind.file not in FIGURES else ():
            for field in sorted(prose.intersection(row)):
                said = row[field] if isinstance(row[field], dict) else {code: row[field]}
                for language, text in said.items():
                    yield f"{kind.file}.yaml {name} {field} ({language})", str(text)


def figures_in(text: str) -> list[str]:
    """The digit groups that nothing allows."""
    for allowed in ALLOWED:
        text = allowed.sub(" ", text)
    return re.findall(r"[+\w.,%$€]*\d[\d.,  %]*", text)


def test_texts_of_the_files_hold_no_figures():
    assert [f"{place}: {found}" for place, text in texts() if (found := figures_in(text))] == []


def test_texts_are_found():
    assert len(list(texts())) > 100


@pytest.mark.parametrize(
    "text",
    [
        "On 30 July 2014, at 12:30, under A/RES/68/192 and Directive 2011/36/EU, article 3 (c).",
        "El 30 de julio y el 1 de agosto de 2017, «Corazón Azul 2.0 #AquíEstoy».",
        "30 июля 2016 года; статья 3",
        "2013年12月18日",
        "The link holds [[fact:parties-2018]] from 1999–2006 with #igivehope.",
    ],
)
def test_dates_and_numbers_of_laws_may_be_typed(text):
    assert figures_in(text) == []


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("It helped 600 survivors.", ["600"]),
        ("2.5 million people in 161 countries", ["2.5", "161"]),
        ("46 % of cases", ["46"]),
        ("US$ 20,000 a year", ["20,000"]),
        ("1400 of them", ["1400"]),
    ],
)
def test_figures_are_found(text, figures):
    assert [found.strip(" %") for found in figures_in(text)] == figures
