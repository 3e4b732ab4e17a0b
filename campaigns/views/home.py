"""The home page, the page about the symbol, and the page on privacy."""

from email.utils import parseaddr

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from blueheart.pages import public_page
from campaigns.models import Campaign, Country, Fact, Milestone

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
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "campaigns/privacy.html", {"contact": parseaddr(settings.DEFAULT_FROM_EMAIL)[1]})
