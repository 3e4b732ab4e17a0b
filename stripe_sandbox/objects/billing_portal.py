"""The customer portal: who may change what, and the sessions that let one customer in."""

from __future__ import annotations

import copy
import time

from stripe_sandbox.account import Account
from stripe_sandbox.errors import StripeError, malformed
from stripe_sandbox.lists import field_is, page
from stripe_sandbox.objects import subscriptions
from stripe_sandbox.objects.checkout import check_url
from stripe_sandbox.objects.customers import merged_metadata
from stripe_sandbox.store import Json

# real seconds in which a link must be opened, and in which an opened one stays good
UNOPENED_SECONDS, OPENED_SECONDS = 300, 3600
REASONS = [
    "customer_service", "low_quality", "missing_features", "other", "switched_service", "too_complex", "too_expensive",
    "unused",
]  # fmt: skip
FEATURES: Json = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "feedback_options": None, "options": REASONS},
        "enabled": False,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {"duration": {"interval_options": [], "type": "indefinite"}, "enabled": False},
    "subscription_update": {
        "billing_cycle_anchor": None,
        "default_allowed_updates": [],
        "enabled": False,
        "products": None,
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "end_trial",
    },
}
DEFAULT_FEATURES: Json = {
    "invoice_history": {"enabled": True},
    "payment_method_update": {"enabled": True},
    "subscription_cancel": {"cancellation_reason": {"enabled": True}, "enabled": True},
}
# a flow's own parameters, beside its type
FLOW_PARTS = (
    "customer_update", "subscription_cancel", "subscription_pause", "subscription_update", "subscription_update_confirm"
)  # fmt: skip
IMITATED_FLOWS = ("payment_method_update", "subscription_cancel")


def new_configuration(account: Account, params: Json, *, is_default: bool) -> Json:
    configuration: Json = {
        "id": account.new_id("billing_portal.configuration"),
        "object": "billing_portal.configuration",
        "active": True,
        "application": None,
        "business_profile": {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None},
        "created": account.now(),
        "default_return_url": None,
        "features": copy.deepcopy(FEATURES),
        "is_default": is_default,
        "livemode": False,
        "login_page": {"enabled": False, "url": None},
        "metadata": {},
        "name": None,
        "updated": account.now(),
    }
    configuration.update(changes(configuration, params))
    account.insert("billing_portal.configuration", configuration)
    account.emit("billing_portal.configuration.created", configuration)
    return configuration


def changes(configuration: Json, params: Json) -> Json:
    fields: Json = {name: params[name] for name in ("active",) if name in params}
    fields |= {name: params[name] or None for name in ("default_return_url", "name") if name in params}
    for name in ("business_profile", "features"):
        if name in params:
            fields[name] = overlaid(configuration[name], params[name])
    if "metadata" in params:
        fields["metadata"] = merged_metadata(configuration["metadata"], params["metadata"])
    return fields


def overlaid(current: Json, given: Json) -> Json:
    """Given values over current ones, group by group; an empty text or list unsets."""
    merged = dict(current)
    for name, value in given.items():
        inner = merged.get(name)
        merged[name] = overlaid(inner, value) if isinstance(value, dict) and isinstance(inner, dict) else value
        if value == "":
            merged[name] = [] if isinstance(inner, list) else None
    return merged


def default_configuration(account: Account) -> Json:
    """The account's default, made when it is first needed (at Stripe: when it is first saved in the dashboard)."""
    found = account.store.find("billing_portal.configuration", [field_is("is_default", 1)])
    return found[0] if found else new_configuration(account, {"features": DEFAULT_FEATURES}, is_default=True)


# the pages


def session_at(account: Account, path: str) -> Json | None:
    """The session behind an address, if it is still good; looking at it keeps it open."""
    found = account.store.where("billing_portal.session", url=f"{account.origin}{path}")
    if not found:
        return None
    times = account.store.hidden(found[0]["id"])
    age = time.time() - (times.get("seen_at") or times["made_at"])
    if age > (OPENED_SECONDS if "seen_at" in times else UNOPENED_SECONDS):
        return None
    account.store.hide(found[0]["id"], {**times, "seen_at": time.time()})
    return found[0]


def facts(account: Account, session: Json) -> Json:
    """What a session remembers and Stripe does not show."""
    return account.store.hidden(session["id"])


def remember(account: Account, session: Json, **more: str | None) -> None:
    account.store.hide(session["id"], {**facts(account, session), **more})


def features_of(account: Account, session: Json) -> Json:
    features: Json = account.get("billing_portal.configuration", session["configuration"])["features"]
    return features


