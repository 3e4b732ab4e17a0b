"""What the page of one campaign or fact shows, for its readers and for staff who preview a draft."""

import datetime as dt
from typing import Any

from django.db.models import Q

from campaigns import schema_org, world_days
from campaigns.citing import cite
from campaigns.models import (
    Campaign,
    Event,
    Fact,
    Milestone,
    NewsItem,
    Resource,
    WorldDayEdition,
)

CAMPAIGN_NEWS = 3
MORE_NEWS = 3


def campaign_context(campaign: Campaign) -> dict[str, Any]:
    """The campaign with its published parts, and what happened in its country or, for the World Day, in each year."""
    children = Campaign.objects.published().filter(parent=campaign).select_related("country")
    return campaign_with_children_context(campaign, list(children))


def campaign_with_children_context(campaign: Campaign, children: list[Campaign]) -> dict[str, Any]:
    """The same, for who has the children already."""
    milestones = Milestone.objects.published().with_source()
    is_world_day = campaign.kind == Campaign.Kind.WORLD_DAY
    # One of an edition waits with it.
    is_shown = Q(edition=None) | Q(edition__in=WorldDayEdition.objects.published())
    events = Event.objects.published().filter(is_shown, campaign=campaign).with_source().in_order()
    return {
        "campaign": campaign,
        "children": children,
        "milestones": list(milestones.filter(iso2=campaign.country.iso2)) if campaign.country else [],
        "facts": list(Fact.objects.published().filter(pk__in=campaign.related_facts.values("pk")).with_source()),
        "resources": list(Resource.objects.published().filter(campaigns=campaign).with_source()),
        # The World Day has its events on the pages of its editions.
        "events": [] if is_world_day else world_days.by_day_and_country(events),
        "editions": list(WorldDayEdition.objects.published()) if is_world_day else [],
        "news": list(NewsItem.objects.published().filter(campaign=campaign).newest_first()[:CAMPAIGN_NEWS]),
    }


def news_context(item: NewsItem) -> dict[str, Any]:
    """The item, the campaign that it is about, and the newest others."""
    others = NewsItem.objects.published().exclude(pk=item.pk).newest_first()
    return {
        "item": item,
        "campaign": item.campaign if item.campaign and item.campaign.is_public else None,
        "others": others[:MORE_NEWS],
        "linked_data": schema_org.article(item),
    }


def fact_context(fact: Fact) -> dict[str, Any]:
    """The fact, the figures it superseded or was superseded by, newest first, and how to cite it today (UTC)."""
    return {
        "fact": fact,
        "chain": Fact.objects.chain_of(fact),
        "citation": cite(fact, dt.datetime.now(dt.UTC).date()),
        "linked_data": schema_org.dataset_of(fact),
    }
