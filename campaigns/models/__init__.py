"""What the campaign says: campaigns, countries that joined, facts with their sources, dated events, helplines."""

from campaigns.models.campaigns import RESERVED_SLUGS, Campaign, Country
from campaigns.models.facts import Fact, Milestone, Source
from campaigns.models.helplines import EUROPEAN_UNION, Helpline

__all__ = ["EUROPEAN_UNION", "RESERVED_SLUGS", "Campaign", "Country", "Fact", "Helpline", "Milestone", "Source"]
