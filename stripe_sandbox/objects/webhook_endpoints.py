"""Webhook endpoints and events."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from stripe_sandbox import API_VERSION
from stripe_sandbox.account import Account
from stripe_sandbox.errors import malformed
from stripe_sandbox.ids import random_text
from stripe_sandbox.lists import Conditions, page
from stripe_sandbox.objects.customers import merged_metadata
from stripe_sandbox.store import Json

COMMAND_LINE_NOTE = "command_line_endpoint"


def create(account: Account, params: Json) -> Json:
    check_url(params["url"])
    endpoint = new_endpoint(account, params["url"], params["enabled_events"])
    endpoint["description"] = params.get("description") or None
    endpoint["metadata"] = merged_metadata({}, params.get("metadata", {}))
    secret = "whsec_" + random_text(account.seed, "webhook_secret", account.store.count_up("ids_issued"), 32)
    account.insert("webhook_endpoint", endpoint, {"secret": secret})
    return {**endpoint, "secret": secret}


def new_endpoint(account: Account, url: str, enabled_events: list[str]) -> Json:
    return {
        "id": account.new_id("webhook_endpoint"),
        "object": "webhook_endpoint",
        "api_version": API_VERSION,
        "application": None,
        "created": account.now(),
        "description": None,
        "enabled_events": enabled_events,
        "livemode": False,
        "metadata": {},
        "status": "enabled",
        "url": url,
    }


def is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_url(url: str) -> None:
    if urlsplit(url).scheme not in ("http", "https") or not is_loopback(url):
        raise malformed(
            "Invalid URL: the Stripe sandbox delivers webhooks to this machine only (127.0.0.1, localhost, ::1).",
            "url", "url_invalid",
        )  # fmt: skip


def keep_command_line_endpoint(account: Account, url: str, secret: str) -> Json:
    """The endpoint given on the command line: the same one at every start, with today's address."""
    known = account.store.note(COMMAND_LINE_NOTE)
    endpoint = account.store.get("webhook_endpoint", known) if known else None
    if endpoint is None or endpoint.get("deleted"):
        endpoint = new_endpoint(account, url, ["*"])
        account.insert("webhook_endpoint", endpoint)
        account.store.set_note(COMMAND_LINE_NOTE, endpoint["id"])
    account.change(endpoint, url=url)
    account.store.hide(endpoint["id"], {"secret": secret})
    return endpoint


def retrieve(account: Account, params: Json, endpoint_id: str) -> Json:
    return account.get("webhook_endpoint", endpoint_id)


def update(account: Account, params: Json, endpoint_id: str) -> Json:
    endpoint = account.get("webhook_endpoint", endpoint_id)
    fields: Json = {name: params[name] for name in ("enabled_events", "url") if name in params}
    if "url" in params:
        check_url(params["url"])
    if "disabled" in params:
        fields["status"] = "disabled" if params["disabled"] else "enabled"
    if "description" in params:
        fields["description"] = params["description"] or None
    if "metadata" in params:
        fields["metadata"] = merged_metadata(endpoint["metadata"], params["metadata"])
    return account.change(endpoint, **fields)


def delete(account: Account, params: Json, endpoint_id: str) -> Json:
    account.get("webhook_endpoint", endpoint_id)
    remains = {"id": endpoint_id, "object": "webhook_endpoint", "deleted": True}
    account.store.delete(remains)
    account.store.run("DELETE FROM deliveries WHERE endpoint_id = ? AND state = 'pending'", endpoint_id)
    return remains


def list_all(account: Account, params: Json) -> Json:
    return page(account, "webhook_endpoint", "/v1/webhook_endpoints", params)


def retrieve_event(account: Account, params: Json, event_id: str) -> Json:
    return account.get("event", event_id)


def list_events(account: Account, params: Json) -> Json:
    if "type" in params and "types" in params:
        raise malformed("You may only specify one of these parameters: type, types.", "type")
    conditions: Conditions = []
    days = account.seconds("event_days", 0)
    if days:
        conditions.append(("created >= ?", account.now() - days * 86_400))
    if "type" in params:
        conditions.append(("json_extract(data, '$.type') GLOB ?", params["type"]))
    if "types" in params:
        if len(params["types"]) > 20:
            raise malformed("You may pass up to 20 types.", "types")
        marks = ", ".join("?" for _ in params["types"])
        conditions.append((f"json_extract(data, '$.type') IN ({marks})", params["types"]))
    if "delivery_success" in params:
        undelivered = "EXISTS (SELECT 1 FROM deliveries WHERE event_id = objects.id AND state <> 'delivered')"
        wanted = f"NOT {undelivered}" if params["delivery_success"] else undelivered
        conditions.append((wanted, []))
    return page(account, "event", "/v1/events", params, conditions)


def shown_event(account: Account, event: Json) -> Json:
    """How many endpoints still have to be told."""
    row = account.store.row(
        "SELECT count(DISTINCT endpoint_id) AS waiting FROM deliveries WHERE event_id = ? AND state = 'pending'",
        event["id"],
    )
    event["pending_webhooks"] = row["waiting"] if row else 0
    return event
