"""What the page of one campaign or fact shows, for its readers and for staff who preview a draft."""

from typing import Any

from campaigns.models import Campaign, Fact, Milestone


def campaign_context(campaign: Campaign) -> dict[str, Any]:
    """The campaign, its published parts, and what happened in its country."""
    milestones = Milestone.objects.published().with_source()
    return {
        "campaign": campaign,
        "children": Campaign.objects.published().filter(parent=campaign).select_related("country"),
        "milestones": milestones.filter(iso2=campaign.country.iso2) if campaign.country else milestones.none(),
    }


def fact_context(fact: Fact) -> dict[str, Any]:
    """The fact, and the figures it superseded or was superseded by, newest first."""
    return {"fact": fact, "chain": Fact.objects.chain_of(fact)}
