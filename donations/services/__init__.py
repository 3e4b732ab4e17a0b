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

__all__ = [
    "AlreadyGivenError",
    "GiftError",
    "PageClosedError",
    "TooManyGiftsError",
    "Wish",
    "fulfil_checkout",
    "start_donation",
]
