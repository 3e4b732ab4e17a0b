"""What Stripe keeps of a payment, for an account in the United States.

Card: 2.9 % + 30 ¢; + 1.5 % for a card issued abroad; + 1 % when money is exchanged.
ACH debit: 0.8 %, at most 5 $. SEPA and Bacs debit: 0.8 % + 30 ¢, at most 6 $, + 1 % exchange.
Taken from the settled amount, half a cent rounded up; kept when a payment is refunded.
A dispute costs 15 $, won or lost. (stripe.com/pricing, as an American account sees it.)
"""

from __future__ import annotations

from decimal import Decimal

from stripe_sandbox.money import SETTLEMENT_CURRENCY, round_half_up

DISPUTE_FEE = 1500
CARD_PERCENT = Decimal("2.9")
INTERNATIONAL_PERCENT = Decimal("1.5")
EXCHANGE_PERCENT = Decimal("1")
CARD_FIXED = 30
# percent, fixed cents, highest cents
DEBITS = {
    "us_bank_account": (Decimal("0.8"), 0, 500),
    "sepa_debit": (Decimal("0.8"), 30, 600),
    "bacs_debit": (Decimal("0.8"), 30, 600),
}


def charge_fee(settled: int, *, method_type: str, card_country: str | None, exchanged: bool) -> int:
    """US cents of a payment that settles at this many US cents; never more than the payment."""
    exchange = EXCHANGE_PERCENT if exchanged else Decimal(0)
    if method_type in DEBITS:
        percent, fixed, highest = DEBITS[method_type]
        base = min(highest, share(settled, percent) + fixed)
        return min(settled, base + share(settled, exchange))
    international = INTERNATIONAL_PERCENT if card_country not in (None, "US") else Decimal(0)
    return min(settled, share(settled, CARD_PERCENT + international + exchange) + CARD_FIXED)


def share(settled: int, percent: Decimal) -> int:
    return round_half_up(Decimal(settled) * percent / 100)


def fee_details(fee: int, description: str = "Stripe processing fees") -> list[dict[str, object]]:
    if not fee:
        return []
    return [
        {
            "amount": fee,
            "application": None,
            "currency": SETTLEMENT_CURRENCY,
            "description": description,
            "type": "stripe_fee",
        }
    ]
