"""How a fact is cited: its source first, then the page where it was found."""

import datetime as dt
from typing import NamedTuple

from babel.dates import format_date
from django.conf import settings

from blueheart.languages import DEFAULT_LANGUAGE, babel_locale
from campaigns.models import Fact

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
    day = format_date(today, "long", locale=babel_locale(DEFAULT_LANGUAGE))
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
