"""The fields of a test card on the portal's and an invoice's page, checked and turned into a payment method."""

from __future__ import annotations

import re

from stripe_sandbox.objects import payment_methods
from stripe_sandbox.pay_page import COUNTRIES, card_fields, country_field, field, read_expiry
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.store import Json


def fields(form: dict[str, str], problems: dict[str, str]) -> str:
    name = field("name", "Name on card", form.get("name", ""), problems, auto="name")
    return name + card_fields(form, problems) + country_field(form)


def check(form: dict[str, str]) -> list[tuple[str, str]]:
    """Field and message of everything that is wrong with the form."""
    problems = []
    if not form.get("name", "").strip():
        problems.append(("name", "Enter the name on the card."))
    if not form.get("card_number", "").strip():
        problems.append(("card_number", "Enter a test card number."))
    if read_expiry(form.get("expiry", "")) is None:
        problems.append(("expiry", "Enter a date that has not passed, as MM / YY."))
    if not re.fullmatch(r"\d{3,4}", form.get("cvc", "").strip()):
        problems.append(("cvc", "Enter the three or four digits of the security code."))
    return problems


def method_from(sandbox: Sandbox, form: dict[str, str], email: str | None) -> Json:
    country = form.get("country", "US")
    billing = {
        "email": email,
        "name": form.get("name", "").strip(),
        "address": {"country": country if country in COUNTRIES else "US"},
    }
    card = payment_methods.find_card(form.get("card_number", ""))
    expiry = read_expiry(form.get("expiry", "")) or payment_methods.DEFAULT_EXPIRY
    return payment_methods.new_card_method(sandbox.account, card, billing, expiry=expiry)
