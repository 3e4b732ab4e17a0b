"""Ids that look like Stripe's and are never issued twice."""

from __future__ import annotations

import hashlib
import hmac

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# prefix and length of the random part, as seen on Stripe's own objects
SHAPES = {
    "balance_transaction": ("txn_3", 23),
    "bank_account": ("ba_1", 23),
    "billing_portal.configuration": ("bpc_1", 23),
    "billing_portal.session": ("bps_1", 23),
    "charge": ("ch_3", 23),
    "checkout.session": ("cs_test_a1", 56),
    "client_secret": ("_secret_", 25),
    "customer": ("cus_", 14),
    "debit": ("py_3", 23),
    "dispute": ("du_1", 23),
    "event": ("evt_1", 23),
    "invoice": ("in_1", 23),
    "invoice_payment": ("inpay_1", 23),
    "invoiceitem": ("ii_1", 23),
    "item": ("li_1", 23),
    "line_item": ("il_1", 23),
    "payment_intent": ("pi_3", 23),
    "payment_method": ("pm_1", 23),
    "payment_page": ("ppage_1", 23),
    "payout": ("po_1", 23),
    "portal_token": ("test_YWNjdF8", 44),
    "price": ("price_1", 23),
    "product": ("prod_", 14),
    "radar.early_fraud_warning": ("issfr_1", 23),
    "refund": ("re_3", 23),
    "request": ("req_", 14),
    "subscription": ("sub_1", 23),
    "subscription_item": ("si_", 14),
    "test_helpers.test_clock": ("clock_1", 23),
    "webhook_endpoint": ("we_1", 23),
    "webhook_secret": ("whsec_", 32),
}


def random_text(seed: str, purpose: str, number: int, length: int) -> str:
    """Text that depends on the seed and a number only, so that a seed repeats a run."""
    digest = hmac.new(seed.encode(), f"{purpose}:{number}".encode(), hashlib.sha512).digest()
    value = int.from_bytes(digest, "big")
    letters = []
    for _ in range(length):
        value, rest = divmod(value, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return "".join(letters)


def make_id(seed: str, kind: str, number: int) -> str:
    prefix, length = SHAPES[kind]
    return prefix + random_text(seed, kind, number, length)
