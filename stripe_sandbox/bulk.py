"""Thousands of paid gifts at once, and single movements tampered with: what reconciliation is tested on."""

from __future__ import annotations

import random
from typing import Any

from stripe_sandbox.account import Account
from stripe_sandbox.fees import charge_fee, fee_details
from stripe_sandbox.ids import make_id
from stripe_sandbox.money import BASE_RATES, SETTLEMENT_CURRENCY, exponent, rate_on, settle
from stripe_sandbox.objects import balance, charges, payment_intents, payment_methods
from stripe_sandbox.objects.cards import CARDS
from stripe_sandbox.store import Json

Given = dict[str, Any]
KINDS = ("payment_intent", "charge", "balance_transaction")
MOST = 50_000
DAYS = 20
ALTERABLE = ("amount", "available_on", "created", "currency", "description", "fee", "net", "source", "type")


def seed_charges(account: Account, given: Given) -> Given:
    """Make settled card payments of the last `days`, as if by a year of donors; no event tells of them.

    `metadata` is one map for all of them or a list of one map each. The same seed makes the same amounts.
    """
    count = int(given["charges"])
    if not 1 <= count <= MOST:
        raise ValueError(f"charges must be 1 to {MOST}")
    maker = Maker(account, given, count)
    rows, made = [], []
    for number in range(count):
        intent, charge, transaction = maker.payment(number)
        rows += [("payment_intent", intent), ("charge", charge), ("balance_transaction", transaction)]
        made.append(
            {
                "payment_intent": intent["id"],
                "charge": charge["id"],
                "balance_transaction": transaction["id"],
                "amount": charge["amount"],
                "currency": charge["currency"],
                "created": charge["created"],
                "settled": transaction["amount"],
                "fee": transaction["fee"],
                "net": transaction["net"],
            }
        )
    account.store.insert_many(rows)
    return {"charges": made}


class Maker:
    """Copies of one payment, with what differs from one to the next."""

    def __init__(self, account: Account, given: Given, count: int) -> None:
        self.account = account
        self.first_id = account.store.count_up("ids_issued", by=len(KINDS) * count) - len(KINDS) * count + 1
        self.random = random.Random(int(given.get("seed", 1)))  # noqa: S311 # amounts of tests, not secrets
        self.currencies = [str(code).lower() for code in given.get("currencies", [SETTLEMENT_CURRENCY])]
        metadata = given.get("metadata", {})
        self.metadata = metadata if isinstance(metadata, list) else [metadata] * count
        if len(self.metadata) != count:
            raise ValueError("metadata must be one map, or a list of one map for each charge")
        self.until = account.now()
        self.apart = int(given.get("days", DAYS)) * 86_400 / count
        self.count = count
        billing = {"email": "dora@example.org", "name": "Dora Donor", "address": {"country": "US"}}
        self.card = CARDS["4242424242424242"]
        self.method = payment_methods.new_card_method(account, self.card, billing)
        self.intent = payment_intents.blank(account, 0, SETTLEMENT_CURRENCY)
        self.charge = charges.create(account, {**self.intent, "id": "pi_of_all"}, self.method)

    def payment(self, number: int) -> tuple[Json, Json, Json]:
        account = self.account
        first = self.first_id + len(KINDS) * number
        ids = {kind: make_id(account.seed, kind, first + place) for place, kind in enumerate(KINDS)}
        currency = self.currencies[number % len(self.currencies)]
        amount = self.random.randrange(5, 500) * 10 ** exponent(currency) * self.units(currency)
        created = int(self.until - self.apart * (self.count - 1 - number))
        transaction = self.transaction(ids, amount, currency, created)
        shared = {"amount": amount, "currency": currency, "created": created, "metadata": self.metadata[number]}
        intent = {
            **self.intent, **shared, "id": ids["payment_intent"], "amount_received": amount, "status": "succeeded",
            "latest_charge": ids["charge"], "payment_method": self.method["id"],
            "client_secret": f"{ids['payment_intent']}_secret_bulk",
        }  # fmt: skip
        charge = {
            **self.charge, **shared, "id": ids["charge"], "amount_captured": amount, "captured": True, "paid": True,
            "balance_transaction": ids["balance_transaction"], "outcome": charges.outcome(approved=True),
            "payment_intent": ids["payment_intent"], "status": "succeeded",
        }  # fmt: skip
        return intent, charge, transaction

    @staticmethod
    def units(currency: str) -> int:
        """About a dollar, so that gifts are as large in yen as elsewhere."""
        return int(10 ** max(0, -BASE_RATES[currency].adjusted() - 1))

    def transaction(self, ids: dict[str, str], amount: int, currency: str, created: int) -> Json:
        rate = rate_on(currency, created)
        settled = settle(amount, currency, rate)
        foreign = currency != SETTLEMENT_CURRENCY
        fee = charge_fee(settled, method_type="card", card_country=self.card.country, exchanged=foreign)
        return {
            "id": ids["balance_transaction"], "object": "balance_transaction", "amount": settled,
            "available_on": balance.available_on(created), "balance_type": "payments", "created": created,
            "currency": SETTLEMENT_CURRENCY, "description": None, "exchange_rate": float(rate) if foreign else None,
            "fee": fee, "fee_details": fee_details(fee), "net": settled - fee, "reporting_category": "charge",
            "source": ids["charge"], "status": "pending", "type": "charge",
        }  # fmt: skip


def tamper(account: Account, given: Given) -> Given:
    """Delete, alter or add one movement, against all rules of Stripe's own books.

    `alter` changes the fields given and keeps the rest as it is, the net amount too.
    """
    if "delete" in given:
        account.get("balance_transaction", given["delete"])
        account.store.run("DELETE FROM objects WHERE id = ?", given["delete"])
        return {"deleted": given["delete"]}
    if "alter" in given:
        unknown = set(given["fields"]) - set(ALTERABLE)
        if unknown:
            raise ValueError(f"cannot alter {', '.join(sorted(unknown))}; only {', '.join(ALTERABLE)}")
        return account.save({**account.get("balance_transaction", given["alter"]), **given["fields"]})
    wanted = dict(given["add"])
    if wanted.get("type", "charge") == "charge":
        made = seed_charges(account, {"charges": 1, "days": 0, **wanted})["charges"][0]
        return account.get("balance_transaction", made["balance_transaction"])
    return balance.record_for_account(account, wanted["type"], int(wanted["amount"]), wanted.get("description"))
