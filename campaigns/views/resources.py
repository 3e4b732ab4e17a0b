"""Toolkits, symbols, videos, publications and sites, sorted by what they are, for whom, and in which language."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from blueheart.languages import page_language
from blueheart.pages import public_page
from campaigns.models import Resource
from campaigns.resource_languages import language_name
from campaigns.views.query import asked


@dataclass(frozen=True)
class Filter:
    """One way to sort: its name in the address, its heading, and the values that a resource has."""

    name: str
    label: str | Promise
    values: Callable[[Resource], Iterable[str]]
    shown: Callable[[str], str]


class Choice(NamedTuple):
    """A link that narrows the list, and how many it would leave."""

    label: str
    left: int
    url: str
    is_chosen: bool
    language: str


class Choices(NamedTuple):
    """One way to sort with its links; `anything` lifts it, `current` is what was asked for."""

    name: str
    label: str | Promise
    anything: str
    current: str
    links: list[Choice]


def _language(code: str) -> str:
    return language_name(code, page_language())


FILTERS = (
    Filter("kind", _("What"), lambda resource: [resource.kind], lambda value: str(Resource.Kind(value).label)),
    Filter(
        "audience",
        _("For whom"),
        lambda resource: resource.audiences,
        lambda value: str(Resource.Audience(value).label),
    ),
    Filter("language", _("In which language"), lambda resource: resource.languages, _language),
)


@public_page(query=("kind", "audience", "language"), numbers=False)
def resource_list(request: HttpRequest) -> HttpResponse:
    """The resources that fit every chosen filter; a value that no resource has leaves none, and the page says so."""
    published = list(Resource.objects.published().with_source())
    chosen = {each.name: value for each in FILTERS if (value := asked(request, each.name))}
    context = {
        "resources": _fitting(published, chosen),
        "is_filtered": bool(chosen),
        "is_empty": not published,
        "filters": [_choices(each, published, chosen) for each in FILTERS],
    }
    return render(request, "campaigns/resources.html", context)


def _fitting(resources: list[Resource], chosen: dict[str, str]) -> list[Resource]:
    wanted = [(each.values, chosen[each.name]) for each in FILTERS if each.name in chosen]
    return [resource for resource in resources if all(value in values(resource) for values, value in wanted)]


def _choices(each: Filter, resources: list[Resource], chosen: dict[str, str]) -> Choices:
    """The values that resources have under the other filters, the most frequent first."""
    others = {name: value for name, value in chosen.items() if name != each.name}
    counts = Counter(value for resource in _fitting(resources, others) for value in each.values(resource))
    current = chosen.get(each.name, "")
    links = [
        Choice(
            label=each.shown(value),
            left=left,
            url="?" + urlencode(others | {each.name: value}),
            is_chosen=value == current,
            language=value if each.name == "language" else "",
        )
        for value, left in counts.most_common()
    ]
    return Choices(each.name, each.label, "?" + urlencode(others), current, links)
