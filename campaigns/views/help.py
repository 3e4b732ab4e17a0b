"""Whom to call, what to do when you have seen something, and whom to write to."""

from collections.abc import Iterable
from itertools import groupby

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from blueheart.languages import countries, page_language
from blueheart.pages import public_page
from campaigns.contact import contact_address
from campaigns.models import EUROPEAN_UNION, Helpline
from campaigns.views.people import JOINING, source
from campaigns.views.query import asked


@public_page(query=("country", "open"), numbers=False)
def help_page(request: HttpRequest) -> HttpResponse:
    """All helplines; `?country=pt` leads to that country's page, `?open=all` unfolds everything, for printing."""
    names = countries(page_language())
    chosen = asked(request, "country").upper()
    if chosen in dict(names):
        return HttpResponseRedirect(reverse("campaigns:country", args=[chosen.lower()]) + "#helplines")
    by_country = helplines_by_country(Helpline.objects.published())
    context = {
        "countries": names,
        "listed": [(code, name, by_country[code]) for code, name in names if code in by_country],
        "european_union": by_country.get(EUROPEAN_UNION, []),
        "unlisted": [(code, name) for code, name in names if code not in by_country],
        "all_open": asked(request, "open") == "all",
    }
    return render(request, "campaigns/help.html", context)


@public_page(numbers=False)
def report(request: HttpRequest) -> HttpResponse:
    european = Helpline.objects.published().filter(iso2=EUROPEAN_UNION)
    context = {"countries": countries(page_language()), "european_union": european}
    return render(request, "campaigns/report.html", context)


@public_page(numbers=False)
def contact(request: HttpRequest) -> HttpResponse:
    return render(request, "campaigns/contact.html", {"contact": contact_address(), "joining": source(JOINING)})


def helplines_by_country(helplines: Iterable[Helpline]) -> dict[str, list[Helpline]]:
    """Helplines in their given order, which is by country, under each country's code."""
    return {code: list(lines) for code, lines in groupby(helplines, key=lambda helpline: helpline.iso2)}
