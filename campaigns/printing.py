"""How a row's texts, days and a fact's value are printed: texts in the page's language, or in English and so marked."""

import datetime as dt

from babel.dates import format_date, format_skeleton
from django.db.models import Model
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from modeltranslation.utils import build_localized_fieldname

from blueheart.languages import DEFAULT_LANGUAGE, babel_locale, page_language
from campaigns.models import Fact
from campaigns.models.content import Precision


class FactWithoutSourceError(ValueError):
    """A number was about to be shown without the source that states it (rule 4 of the mission)."""


def in_page_language(obj: Model, field: str) -> tuple[str, bool]:
    """The field's text, and whether it is in the page's language (else it is the English one)."""
    language = page_language()
    text: str = getattr(obj, build_localized_fieldname(field, language)) or ""
    if text or language == DEFAULT_LANGUAGE:
        return text, True
    fallback: str = getattr(obj, build_localized_fieldname(field, DEFAULT_LANGUAGE)) or ""
    return fallback, not fallback


def as_known(day: dt.date, precision: str) -> str:
    """The day as ISO 8601 has it, no more of it than is known: `2010`, `2010-04` or `2010-04-14`."""
    length = {Precision.YEAR: 4, Precision.MONTH: 7}.get(Precision(precision), 10)
    return day.isoformat()[:length]


def when(day: dt.date, precision: str = Precision.DAY) -> str:
    """The date as precisely as its source tells, in the page's language."""
    locale = babel_locale(page_language())
    match precision:
        case Precision.YEAR:
            return format_skeleton("y", day, locale=locale)
        case Precision.MONTH:
            return format_skeleton("yMMMM", day, locale=locale)
        case Precision.BY:
            return _("by %(date)s") % {"date": format_date(day, "long", locale=locale)}
        case _other:
            return format_date(day, "long", locale=locale)


def with_unit(value: str, unit: str, language: str) -> str:
    """The value and its unit, written in the language: Chinese has no space before a measure word, `250万人`."""
    return f"{value}{unit}" if language == "zh-hans" else f"{value} {unit}".strip()


def fact_words(fact: Fact) -> str:
    """The fact's value with its unit, for titles, which hold no marks; fails like `fact_value`, which is for pages."""
    return _stated(fact)[0]


def fact_value(fact: Fact) -> SafeString:
    """The fact's value with its unit; raises `FactWithoutSourceError` where no source states it."""
    words, is_native = _stated(fact)
    # One isolate around both: two would stand in the order of the page, "parties 173" in Arabic.
    return format_html("<bdi>{}</bdi>" if is_native else '<bdi lang="en" dir="ltr">{}</bdi>', words)


def _stated(fact: Fact) -> tuple[str, bool]:
    if fact.source_id is None:
        raise FactWithoutSourceError(fact.slug)
    (value, value_is_native), (unit, unit_is_native) = in_page_language(fact, "value"), in_page_language(fact, "unit")
    words = with_unit(value, unit, page_language() if unit_is_native else DEFAULT_LANGUAGE)
    return words, unit_is_native if unit else value_is_native
