"""The map of the world as a picture in the page: who joined, each a link; the land itself is a file of its own."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django import template

from blueheart.languages import country_name, page_language
from campaigns.map import BOX, HEIGHT, OUTLINES, WIDTH, Outline
from campaigns.models import Country
from campaigns.models.content import Certainty

register = template.Library()


class Mark(NamedTuple):
    """A country on the map, with what a reader learns on it."""

    country: Country
    name: str
    outline: Outline

    @property
    def is_reported(self) -> bool:
        return self.country.certainty == Certainty.B


@register.inclusion_tag("campaigns/includes/world_map.html")
def world_map(countries: Iterable[Country]) -> dict[str, Any]:
    """The countries on the map, once on a page. Below it belongs the table of the same data, as `countries-table`."""
    language = page_language()
    marks = [
        Mark(country, country_name(country.iso2, language), OUTLINES[country.iso2])
        for country in countries
        if country.iso2 in OUTLINES
    ]
    # Points last: the outline of a neighbour would hide them.
    marks.sort(key=lambda mark: (mark.outline.point is not None, mark.name))
    return {"marks": marks, "box": BOX, "width": WIDTH, "height": HEIGHT}
