"""Which pages are looked at: all of them, or one of each template and a sample."""

import random
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.urls import Resolver404, resolve
from django.utils import translation

from blueheart.languages import DEFAULT_LANGUAGE, LANGUAGES

CODES = frozenset(code for code, _name in LANGUAGES)
LOOKED_AT = ("en", "ar")


class Chosen(NamedTuple):
    """A page that is looked at; the first of its template is looked at more closely."""

    address: str
    template: str
    closely: bool


def language_of(path: str) -> str | None:
    """The language in the address; None where it has none."""
    first = path.split("/")[1].split("?")[0] if path.startswith("/") else ""
    return first if first in CODES else None


def template_of(path: str) -> str:
    """The name of the view that answers the address, which stands for its template."""
    with translation.override(language_of(path) or DEFAULT_LANGUAGE):
        try:
            return resolve(path.partition("?")[0]).view_name
        except Resolver404:
            return "none"


def in_language(path: str, language: str) -> str:
    """The same page's address in another language."""
    current = language_of(path)
    return path.replace(f"/{current}/", f"/{language}/", 1) if current else path


def choose(pages: Mapping[str, int], *, sample: int | None, seed: int) -> list[Chosen]:
    """Of pages and their sizes in English and Arabic, the largest of each template, and all others or a sample.

    The largest: a page with something on it breaks more rules than an empty one.
    """
    largest: dict[tuple[str | None, str], str] = {}
    for path in sorted(pages, key=lambda path: (-pages[path], path)):
        largest.setdefault((language_of(path), template_of(path)), path)
    first = set(largest.values())
    rest = sorted(set(pages) - first)
    if sample is not None:
        rest = sorted(random.Random(seed).sample(rest, min(sample, len(rest))))
    return [
        *(Chosen(path, template_of(path), closely=True) for path in sorted(first)),
        *(Chosen(path, template_of(path), closely=False) for path in rest),
    ]


class OneOfEachTemplate:
    """Follows every address in English, one page per template in the other languages, and all files.

    Of pictures that a view of ours draws for every page it follows some: each costs as much as ten pages.
    """

    MOST_PICTURES = 20

    def __init__(self) -> None:
        self._seen: dict[tuple[str | None, str], int] = {}

    def __call__(self, path: str) -> bool:
        language, template = language_of(path), template_of(path)
        seen = self._seen[language, template] = self._seen.get((language, template), 0) + 1
        if language == DEFAULT_LANGUAGE or template == "none":
            return True
        return seen <= (1 if language else self.MOST_PICTURES)


def languages_of(paths: Iterable[str]) -> dict[str, int]:
    """How many of the addresses stand in each language."""
    counts: dict[str, int] = {}
    for path in paths:
        code = language_of(path) or "none"
        counts[code] = counts.get(code, 0) + 1
    return dict(sorted(counts.items()))
