"""How templates print content: in the page's language or marked as another, and numbers only with their source."""

import datetime as dt
import re
from typing import Any

from babel.dates import format_date, format_skeleton
from django import template
from django.db.models import Model
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from modeltranslation.utils import build_localized_fieldname

from blueheart.languages import DEFAULT_LANGUAGE, babel_locale
from campaigns.markdown import to_html
from campaigns.models import Campaign, Country, Fact, Helpline, Milestone
from campaigns.models.content import Precision

register = template.Library()

KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")


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


@register.simple_tag
def translated(obj: Model, field: str) -> SafeString:
    """The field in the page's language; where it has none, the English text marked as English."""
    text, is_native = in_page_language(obj, field)
    return format_html("{}" if is_native else '<span lang="en" dir="ltr">{}</span>', text)


@register.simple_tag
def plain(obj: Model, field: str) -> str:
    """The same without marks, for titles and attributes, which can hold none."""
    return in_page_language(obj, field)[0]


@register.simple_tag
def markdown(obj: Model, field: str) -> SafeString:
    """A Markdown field as prose, marked as English where the page's language has none."""
    text, is_native = in_page_language(obj, field)
    return format_html("{}" if is_native else '<div lang="en" dir="ltr">{}</div>', to_html(text))


@register.simple_tag
def fact_value(fact: Fact) -> SafeString:
    """The fact's value with its unit; raises `FactWithoutSourceError` where no source states it."""
    if fact.source_id is None:
        raise FactWithoutSourceError(fact.slug)
    (value, value_is_native), (unit, unit_is_native) = in_page_language(fact, "value"), in_page_language(fact, "unit")
    is_native = unit_is_native if unit else value_is_native
    # One isolate around both: two would stand in the order of the page, "parties 173" in Arabic.
    return format_html("<bdi>{}</bdi>" if is_native else '<bdi lang="en" dir="ltr">{}</bdi>', f"{value} {unit}".strip())


@register.inclusion_tag("campaigns/includes/fact.html")
def fact_card(fact: Fact) -> dict[str, Any]:
    """A fact as it must stand: value, statement, scope, year, and the source in one line."""
    return {"fact": fact}


@register.inclusion_tag("campaigns/includes/source_line.html")
def source_line(stated: Fact | Milestone | Country | Campaign) -> dict[str, Any]:
    """Who says so, where and when; with certainty B `as reported by`."""
    return {"stated": stated, "source": stated.source}


@register.simple_tag
def when(day: dt.date, precision: str = Precision.DAY) -> str:
    """The date as precisely as its source tells, in the page's language."""
    locale = babel_locale(get_language() or DEFAULT_LANGUAGE)
    match precision:
        case Precision.YEAR:
            return format_skeleton("y", day, locale=locale)
        case Precision.MONTH:
            return format_skeleton("yMMMM", day, locale=locale)
        case Precision.BY:
            return _("by %(date)s") % {"date": format_date(day, "long", locale=locale)}
        case _other:
            return format_date(day, "long", locale=locale)


def dialled(number: str) -> str:
    """What a telephone sends for a printed number: capitals by their key; no `(0)` abroad, no remark at the end."""
    without_remark = re.sub(r"(?<=\d)\s*(\(0\)|\([^)]*\)$)", "", number)
    return re.sub(r"[^\d+*]", "", without_remark.translate(KEYPAD))


@register.simple_tag
def phones(helpline: Helpline) -> SafeString:
    """The helpline's numbers as links that dial, each kept from left to right in Arabic text too."""
    links = [(dialled(number), number) for number in helpline.numbers]
    return format_html_join(" · ", '<a class="phone" href="tel:{}"><bdi dir="ltr">{}</bdi></a>', links)
