"""Who wears the Blue Heart, what they promised, and how many they are."""

from pledges.models.moderation import HeartReport
from pledges.models.pledges import MailedLink, Pledge
from pledges.models.precepts import Precept, PreceptWording
from pledges.models.tallies import PledgeDelta, PledgeTally

__all__ = [
    "HeartReport",
    "MailedLink",
    "Pledge",
    "PledgeDelta",
    "PledgeTally",
    "Precept",
    "PreceptWording",
]
