"""What holds for the pledges of a campaign, whether staff have written it down or not."""

from campaigns.models import Campaign
from pledges.models import CampaignTerms


def terms_of(campaign: Campaign) -> CampaignTerms:
    """The terms of this campaign, those of the fields' defaults where it has no row; one query."""
    return CampaignTerms.objects.filter(campaign=campaign).first() or CampaignTerms(campaign=campaign)
