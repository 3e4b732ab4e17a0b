"""The home page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from blueheart.pages import daily_page
from campaigns import world_days
from campaigns.models import Campaign, Country, Fact, NewsItem

HOME_FACTS = 6
HOME_CAMPAIGNS = 6
HOME_NEWS = 3


@daily_page
def home(request: HttpRequest) -> HttpResponse:
    others = Campaign.objects.published().exclude(kind=Campaign.Kind.GLOBAL)
    context = {
        "campaigns": others[:HOME_CAMPAIGNS],
        "facts": Fact.objects.published().current().filter(featured=True).with_source()[:HOME_FACTS],
        "countries_count": Country.objects.published().count(),
        "countdown": world_days.countdown(),
        "news": NewsItem.objects.published().newest_first().with_source()[:HOME_NEWS],
    }
    return render(request, "campaigns/home.html", context)
