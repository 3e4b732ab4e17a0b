"""Campaigns."""

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from blueheart.pages import public_page
from blueheart.pages.keeping import kept_while_content_stays
from campaigns import pages
from campaigns.models import Campaign


@public_page(numbers=False)
def campaign_list(request: HttpRequest) -> HttpResponse:
    campaigns = list(Campaign.objects.published().select_related("country", "parent"))
    groups = [(kind, [each for each in campaigns if each.kind == kind]) for kind in Campaign.Kind]
    return render(request, "campaigns/campaign_list.html", {"groups": [group for group in groups if group[1]]})


@public_page
def campaign_page(request: HttpRequest, slug: str) -> HttpResponse:
    return render(request, "campaigns/campaign.html", _content(slug))


@kept_while_content_stays
def _content(slug: str) -> dict[str, Any]:
    """What the campaign says; it and those within it are fetched at once. Raises `Http404`."""
    family = Campaign.objects.published().filter(Q(slug=slug) | Q(parent__slug=slug)).for_its_page()
    campaign = next((each for each in family if each.slug == slug), None)
    if campaign is None:
        raise Http404
    children = [each for each in family if each != campaign]
    return pages.campaign_with_children_context(campaign, children)
