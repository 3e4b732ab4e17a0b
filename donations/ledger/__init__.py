"""The books' only writer: what moved becomes entries that add up to zero, posted once and never changed."""

from donations.ledger.offline import (
    noon_of,
    post_bank_fee,
    post_by_hand,
    post_grant_payment,
    post_offline_donation,
    post_promise,
    post_promise_change,
    post_promise_payment,
    post_write_off,
    reverse,
    reverse_record,
)
from donations.ledger.periods import close_period, closed_through, hold_postings
from donations.ledger.posting import (
    post_dispute,
    post_donation,
    post_other,
    post_payout,
    post_refund,
    post_suspense,
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
    "hold_postings",
    "noon_of",
    "post_bank_fee",
    "post_by_hand",
    "post_dispute",
    "post_donation",
    "post_grant_payment",
    "post_offline_donation",
    "post_other",
    "post_payout",
    "post_promise",
    "post_promise_change",
    "post_promise_payment",
    "post_refund",
    "post_suspense",
    "post_write_off",
    "reverse",
    "reverse_record",
    "stripe_postings",
]
