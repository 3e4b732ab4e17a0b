"""The way from a monthly gift that has ended to a form that is filled in like it."""

from urllib.parse import urlencode

from django.urls import reverse

from donations.amounts import to_plain
from donations.models import MonthlyGift


def begin_again_path(monthly_gift: MonthlyGift) -> str:
    """The address of the form for the same gift, in the language of the moment; it names no person."""
    same = {
        "amount": to_plain(monthly_gift.amount_minor, monthly_gift.currency),
        "currency": monthly_gift.currency,
        "interval": monthly_gift.interval,
    }
    campaign = monthly_gift.campaign
    path = reverse("donations:donate_campaign", args=[campaign.slug]) if campaign else reverse("donations:donate")
    return f"{path}?{urlencode(same)}"
