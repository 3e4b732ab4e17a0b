"""The home page."""

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
