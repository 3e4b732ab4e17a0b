"""Where the addresses of hearts meet; each module adds its own."""

from django.shortcuts import get_object_or_404
from ninja import Router
from pydantic import Field

from campaigns.models import Campaign

router = Router(tags=["Hearts"])

CAMPAIGN = Field(
    None,
    pattern=r"^[a-z0-9-]{1,80}$",
    description="Only hearts of this campaign: its slug.",
    json_schema_extra={"example": "blue-heart"},
)


def asked_for(slug: str | None) -> Campaign | None:
    """The published campaign that was asked for, if any. Raises `Http404` where there is none of this slug."""
    return get_object_or_404(Campaign.objects.published(), slug=slug) if slug else None
