"""Countries: who joined and when, and a page of each."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from blueheart.pages import public_page
from campaigns.models import EUROPEAN_UNION, Campaign, Country, Helpline, Milestone


@public_page
def country_list(request: HttpRequest) -> HttpResponse:
    joined = Country.objects.published().by_date().select_related("source__read_in")
    return render(request, "campaigns/country_list.html", {"countries": joined})


@public_page
def country_page(request: HttpRequest, iso2: str) -> HttpResponse:
    """A country that joined the campaign, or one whose helplines we know; other addresses answer 404."""
    code = iso2.upper()
    country = Country.objects.published().select_related("source__read_in").filter(iso2=code).first()
    helplines = list(Helpline.objects.published().filter(iso2=code))
    is_known = country is not None or helplines
    if not is_known or code == EUROPEAN_UNION or iso2 != iso2.lower():
        raise Http404
    context = {
        "iso2": code,
        "country": country,
        "helplines": helplines,
        "milestones": Milestone.objects.published().filter(iso2=code).with_source(),
        "campaigns": Campaign.objects.published().filter(country__iso2=code).select_related("country"),
    }
    return render(request, "campaigns/country.html", context)
