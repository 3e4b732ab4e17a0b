"""What the portal knows of money: who gave what, what Stripe said, and the books."""

from donations.models.bank import BankAccount, BankLine, BankMatch, BankStatement
from donations.models.closings import Closing
from donations.models.contributors import Contributor, TransferReference
from donations.models.currencies import FeeRate, GivingCurrency
from donations.models.disputes import Dispute, FraudWarning
from donations.models.donations import Donation, PublicGift
from donations.models.donors import Donor, GivingLink
from donations.models.exchange_rates import ExchangeRate
from donations.models.gift_reports import GiftReport
from donations.models.gifts import Interval, PublicName
from donations.models.grants import Grant, GrantPayment, Organisation
from donations.models.ledger import (
    Account,
    BooksTotal,
    ClosedPeriod,
    DayTotal,
    LedgerEntry,
    LedgerTotal,
    LedgerTransaction,
    UncountedTransaction,
)
from donations.models.monthly_gifts import MonthlyGift, MonthlyGiftChange
from donations.models.payouts import Payout, PayoutLine
from donations.models.promised_gifts import Instalment, PaymentPart, PromiseChange, PromisedGift, PromisePayment
from donations.models.receipts import LegalEntity, Receipt, ReceiptOrder, ReceiptSeries
from donations.models.reconciliation import ReconciliationFinding, ReconciliationRun
from donations.models.refunds import Refund, RefundRequest
from donations.models.stripe_events import StripeEvent
from donations.models.tributes import Tribute

__all__ = [
    "Account",
    "BankAccount",
    "BankLine",
    "BankMatch",
    "BankStatement",
    "BooksTotal",
    "ClosedPeriod",
    "Closing",
    "Contributor",
    "DayTotal",
    "Dispute",
    "Donation",
    "Donor",
    "ExchangeRate",
    "FeeRate",
    "FraudWarning",
    "GiftReport",
    "GivingCurrency",
    "GivingLink",
    "Grant",
    "GrantPayment",
    "Instalment",
    "Interval",
    "LedgerEntry",
    "LedgerTotal",
    "LedgerTransaction",
    "LegalEntity",
    "MonthlyGift",
    "MonthlyGiftChange",
    "Organisation",
    "PaymentPart",
    "Payout",
    "PayoutLine",
    "PromiseChange",
    "PromisePayment",
    "PromisedGift",
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
    "TransferReference",
    "Tribute",
    "UncountedTransaction",
]
