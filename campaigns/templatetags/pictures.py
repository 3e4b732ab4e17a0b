"""A picture as a page shows it."""

from typing import Any

from django import template

from campaigns import pictures
from campaigns.models import Picture

register = template.Library()


@register.inclusion_tag("campaigns/includes/picture.html")
def picture(shown: Picture | None, sizes: str = "(min-width: 60rem) 40rem, 100vw") -> dict[str, Any]:
    """The picture with its description, its credit and its licence; nothing where there is none."""
    return {"picture": shown, "sizes": sizes, "srcset": pictures.srcset(shown) if shown else ""}
