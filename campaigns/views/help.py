"""Whom to call."""

from collections.abc import Iterable
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from blueheart.languages import DEFAULT_LANGUAGE, countries
from blueheart.pages import public_page
from campaigns.models import EUROPEAN_UNION, Helpline


@public_page
def help_page(request: HttpRequest) -> HttpResponse:
    language = get_language() or DEFAULT_LANGUAGE
    by_country = helplines_by_country(Helpline.objects.published())
    everywhere = [lines for code, lines in by_country.items() if code == EUROPEAN_UNION]
    listed = [(code, name, by_country[code]) for code, name in countries(language) if code in by_country]
    context = {
        "listed": listed,
        "european_union": everywhere[0] if everywhere else [],
        "unlisted": [(code, name) for code, name in countries(language) if code not in by_country],
    }
    return render(request, "campaigns/help.html", context)


def helplines_by_country(helplines: Iterable[Helpline]) -> dict[str, list[Helpline]]:
    """Helplines in their given order, which is by country, under each country's code."""
    return {code: list(lines) for code, lines in groupby(helplines, key=lambda helpline: helpline.iso2)}
