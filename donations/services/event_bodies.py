"""Stripe's events as we keep them: ids, amounts and states, and nothing that names a person.

An event is a hint to look at Stripe, and never more: what it says of a person would only have to be forgotten later.
https://docs.stripe.com/api/events/types
"""

import json
import re
from typing import Any

# Names of Stripe's for what is about a person, a card or an account, and for pages that show it.
PERSONAL = frozenset(
    {
        "address", "billing_details", "client_secret", "collected_information", "custom_fields", "customer_account",
        "customer_address", "customer_details", "customer_email", "customer_name", "customer_phone",
        "customer_shipping", "customer_tax_ids", "email", "evidence", "fingerprint", "hosted_invoice_url",
        "invoice_pdf", "last4", "name", "next_action", "owner", "payment_method_details", "phone", "receipt_email",
        "receipt_url", "shipping", "shipping_details", "tax_ids",
    }
)  # fmt: skip
# Bounded, so that a body which is made for it cannot keep us busy.
ADDRESS = re.compile(r"[^\s@\"'<>,;:()\[\]{}]{1,64}@[^\s@\"'<>\\,;:()\[\]{}]{1,255}")
TAKEN_OUT = "[taken out]"
# Ids of other objects in the one that an event is about: staff find the rows by them that it touched.
NAMING = ("payment_intent", "invoice", "subscription", "refund", "dispute", "payout")
OF_THE_EVENT = ("id", "object", "api_version", "created", "livemode", "type")


def without_personal_data(body: str) -> str:
    """The body of an event without what is personal in it; of one that is no JSON, without mail addresses."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return _without_addresses(body)
    return stripped(event, body)


def stripped(event: Any, body: str) -> str:
    """The same of an event that was read from the body already; what is personal is taken out of `event` as well."""
    try:
        _take_out(event)
        return _without_addresses(json.dumps(event))
    except (ValueError, RecursionError):
        return _without_addresses(body)


def essence(body: str) -> str:
    """What stays of an old event's body, as JSON that reads like one: which it is, and ids. Of damaged ones nothing."""
    try:
        event = json.loads(body)
        subject = event["data"]["object"]
        named = {name: subject[name] for name in ("id", "object", *NAMING) if isinstance(subject.get(name), str)}
        kept = {name: event[name] for name in OF_THE_EVENT if isinstance(event.get(name), (str, int))}
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return ""
    return json.dumps(kept | {"data": {"object": named}})


def _without_addresses(text: str) -> str:
    return ADDRESS.sub(TAKEN_OUT, text) if "@" in text else text  # the sign alone is found a hundred times quicker


def _take_out(event: Any) -> None:
    """Level by level and not by recursion: a signed body may be nested deeper than Python goes."""
    level = [event]
    while level:
        below: list[Any] = []
        for part in level:
            if isinstance(part, dict):
                for name in PERSONAL & part.keys():
                    if part[name] not in (None, ""):
                        part[name] = TAKEN_OUT
                below += [value for value in part.values() if isinstance(value, (dict, list))]
            elif isinstance(part, list):
                below += [value for value in part if isinstance(value, (dict, list))]
        level = below
