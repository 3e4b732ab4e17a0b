"""What the portal knows of money: who gave what, what Stripe said, and the books."""

from donations.models.currencies import FeeRate, GivingCurrency
from donations.models.disputes import Dispute, FraudWarning
from donations.models.donations import Donation, PublicGift
from donations.models.donors import Donor, GivingLink
from donations.models.gifts import Interval, PublicName
from donations.models.ledger import Account, ClosedPeriod, LedgerDelta, LedgerEntry, LedgerTotal, LedgerTransaction
from donations.models.monthly_gifts import MonthlyGift, MonthlyGiftChange
from donations.models.payouts import Payout, PayoutLine
from donations.models.receipts import LegalEntity, Receipt, ReceiptOrder, ReceiptSeries
from donations.models.reconciliation import ReconciliationFinding, ReconciliationRun
from donations.models.refunds import Refund, RefundRequest
from donations.models.stripe_events import StripeEvent
from donations.models.tributes import Tribute

__all__ = [
    "Account",
    "ClosedPeriod",
    "Dispute",
    "Donation",
    "Donor",
    "FeeRate",
    "FraudWarning",
    "GivingCurrency",
    "GivingLink",
    "Interval",
    "LedgerDelta",
    "LedgerEntry",
    "LedgerTotal",
    "LedgerTransaction",
    "LegalEntity",
    "MonthlyGift",
    "MonthlyGiftChange",
    "Payout",
    "PayoutLine",
    "PublicGift",
    "PublicName",
    "Receipt",
    "ReceiptOrder",
    "ReceiptSeries",
    "ReconciliationFinding",
    "ReconciliationRun",
    "Refund",
    "RefundRequest",
    "StripeEvent",
    "Tribute",
]
