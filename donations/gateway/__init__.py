"""Our only door to Stripe. What goes out is what Stripe's API takes; what comes back are our own typed records.

All troubles are `GatewayError`; anything live is refused.
"""

from donations.gateway.balance import (
    payout_lines,
    payouts_since,
    retrieve_balance_transaction,
    retrieve_payout,
)
from donations.gateway.checkout import create_session, expire_session, retrieve_session, sessions_since
from donations.gateway.client import (
    API_VERSION,
    GatewayBusyError,
    GatewayError,
    GatewayMissingError,
    GatewayRefusedError,
    LiveModeError,
)
from donations.gateway.customers import delete_customer
from donations.gateway.events import events_since
from donations.gateway.money_back import (
    create_refund,
    refunds_of,
    retrieve_dispute,
    retrieve_fraud_warning,
    retrieve_refund,
)
from donations.gateway.movements import Movement, Source, movements
from donations.gateway.payments import (
    invoice_of_payment,
    pay_by_test_card,
    payment_of_charge,
    retrieve_invoice,
    retrieve_payment,
)
from donations.gateway.records import (
    BalanceTransaction,
    Dispute,
    Event,
    FraudWarning,
    Invoice,
    Order,
    Payment,
    Payout,
    Refund,
    Session,
    Subscription,
)
from donations.gateway.subscriptions import (
    cancel_subscription,
    card_page,
    change_amount,
    pause_subscription,
    resume_subscription,
    retrieve_subscription,
    retrieve_unpaid_invoice,
)

__all__ = [
    "API_VERSION",
    "BalanceTransaction",
    "Dispute",
    "Event",
    "FraudWarning",
    "GatewayBusyError",
    "GatewayError",
    "GatewayMissingError",
    "GatewayRefusedError",
    "Invoice",
    "LiveModeError",
    "Movement",
    "Order",
    "Payment",
    "Payout",
    "Refund",
    "Session",
    "Source",
    "Subscription",
    "cancel_subscription",
    "card_page",
    "change_amount",
    "create_refund",
    "create_session",
    "delete_customer",
    "events_since",
    "expire_session",
    "invoice_of_payment",
    "movements",
    "pause_subscription",
    "pay_by_test_card",
    "payment_of_charge",
    "payout_lines",
    "payouts_since",
    "refunds_of",
    "resume_subscription",
    "retrieve_balance_transaction",
    "retrieve_dispute",
    "retrieve_fraud_warning",
    "retrieve_invoice",
    "retrieve_payment",
    "retrieve_payout",
    "retrieve_refund",
    "retrieve_session",
    "retrieve_subscription",
    "retrieve_unpaid_invoice",
    "sessions_since",
]
