"""What staff write and correct; one module per part of the content."""

from campaigns.admin import (
    campaigns,
    countries,
    facts,
    grants,
    helplines,
    law,
    news,
    partners,
    pictures,
    reports,
    resources,
    world_days,
)

__all__ = [
    "campaigns",
    "countries",
    "facts",
    "grants",
    "helplines",
    "law",
    "news",
    "partners",
    "pictures",
    "reports",
    "resources",
    "world_days",
]
