"""Campaigns."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from blueheart.pages import public_page
from campaigns import pages
from campaigns.models import Campaign


@public_page
def campaign_list(request: HttpRequest) -> HttpResponse:
    campaigns = Campaign.objects.published().select_related("country")
    return render(request, "campaigns/campaign_list.html", {"campaigns": campaigns})


@public_page
def campaign_page(request: HttpRequest, slug: str) -> HttpResponse:
    campaign = get_object_or_404(Campaign.objects.published().for_its_page(), slug=slug)
    return render(request, "campaigns/campaign.html", pages.campaign_context(campaign))
