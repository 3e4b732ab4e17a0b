"""How a row's texts and a fact's value are printed: in the page's language, or in English and marked as such."""

from django.db.models import Model
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from modeltranslation.utils import build_localized_fieldname

from blueheart.languages import DEFAULT_LANGUAGE
from campaigns.models import Fact


class FactWithoutSourceError(ValueError):
    """A number was about to be shown without the source that states it (rule 4 of the mission)."""


def in_page_language(obj: Model, field: str) -> tuple[str, bool]:
    """The field's text, and whether it is in the page's language (else it is the English one)."""
    language = get_language() or DEFAULT_LANGUAGE
    text: str = getattr(obj, build_localized_fieldname(field, language)) or ""
    if text or language == DEFAULT_LANGUAGE:
        return text, True
    fallback: str = getattr(obj, build_localized_fieldname(field, DEFAULT_LANGUAGE)) or ""
    return fallback, not fallback


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
    return f"{value} {unit}".strip(), unit_is_native if unit else value_is_native