def shown_subscriptions(account: Account, session: Json) -> list[Json]:
    return [
        each
        for each in account.store.where("subscription", customer=session["customer"])
        if each["status"] not in (*subscriptions.ENDED, "incomplete")
    ]


def card_in_words(account: Account, method_id: str | None) -> str:
    method = account.store.get("payment_method", method_id) if method_id else None
    if method is None:
        return "none"
    details = method[method["type"]]
    kind = details.get("brand", method["type"].replace("_", " "))
    return f"{kind} ending in {details['last4']}"


# the API


def create_session(account: Account, params: Json) -> Json:
    if "customer" not in params:
        raise malformed("Missing required param: customer.", "customer", "parameter_missing")
    customer = account.get("customer", params["customer"], param="customer", status=400)
    configuration = (
        account.get("billing_portal.configuration", params["configuration"], param="configuration", status=400)
        if "configuration" in params
        else default_configuration(account)
    )
    if not configuration["active"]:
        raise StripeError("This configuration is not active.", param="configuration")
    if "return_url" in params:
        check_url(params["return_url"], "return_url")
    flow = flow_of(account, params["flow_data"], customer, configuration) if "flow_data" in params else None
    session: Json = {
        "id": account.new_id("billing_portal.session"),
        "object": "billing_portal.session",
        "after_expiration": None,
        "configuration": configuration["id"],
        "created": account.now(),
        "customer": customer["id"],
        "customer_account": None,
        "flow": flow,
        "livemode": False,
        "locale": params.get("locale"),
        "on_behalf_of": None,
        "return_url": params.get("return_url") or configuration["default_return_url"],
        "url": f"{account.origin}/p/session/{account.new_id('portal_token')}",
    }
    account.insert("billing_portal.session", session, {"made_at": time.time()})
    account.emit("billing_portal.session.created", session)
    return session


def flow_of(account: Account, given: Json, customer: Json, configuration: Json) -> Json:
    kind = given["type"]
    if kind not in IMITATED_FLOWS:
        raise malformed(
            f"The Stripe sandbox does not imitate the portal flow {kind}.", "flow_data[type]", "sandbox_not_imitated"
        )
    if not configuration["features"][kind]["enabled"]:
        raise StripeError(
            f"You cannot create a portal session with this flow: the {kind} feature is disabled in the configuration.",
            param="flow_data[type]",
        )
    flow: Json = {
        "after_completion": after_completion(given.get("after_completion") or {"type": "portal_homepage"}),
        **dict.fromkeys(FLOW_PARTS),
        "type": kind,
    }
    if kind == "subscription_cancel":
        flow["subscription_cancel"] = {"retention": None, "subscription": named_subscription(account, given, customer)}
    return flow


def after_completion(given: Json) -> Json:
    kind = given["type"]
    if kind == "redirect":
        if "redirect" not in given:
            where = "flow_data[after_completion][redirect][return_url]"
            raise malformed(f"Missing required param: {where}.", where, "parameter_missing")
        check_url(given["redirect"]["return_url"], "flow_data[after_completion][redirect][return_url]")
    words = given.get("hosted_confirmation", {}).get("custom_message")
    return {
        "hosted_confirmation": {"custom_message": words} if kind == "hosted_confirmation" else None,
        "redirect": dict(given["redirect"]) if kind == "redirect" else None,
        "type": kind,
    }


def named_subscription(account: Account, given: Json, customer: Json) -> str:
    where = "flow_data[subscription_cancel][subscription]"
    if "subscription_cancel" not in given:
        raise malformed(f"Missing required param: {where}.", where, "parameter_missing")
    subscription = account.get("subscription", given["subscription_cancel"]["subscription"], param=where, status=400)
    if subscription["customer"] != customer["id"] or subscription["status"] in subscriptions.ENDED:
        raise StripeError("This subscription cannot be canceled by this customer.", param=where)
    return str(subscription["id"])


def create_configuration(account: Account, params: Json) -> Json:
    return new_configuration(account, params, is_default=False)


def retrieve_configuration(account: Account, params: Json, configuration_id: str) -> Json:
    return account.get("billing_portal.configuration", configuration_id)


def update_configuration(account: Account, params: Json, configuration_id: str) -> Json:
    configuration = account.get("billing_portal.configuration", configuration_id)
    if configuration["is_default"] and params.get("active") is False:
        raise StripeError("You cannot deactivate the default configuration.", param="active")
    fields = changes(configuration, params)
    return account.change(configuration, "billing_portal.configuration.updated", updated=account.now(), **fields)


def list_configurations(account: Account, params: Json) -> Json:
    default_configuration(account)
    conditions = [field_is(name, int(params[name])) for name in ("active", "is_default") if name in params]
    return page(account, "billing_portal.configuration", "/v1/billing_portal/configurations", params, conditions)
