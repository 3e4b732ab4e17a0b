"""Markdown bodies as HTML that cannot harm the reader."""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

TAGS = {"a", "blockquote", "br", "code", "em", "h2", "h3", "h4", "hr", "li", "ol", "p", "strong", "ul"}
ATTRIBUTES = {"a": {"href", "title"}}

_commonmark = MarkdownIt("commonmark", {"html": False})


@lru_cache(maxsize=512)
def to_html(text: str) -> SafeString:
    """The text's HTML: CommonMark without raw HTML, reduced to the tags of prose; links keep http, https and mailto."""
    html = nh3.clean(
        _commonmark.render(text),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    return mark_safe(html)  # noqa: S308 -- nh3 has cleaned it
