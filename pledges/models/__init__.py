"""Who wears the Blue Heart, what they promised, whether they kept it, and how many they are."""

from pledges.models.abuse import InvalidatedPledge, InvalidationCase, SourceRule, SuspectedPledge, TrendingSource
from pledges.models.bodies import PledgingBody
from pledges.models.groups import Group, KeeperLink, PaperSheet
from pledges.models.keeping import AnswerTally, Fulfilment, HeartPhoto, HeldPhoto
from pledges.models.mailboxes import DomainRule, QuietAddress
from pledges.models.mailed_links import ConfirmationCode, MailedLink
from pledges.models.moderation import HeartReport
from pledges.models.pledges import Pledge
from pledges.models.precepts import Precept, PreceptOffer, PreceptWording
from pledges.models.tallies import (
    CampaignCountryTally,
    CampaignTally,
    CountryTally,
    GroupTally,
    Milestone,
    PledgeDay,
    PledgeDelta,
    PledgeTally,
    PreceptTally,
)
from pledges.models.terms import CampaignTerms

__all__ = [
    "AnswerTally",
    "CampaignCountryTally",
    "CampaignTally",
    "CampaignTerms",
    "ConfirmationCode",
    "CountryTally",
    "DomainRule",
    "Fulfilment",
    "Group",
    "GroupTally",
    "HeartPhoto",
    "HeartReport",
    "HeldPhoto",
    "InvalidatedPledge",
    "InvalidationCase",
    "KeeperLink",
    "MailedLink",
    "Milestone",
    "PaperSheet",
    "Pledge",
    "PledgeDay",
    "PledgeDelta",
    "PledgeTally",
    "PledgingBody",
    "Precept",
    "PreceptOffer",
    "PreceptTally",
    "PreceptWording",
    "QuietAddress",
    "SourceRule",
    "SuspectedPledge",
    "TrendingSource",
]
