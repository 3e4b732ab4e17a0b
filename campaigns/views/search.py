"""Search over everything that the site says."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from blueheart.languages import page_language
from blueheart.pages import public_page
from campaigns.models import SearchEntry
from campaigns.search.finding import find, find_in_english
from campaigns.search.help_words import asks_for_help
from campaigns.search.vectors import LONGEST_QUESTION, typed_words
from campaigns.views.query import asked


@public_page(query=("q", "kind", "page"), numbers=False)
def search(request: HttpRequest) -> HttpResponse:
    """What was found for `q`, of one `kind` or of all; without a question, how to ask one."""
    language = page_language()
    typed = " ".join(asked(request, "q").split())[:LONGEST_QUESTION]
    context: dict[str, object] = {"typed": typed, "longest": LONGEST_QUESTION}
    if typed_words(typed):
        answer = find(typed, language, kind=_kind(request), page=_page(request))
        context |= {
            "answer": answer,
            "in_english": [] if answer.results else find_in_english(typed, language),
            "asks_for_help": asks_for_help(typed),
        }
    response = render(request, "campaigns/search.html", context)
    if request.GET:
        response.headers["X-Robots-Tag"] = "noindex"
    return response


def _kind(request: HttpRequest) -> SearchEntry.Kind | None:
    kind = asked(request, "kind")
    return SearchEntry.Kind(kind) if kind in SearchEntry.Kind.values else None


def _page(request: HttpRequest) -> int:
    """The number of the page; the first where the address says none."""
    number = asked(request, "page")
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 4 else 1
