"""How a fact is cited, and what it is for machines: its source first, then the page where it was found."""

import datetime as dt
from typing import Any, NamedTuple

from babel.dates import format_date
from django.conf import settings
from django.utils.translation import get_language

from blueheart.languages import DEFAULT_LANGUAGE
from campaigns.models import Fact, Source
from campaigns.printing import fact_words, in_page_language

# What means something to TeX, as BibTeX reads it.
TEX = str.maketrans(
    {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {char: f"\\{char}" for char in "&%$#_{}"}
)


class Citation(NamedTuple):
    """The same citation as plain text in the manner of APA, and as a BibTeX entry."""

    plain: str
    bibtex: str


def cite(fact: Fact, today: dt.date) -> Citation:
    """How to cite the fact; in English whatever the page's language, since the forms are; `today` is the day of access.

    https://apastyle.apa.org/style-grammar-guidelines/references/examples
    """
    source, address = fact.source, settings.SITE_URL + fact.get_absolute_url()
    locator = f" ({fact.locator})" if fact.locator else ""
    day = format_date(today, "long", locale="en")
    year = source.year or "n.d."
    sentences = [
        f"{source.publisher.removesuffix('.')}. ({year}). {source.title}{locator}.",
        source.url,
        f"As cited in: {source.read_in.publisher}, {source.read_in.title}." if source.read_in else "",
        f"As reported by {fact.reported_by}." if fact.certainty == "B" else "",
        f"Retrieved {day}, from {address}",
    ]
    return Citation(" ".join(filter(None, sentences)), _bibtex(fact, address, today))


def _bibtex(fact: Fact, address: str, today: dt.date) -> str:
    source = fact.source
    note = [
        fact.locator,
        f"as cited in {source.read_in.publisher}, {source.read_in.title}" if source.read_in else "",
        f"as reported by {fact.reported_by}" if fact.certainty == "B" else "",
        f"shown at {address}, accessed {today.isoformat()}",
    ]
    fields = {
        "author": f"{{{source.publisher.translate(TEX)}}}",
        "title": f"{{{source.title.translate(TEX)}}}",
        "year": str(source.year or ""),
        "url": source.url,
        "urldate": today.isoformat(),
        "note": "; ".join(filter(None, note)).translate(TEX),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{{fact.slug},", *lines, "}"])


def described(fact: Fact) -> dict[str, Any]:
    """The fact as a schema.org Dataset of one variable; its creator is who published it, not this portal."""
    text = {name: in_page_language(fact, name)[0] for name in ("statement", "unit", "scope", "period")}
    value = fact_words(fact)
    variable: dict[str, Any] = {"@type": "PropertyValue", "name": text["unit"] or value}
    variable["value"] = in_page_language(fact, "value")[0] if fact.number is None else float(fact.number)
    if text["unit"]:
        variable["unitText"] = text["unit"]
    return {
        "@type": "Dataset",
        "name": f"{value} ({text['scope']}, {fact.year})",
        "description": f"{value}. {text['statement']} ({text['scope']}, {text['period'] or fact.year})",
        "url": settings.SITE_URL + fact.get_absolute_url(),
        "inLanguage": get_language() or DEFAULT_LANGUAGE,
        "isAccessibleForFree": True,
        "temporalCoverage": fact.as_of.isoformat() if fact.as_of else str(fact.year),
        "spatialCoverage": {"@type": "Place", "name": text["scope"]},
        "variableMeasured": variable,
        "creator": {"@type": "Organization", "name": fact.source.publisher},
        "isBasedOn": work_of(fact.source),
    }


def work_of(source: Source) -> dict[str, Any]:
    """The source as a work that somebody else published."""
    work: dict[str, Any] = {
        "@type": "CreativeWork",
        "name": source.title,
        "publisher": {"@type": "Organization", "name": source.publisher},
        "inLanguage": source.language,
    }
    if source.url:
        work["url"] = source.url
    if source.year:
        work["datePublished"] = str(source.year)
    return work
