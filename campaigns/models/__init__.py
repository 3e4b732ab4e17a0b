"""What the campaign says: campaigns and World Days, countries, facts with their sources, reports, law, help, news."""

from campaigns.models.campaigns import RESERVED_SLUGS, Campaign
from campaigns.models.countries import Country
from campaigns.models.facts import Fact, Milestone, Source
from campaigns.models.grants import GrantCycle, PublishedGrant
from campaigns.models.helplines import EUROPEAN_UNION, Helpline
from campaigns.models.law import LegalInstrument
from campaigns.models.news import NewsItem
from campaigns.models.partners import Partner
from campaigns.models.pictures import Picture
from campaigns.models.reports import DataPoint, DataTable, ReportEdition
from campaigns.models.resources import Resource
from campaigns.models.search import SearchEntry
from campaigns.models.world_days import Event, WorldDayEdition

__all__ = [
    "EUROPEAN_UNION",
    "RESERVED_SLUGS",
    "Campaign",
    "Country",
    "DataPoint",
    "DataTable",
    "Event",
    "Fact",
    "GrantCycle",
    "Helpline",
    "LegalInstrument",
    "Milestone",
    "NewsItem",
    "Partner",
    "Picture",
    "PublishedGrant",
    "ReportEdition",
    "Resource",
    "SearchEntry",
    "Source",
    "WorldDayEdition",
]
