"""The books' only writer: what Stripe moved becomes entries that add up to zero, posted once and never changed."""

from donations.ledger.periods import close_period, closed_through, first_open_day
from donations.ledger.posting import (
    post_by_hand,
    post_dispute,
    post_donation,
    post_other,
    post_payout,
    post_refund,
    post_suspense,
    reverse,
)
from donations.ledger.postings import (
    Posting,
    UnbalancedError,
    check_donation,
    donation_postings,
    fee_postings,
    stripe_postings,
)
from donations.ledger.windows import close_windows

__all__ = [
    "Posting",
    "UnbalancedError",
    "check_donation",
    "close_period",
    "close_windows",
    "closed_through",
    "donation_postings",
    "fee_postings",
    "first_open_day",
    "post_by_hand",
    "post_dispute",
    "post_donation",
    "post_other",
    "post_payout",
    "post_refund",
    "post_suspense",
    "reverse",
    "stripe_postings",
]
