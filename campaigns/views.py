"""Pages that anyone may read and any cache may keep."""

from collections.abc import Iterable
from email.utils import parseaddr
from itertools import groupby

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language

from blueheart.languages import DEFAULT_LANGUAGE, countries
from blueheart.pages import public_page
from campaigns import pages
from campaigns.models import EUROPEAN_UNION, Campaign, Country, Fact, Helpline, Milestone

HOME_FACTS = 6
HOME_CAMPAIGNS = 6
HOME_MILESTONES = 5


@public_page
def home(request: HttpRequest) -> HttpResponse:
    others = Campaign.objects.published().exclude(kind=Campaign.Kind.GLOBAL)
    history = Milestone.objects.published().filter(kind__in=[Milestone.Kind.CAMPAIGN, Milestone.Kind.COUNTRY])
    context = {
        "campaign": Campaign.objects.main(),
        "campaigns": others[:HOME_CAMPAIGNS],
        "facts": Fact.objects.published().current().filter(featured=True).with_source()[:HOME_FACTS],
        "countries_count": Country.objects.published().count(),
        "milestones": history.with_source().order_by("-happened_on", "slug")[:HOME_MILESTONES],
    }
    return render(request, "campaigns/home.html", context)


@public_page
def about(request: HttpRequest) -> HttpResponse:
    kinds = [Milestone.Kind.CAMPAIGN, Milestone.Kind.PEOPLE, Milestone.Kind.LAW, Milestone.Kind.WORLD_DAY]
    milestones = list(Milestone.objects.published().filter(kind__in=kinds).with_source())
    law = [milestone for milestone in milestones if milestone.kind == Milestone.Kind.LAW]
    world_day = [milestone for milestone in milestones if milestone.kind == Milestone.Kind.WORLD_DAY]
    history = [milestone for milestone in milestones if milestone not in law and milestone not in world_day]
    context = {
        "campaign": Campaign.objects.main(),
        "history": history,
        "law": law,
        "world_day": world_day,
        "facts": Fact.objects.published().filter(topic=Fact.Topic.CAMPAIGN).with_source(),
    }
    return render(request, "campaigns/about.html", context)


@public_page
def campaign_list(request: HttpRequest) -> HttpResponse:
    campaigns = Campaign.objects.published().select_related("country")
    return render(request, "campaigns/campaign_list.html", {"campaigns": campaigns})


@public_page
def campaign_page(request: HttpRequest, slug: str) -> HttpResponse:
    campaign = get_object_or_404(Campaign.objects.published().for_its_page(), slug=slug)
    return render(request, "campaigns/campaign.html", pages.campaign_context(campaign))


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


@public_page
def fact_list(request: HttpRequest) -> HttpResponse:
    facts = list(Fact.objects.published().with_source())
    topics = [
        (topic, [fact for fact in facts if fact.topic == topic])
        for topic in Fact.Topic
        if any(fact.topic == topic for fact in facts)
    ]
    return render(request, "campaigns/fact_list.html", {"topics": topics})


@public_page
def fact_page(request: HttpRequest, slug: str) -> HttpResponse:
    fact = get_object_or_404(Fact.objects.published().with_source(), slug=slug)
    return render(request, "campaigns/fact.html", pages.fact_context(fact))


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


@public_page
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "campaigns/privacy.html", {"contact": parseaddr(settings.DEFAULT_FROM_EMAIL)[1]})
