"""The home page."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from blueheart.days import utc_today
from blueheart.pages import daily_page
from blueheart.pages.keeping import kept_while_content_stays
from campaigns import world_days
from campaigns.models import Campaign, Country, Fact, NewsItem

HOME_FACTS = 6
HOME_CAMPAIGNS = 6
HOME_NEWS = 3


@daily_page
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "campaigns/home.html", _content(utc_today()))


@kept_while_content_stays
def _content(today: dt.date) -> dict[str, Any]:
    """What the page says beside its numbers; the countdown goes by the day."""
    others = Campaign.objects.published().exclude(kind=Campaign.Kind.GLOBAL)
    return {
        "campaigns": list(others[:HOME_CAMPAIGNS]),
        "facts": list(Fact.objects.published().current().filter(featured=True).with_source()[:HOME_FACTS]),
        "countries_count": Country.objects.published().count(),
        "countdown": world_days.countdown(),
        "news": list(NewsItem.objects.published().newest_first().with_source()[:HOME_NEWS]),
    }
