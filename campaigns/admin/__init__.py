"""What staff write and correct; one module per part of the content."""

from campaigns.admin import (
    campaigns,
    countries,
    facts,
    grants,
    helplines,
    news,
    partners,
    pictures,
    resources,
    world_days,
)

__all__ = [
    "campaigns",
    "countries",
    "facts",
    "grants",
    "helplines",
    "news",
    "partners",
    "pictures",
    "resources",
    "world_days",
]
