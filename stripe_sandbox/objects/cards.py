"""Stripe's test cards and test bank accounts, and what each of them does.

Source: docs.stripe.com/testing. Any other number is refused: no real card may be typed here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    number: str
    brand: str = "visa"
    country: str = "US"
    funding: str = "credit"
    # Stripe's decline code, when every charge is declined
    decline_code: str | None = None
    # the bank asks the donor first
    authenticate: bool = False
    # … but not at renewals, once it was set up for them
    asks_once: bool = False
    # good once, declined at every later charge
    declines_later: bool = False
    # what follows a successful charge: a dispute (or only an inquiry), a warning of fraud
    dispute_reason: str | None = None
    inquiry: bool = False
    fraud_warning: bool = False
    # what becomes of its refunds: sent back after they succeeded, or under way for a while
    refund_fails: bool = False
    refund_pends: bool = False
    # the money is available at once
    bypasses_pending: bool = False

    @property
    def last4(self) -> str:
        return self.number[-4:]


CARDS = {
    card.number: card
    for card in (
        Card("4242424242424242"),
        Card("4000056655665556", funding="debit"),
        Card("5555555555554444", brand="mastercard"),
        Card("378282246310005", brand="amex"),
        Card("4000000760000002", country="BR"),
        Card("4000001240000000", country="CA"),
        Card("4000008260000000", country="GB"),
        Card("4000002500000003", country="FR"),
        Card("4000002760000016", country="DE"),
        Card("4000007560000009", country="CH"),
        Card("4000003920000003", country="JP"),
        Card("4000000000000002", decline_code="generic_decline"),
        Card("4000000000009995", decline_code="insufficient_funds"),
        Card("4000000000009987", decline_code="lost_card"),
        Card("4000000000000069", decline_code="expired_card"),
        Card("4000000000000127", decline_code="incorrect_cvc"),
        Card("4000000000000119", decline_code="processing_error"),
        Card("4000002500003155", authenticate=True, asks_once=True),
        Card("4000002760003184", country="DE", authenticate=True),
        Card("4000008400001629", authenticate=True, decline_code="generic_decline"),
        Card("4000000000000341", declines_later=True),
        Card("4000000000000259", dispute_reason="fraudulent"),
        Card("4000000000002685", dispute_reason="product_not_received"),
        Card("4000000000001976", dispute_reason="fraudulent", inquiry=True),
        Card("4000000000005423", fraud_warning=True),
        Card("4000000000005126", refund_fails=True),
        Card("4000000000007726", refund_pends=True),
        Card("4000000000000077", bypasses_pending=True),
    )
}
DECLINES = {
    "generic_decline": ("card_declined", "Your card was declined."),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds."),
    "lost_card": ("card_declined", "Your card was declined."),
    "expired_card": ("expired_card", "Your card has expired."),
    "incorrect_cvc": ("incorrect_cvc", "Your card's security code is incorrect."),
    "processing_error": (
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
}
# names that the API takes instead of a card number
TOKENS = {
    "visa": "4242424242424242",
    "visa_debit": "4000056655665556",
    "mastercard": "5555555555554444",
    "amex": "378282246310005",
    "br": "4000000760000002",
    "gb": "4000008260000000",
    "chargeDeclined": "4000000000000002",
    "visa_chargeDeclined": "4000000000000002",
    "chargeDeclinedInsufficientFunds": "4000000000009995",
    "visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "chargeDeclinedExpiredCard": "4000000000000069",
    "chargeDeclinedProcessingError": "4000000000000119",
    "chargeCustomerFail": "4000000000000341",
    "authenticationRequired": "4000002760003184",
    "threeDSecure2Required": "4000002760003184",
    "createDispute": "4000000000000259",
    "createDisputeProductNotReceived": "4000000000002685",
    "createDisputeInquiry": "4000000000001976",
    "createIssuerFraudRecord": "4000000000005423",
    "refundFail": "4000000000005126",
    "pendingRefund": "4000000000007726",
    "bypassPending": "4000000000000077",
}


@dataclass(frozen=True)
class BankAccount:
    """An account debited days later: the payment succeeds or fails only then."""

    method_type: str
    number: str
    country: str
    fails: bool = False


BANK_ACCOUNTS = {
    (account.method_type, account.number): account
    for account in (
        BankAccount("us_bank_account", "000123456789", "US"),
        BankAccount("us_bank_account", "000111111116", "US", fails=True),
        BankAccount("sepa_debit", "AT611904300234573201", "AT"),
        BankAccount("sepa_debit", "DE89370400440532013000", "DE"),
        BankAccount("sepa_debit", "IT40S0542811101000000123456", "IT"),
        BankAccount("sepa_debit", "FR1420041010050500013M02606", "FR"),
        BankAccount("sepa_debit", "ES0700120345030000067890", "ES"),
        BankAccount("sepa_debit", "AT861904300235473202", "AT", fails=True),
        BankAccount("sepa_debit", "IT60X0542811101000000123456", "IT", fails=True),
        BankAccount("sepa_debit", "DE62370400440532013001", "DE", fails=True),
        BankAccount("bacs_debit", "00012345", "GB"),
        BankAccount("bacs_debit", "11111116", "GB", fails=True),
    )
}
# what a currency can be debited by, beside cards
DEBIT_OF_CURRENCY = {"usd": "us_bank_account", "eur": "sepa_debit", "gbp": "bacs_debit"}
DEBIT_CURRENCY = {method: currency for currency, method in DEBIT_OF_CURRENCY.items()}
