"""How templates print content: in the page's language or marked as another, and numbers only with their source."""

import re
from typing import Any
from weakref import WeakKeyDictionary

from django import template
from django.db.models import Model
from django.http import HttpRequest
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from blueheart.languages import DEFAULT_LANGUAGE
from blueheart.pages.keeping import kept_while_content_stays
from campaigns.markdown import marked_facts, published_facts, to_html
from campaigns.models import Campaign, Country, Fact, Helpline, Milestone
from campaigns.printing import FactWithoutSourceError, fact_value, fact_words, in_page_language, when

__all__ = ["FactWithoutSourceError", "fact_value", "in_page_language", "when"]  # printed here, and elsewhere

register = template.Library()

KEYPAD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")


# The facts that a page's marked bodies have in common, as long as its request lives.
_facts_of: WeakKeyDictionary[HttpRequest, dict[str, Fact]] = WeakKeyDictionary()
_all_facts = kept_while_content_stays(published_facts)

register.simple_tag(fact_value)
register.simple_tag(fact_words)
register.simple_tag(when)


@register.simple_tag
def translated(obj: Model, field: str) -> SafeString:
    """The field in the page's language; where it has none, the English text marked as English."""
    text, is_native = in_page_language(obj, field)
    return format_html("{}" if is_native else '<span lang="en" dir="ltr">{}</span>', text)


@register.simple_tag
def plain(obj: Model, field: str) -> str:
    """The same without marks, for titles and attributes, which can hold none."""
    return in_page_language(obj, field)[0]


@register.simple_tag(takes_context=True)
def markdown(context: Context, obj: Model, field: str) -> SafeString:
    """A Markdown field as prose, marked as English where the page's language has none.

    The first body of a page that marks a fact asks for all of them, and the others ask nothing.
    """
    text, is_native = in_page_language(obj, field)
    request, facts = context.get("request"), None
    if request and marked_facts(text):
        facts = _facts_of.get(request) or _facts_of.setdefault(request, _all_facts())
    if is_native:
        return to_html(text, facts)
    english = to_html(text, facts, language=DEFAULT_LANGUAGE)
    return format_html('<div lang="en" dir="ltr">{}</div>', english)


@register.inclusion_tag("campaigns/includes/fact.html")
def fact_card(fact: Fact) -> dict[str, Any]:
    """A fact as it must stand: value, statement, scope, year, and the source in one line."""
    return {"fact": fact}


@register.inclusion_tag("campaigns/includes/source_line.html")
def source_line(stated: Fact | Milestone | Country | Campaign) -> dict[str, Any]:
    """Who says so, where and when; with certainty B `as reported by`."""
    return {"stated": stated, "source": stated.source}


def dialled(number: str) -> str:
    """What a telephone sends for a printed number: capitals by their key; no `(0)` abroad, no remark at the end."""
    without_remark = re.sub(r"(?<=\d)\s*(\(0\)|\([^)]*\)$)", "", number)
    return re.sub(r"[^\d+*]", "", without_remark.translate(KEYPAD))


@register.simple_tag
def phones(helpline: Helpline) -> SafeString:
    """The helpline's numbers as links that dial, each kept from left to right in Arabic text too."""
    links = [(dialled(number), number) for number in helpline.numbers]
    return format_html_join(" · ", '<a class="phone" href="tel:{}"><bdi dir="ltr">{}</bdi></a>', links)
