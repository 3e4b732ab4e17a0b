"""What staff see of pledges: a list to moderate, reports to settle, precepts to edit."""

from pledges.admin import (
    groups,
    invalidation,
    keeping,
    mailboxes,
    photos,
    pledges,
    precepts,
    quiet,
    reports,
    sources,
    suspected,
    terms,
    verifying,
)

__all__ = [
    "groups",
    "invalidation",
    "keeping",
    "mailboxes",
    "photos",
    "pledges",
    "precepts",
    "quiet",
    "reports",
    "sources",
    "suspected",
    "terms",
    "verifying",
]
