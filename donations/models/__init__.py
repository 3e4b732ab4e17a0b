"""What the portal knows of money: who gave what, what Stripe said, and the books."""

from donations.models.donations import Donation, MonthlyGift
from donations.models.donors import Donor
from donations.models.ledger import Account, LedgerDelta, LedgerEntry, LedgerTotal, LedgerTransaction
from donations.models.stripe_events import StripeEvent

__all__ = [
    "Account",
    "Donation",
    "Donor",
    "LedgerDelta",
    "LedgerEntry",
    "LedgerTotal",
    "LedgerTransaction",
    "MonthlyGift",
    "StripeEvent",
]
