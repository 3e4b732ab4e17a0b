"""What Stripe tells us, as records of our own. Amounts are integers in Stripe's minor units, currencies in capitals."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from donations.gateway.client import Json


@dataclass(frozen=True)
class BalanceTransaction:
    """One movement of our balance with Stripe, in the currency it is kept in; what leaves it is negative.

    `kind` is Stripe's `type`, `category` its `reporting_category`; `source_id` is what moved the money.
    `exchange_rate` is in units of `currency` for one of the source's currency, None where none was exchanged.
    """

    balance_transaction_id: str
    currency: str
    amount_minor: int
    fee_minor: int
    net_minor: int
    created_at: dt.datetime
    kind: str = "charge"
    category: str = "charge"
    source_id: str = ""
    exchange_rate: Decimal | None = None


@dataclass(frozen=True)
class Payment:
    """A PaymentIntent with its newest charge. `amount_minor` is what was collected; 0 until it has been.

    `donation` is the public id that we wrote into its metadata; empty for a charge of a monthly gift.
    """

    payment_intent_id: str
    status: str
    amount_minor: int
    currency: str
    failure_code: str
    statement_text: str
    balance_transaction: BalanceTransaction | None
    charge_id: str = ""
    donation: str = ""


@dataclass(frozen=True)
class Subscription:
    """`donation` is the public id of the donation that began it, as we wrote into its metadata.

    `amount_minor` is what the next charge will be, `priced_at` when it was set; `item_id` is the line that says so.
    `marks` are what we wrote into it with changes that we asked for; `end_reason` and `feedback` are Stripe's words.
    """

    subscription_id: str
    status: str
    donation: str
    as_of: dt.datetime
    customer_id: str = ""
    item_id: str = ""
    product_id: str = ""
    amount_minor: int = 0
    currency: str = ""
    next_charge_at: dt.datetime | None = None
    is_paused: bool = False
    resumes_at: dt.datetime | None = None
    ends_at_period_end: bool = False
    ended_at: dt.datetime | None = None
    priced_at: dt.datetime | None = None
    payment_method_id: str = ""
    end_reason: str = ""
    feedback: str = ""
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Invoice:
    """`amount_minor` is what was paid; `due_minor` what was to be paid. `payment` is the one that paid it."""

    invoice_id: str
    status: str
    billing_reason: str
    amount_minor: int
    currency: str
    subscription_id: str
    payment: Payment | None
    due_minor: int = 0
    tries: int = 0
    next_try_at: dt.datetime | None = None
    hosted_url: str = ""
    created_at: dt.datetime | None = None


@dataclass(frozen=True)
class Session:
    """A Checkout Session. `payment` and, for a monthly gift, `invoice` and `subscription` are there once it is paid.

    `email`, `language`, `months` (0 for a single gift) and `success_url` are what we said when it was opened.
    """

    session_id: str
    url: str
    status: str
    payment_status: str
    amount_minor: int
    currency: str
    donation: str
    payment: Payment | None
    invoice_id: str
    subscription: Subscription | None
    email: str = ""
    language: str = ""
    months: int = 0
    success_url: str = ""


@dataclass(frozen=True)
class Refund:
    """Money on its way back to a donor. `moved` took it from our balance; `moved_back` returned it after a failure.

    `refund` is the public id of our row, as we wrote into its metadata; empty for one made in Stripe's dashboard.
    """

    refund_id: str
    payment_intent_id: str
    amount_minor: int
    currency: str
    status: str
    reason: str
    failure_code: str
    refund: str
    created_at: dt.datetime
    moved: BalanceTransaction | None
    moved_back: BalanceTransaction | None


@dataclass(frozen=True)
class Dispute:
    """A bank's claim to a charge. `moved`: none while it only inquires, then one withdrawal, then what came back."""

    dispute_id: str
    charge_id: str
    payment_intent_id: str
    amount_minor: int
    currency: str
    reason: str
    status: str
    evidence_due_at: dt.datetime | None
    created_at: dt.datetime
    as_of: dt.datetime
    moved: tuple[BalanceTransaction, ...]


@dataclass(frozen=True)
class FraudWarning:
    """An early fraud warning of a card network about a charge."""

    warning_id: str
    charge_id: str
    payment_intent_id: str
    fraud_type: str
    is_actionable: bool
    created_at: dt.datetime


@dataclass(frozen=True)
class Payout:
    """Money from our balance with Stripe to our bank. `moved_back` returned it after a failure."""

    payout_id: str
    amount_minor: int
    currency: str
    status: str
    is_automatic: bool
    is_reconciled: bool
    failure_code: str
    arrives_on: dt.date
    created_at: dt.datetime
    as_of: dt.datetime
    moved: BalanceTransaction | None
    moved_back: BalanceTransaction | None


@dataclass(frozen=True)
class Event:
    """One event of Stripe's list; `payload` is the event itself."""

    event_id: str
    created: int
    payload: Json


@dataclass(frozen=True)
class Order:
    """What a Checkout Session shall sell: a gift. `donation` is its public id; `title` is shown on the pay page.

    `months` from one charge to the next; 0 for a gift given once.
    """

    donation: str
    amount_minor: int
    currency: str
    months: int
    title: str
    email: str
    language: str
    success_url: str
    cancel_url: str
