"""What can be done with a gift: begin it, and book what Stripe says became of it."""

from donations.services.checkout import (
    AlreadyGivenError,
    GiftError,
    PageClosedError,
    TooManyGiftsError,
    start_donation,
)
from donations.services.fulfilment import fulfil_checkout

__all__ = [
    "AlreadyGivenError",
    "GiftError",
    "PageClosedError",
    "TooManyGiftsError",
    "fulfil_checkout",
    "start_donation",
]
