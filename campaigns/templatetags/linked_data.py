"""What a page is about, for machines that read it (schema.org in JSON-LD)."""

import json
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from campaigns import schema_org

register = template.Library()

# Inside a script element only these can end it early or confuse an XML reader; JSON can spell each another way.
ESCAPES = {ord("<"): "\\u003C", ord(">"): "\\u003E", ord("&"): "\\u0026"}


@register.simple_tag
def json_ld(described: dict[str, Any]) -> SafeString:
    """The description as a data block, which no browser runs: our policy against inline scripts leaves it alone."""
    text = json.dumps({"@context": "https://schema.org"} | described, cls=DjangoJSONEncoder, ensure_ascii=False)
    safe = mark_safe(text.translate(ESCAPES))  # noqa: S308 -- nothing in it can end the element
    return format_html('<script type="application/ld+json">{}</script>', safe)


@register.simple_tag
def donate_action() -> SafeString:
    """The gift that this portal takes, in test mode, for pages of an app that knows no schema.org."""
    return json_ld(schema_org.donate_action())
