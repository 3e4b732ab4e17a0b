"""What can be done with a gift: begin it, and book what Stripe says became of it."""

from donations.services.checkout import (
    AlreadyGivenError,
    GiftError,
    PageClosedError,
    TooManyGiftsError,
    Wish,
    start_donation,
)
from donations.services.fulfilment import fulfil_checkout
from donations.services.tributes import TributeWish

__all__ = [
    "AlreadyGivenError",
    "GiftError",
    "PageClosedError",
    "TooManyGiftsError",
    "TributeWish",
    "Wish",
    "fulfil_checkout",
    "start_donation",
]
