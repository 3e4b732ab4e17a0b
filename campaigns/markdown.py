"""Markdown bodies as HTML that cannot harm the reader; `[[fact:slug]]` in them prints the fact's value, linked."""

import re
from collections.abc import Mapping
from functools import lru_cache

import nh3
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from modeltranslation.utils import build_localized_fieldname

from blueheart.languages import LANGUAGES
from campaigns.models import Fact
from campaigns.printing import fact_value

TAGS = {"a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "strong", "ul"}
ATTRIBUTES = {"a": {"href", "title"}}
MARK = re.compile(r"\[\[fact:([a-z0-9-]+)\]\]")
# A mark's place in the cleaned HTML, which may be kept: the value comes from the table each time. Characters for
# private use, which nobody types; where one was pasted or spelt all the same, a space stands for it before.
OPEN, LINKED, CLOSE = "\ue000", "\ue001", "\ue002"
PLACE = re.compile(f"([{OPEN}{LINKED}])([a-z0-9-]+){CLOSE}")
PRIVATE = re.compile(f"[{OPEN}{LINKED}{CLOSE}]|&#(?:x0*e00[012]|0*5734[456]);", re.IGNORECASE)


def _mark_places(state: StateInline) -> None:
    """markdown-it's rule: each mark becomes its place; within a link, which can hold no other, one without a link."""
    depth = 0
    for token in state.tokens:
        depth += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if token.type == "text":
            token.content = MARK.sub(rf"{OPEN if depth else LINKED}\1{CLOSE}", token.content)


_commonmark = MarkdownIt("commonmark", {"html": False})
_commonmark.inline.ruler2.push("fact", _mark_places)


def to_html(text: str, facts: Mapping[str, Fact] | None = None, *, language: str | None = None) -> SafeString:
    """The text's HTML: CommonMark without raw HTML, reduced to the tags of prose; links keep http, https and mailto.

    Marked facts are looked up in one query unless they are given, by their slugs; one that is not published prints
    nothing, and `language` is the text's own where that is not the page's. A text without marks asks nothing.
    """
    html = _prose(text)
    if not (slugs := [slug for _kind, slug in PLACE.findall(html)]):
        return html
    known = published_facts(slugs) if facts is None else facts
    filled = PLACE.sub(lambda place: _value(known.get(place[2]), language, is_linked=place[1] == LINKED), html)
    return mark_safe(filled)  # noqa: S308 -- cleaned, and values are escaped


@lru_cache(maxsize=512)
def _prose(text: str) -> SafeString:
    html = nh3.clean(
        _commonmark.render(PRIVATE.sub(" ", text)),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    return mark_safe(html)  # noqa: S308 -- nh3 has cleaned it


def _value(fact: Fact | None, language: str | None, *, is_linked: bool) -> SafeString:
    if fact is None:
        return SafeString("")
    with translation.override(language or translation.get_language()):
        value = fact_value(fact)
    return format_html('<a class="fact-mark" href="{}">{}</a>', fact.get_absolute_url(), value) if is_linked else value


def marked_facts(text: str) -> list[str]:
    """The slugs that the text marks, each once, in its order."""
    return list(dict.fromkeys(MARK.findall(text)))


def published_facts(slugs: list[str] | None = None) -> dict[str, Fact]:
    """Published facts by their slugs, with what prints their values; all of them where no slugs are named."""
    texts = [build_localized_fieldname(field, code) for field in ("value", "unit") for code, _name in LANGUAGES]
    facts = Fact.objects.published().only("slug", "source", *texts)
    return {fact.slug: fact for fact in (facts if slugs is None else facts.filter(slug__in=slugs))}


def unknown_facts(text: str) -> list[str]:
    """The marked slugs that no published fact has: they would print nothing."""
    if not (slugs := marked_facts(text)):
        return []
    known = set(Fact.objects.published().filter(slug__in=slugs).values_list("slug", flat=True))
    return [slug for slug in slugs if slug not in known]
