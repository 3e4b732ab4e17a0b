"""What stands in the form before anything is sent: from a link, or from what was typed so far."""

import uuid
from typing import Any

from django.http import QueryDict

from blueheart.languages import page_language
from blueheart.money import retype_amount
from blueheart.pages import as_typed, language_typed_in
from campaigns.models import Campaign
from donations.amounts import from_plain, to_typed
from donations.forms.amounts import OTHER
from donations.forms.giving import DonationForm, default_currency
from donations.models import GivingCurrency, Interval


def initial_from(
    query: QueryDict, *, campaign: Campaign | None, offered: dict[str, GivingCurrency], language: str
) -> dict[str, Any]:
    """What a link such as `?amount=50&currency=EUR&interval=month` fills in; what it says wrongly is left out.

    `form` brings back a form that already led to a pay page, and `cover` ticks the fees.
    """
    currency = query.get("currency", "").upper()
    currency = currency if currency in offered else default_currency(offered)
    interval = query.get("interval", "")
    initial: dict[str, Any] = {
        "form_token": _token(query.get("form", "")),
        "currency": currency,
        "shown_currency": currency,
        "interval": interval if interval in Interval.values else Interval.ONCE,
        "cover_fees": query.get("cover") == "1",
        "campaign": campaign.slug if campaign else None,
    }
    rules = offered[currency]
    amount_minor = from_plain(query.get("amount", ""), currency, limits=rules)
    if amount_minor in rules.presets_minor:
        initial["preset"] = str(amount_minor)
    elif amount_minor is not None:
        initial |= {"preset": OTHER, "amount": to_typed(amount_minor, currency, language)}
    return initial


def initial_from_unsent(data: QueryDict, *, offered: dict[str, GivingCurrency]) -> dict[str, Any]:
    """What was typed so far, for showing the form in another currency or language without finding fault with it."""
    typed = as_typed(DonationForm.base_fields, data)
    typed["form_token"] = _token(data.get("form_token", ""))
    currency = data.get("currency", "")
    if switched_from := language_typed_in(data):
        language = page_language()
        typed["amount"] = retype_amount(data.get("amount", ""), currency, typed_in=switched_from, language=language)
    shown = currency if currency in offered else default_currency(offered)
    typed["currency"] = typed["shown_currency"] = shown
    if data.get("shown_currency") != shown:
        typed["preset"] = OTHER if data.get("amount", "").strip() else ""
    return typed


def _token(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return str(uuid.uuid4())
