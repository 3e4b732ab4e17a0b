"""The one Stripe account the sandbox plays: its books, its clock and its events."""

from __future__ import annotations

import copy
import fnmatch
import secrets
import threading
import time
from typing import Any

from stripe_sandbox import API_VERSION, ids
from stripe_sandbox.clock import Clock
from stripe_sandbox.errors import missing_object
from stripe_sandbox.letters import Letters
from stripe_sandbox.store import Json, Store

NOUNS = {"payment_method": "PaymentMethod", "invoice_payment": "invoice payment"}
DEFAULT_SETTLE_SECONDS = 1
DEFAULT_DEBIT_SECONDS = 20


class Account:
    """Everything a handler may touch. Call its methods inside `account.store.transaction()`."""

    def __init__(self, store: Store, *, seed: str | None = None, origin: str = "http://127.0.0.1") -> None:
        self.store = store
        self.origin = origin
        self.wake = threading.Event()
        self.letters = Letters()
        self.request: Json = {"id": None, "idempotency_key": None}
        with store.transaction():
            if store.note("seed") is None:
                store.set_note("seed", seed or secrets.token_hex(16))
            self.seed = store.note("seed") or ""
            self.clock = Clock(int(store.note("clock_offset") or 0))

    # time

    def now(self) -> int:
        return self.clock.now()

    def advance_clock(self, seconds: int) -> None:
        self.clock.advance(seconds)
        self.store.set_note("clock_offset", str(self.clock.offset_seconds))
        self.wake.set()

    def seconds(self, name: str, default: int) -> int:
        """How long something takes here; `POST /_control/clock` can set it."""
        return int(self.store.note(name) or default)

    def schedule(self, name: str, object_id: str, due_at: int) -> None:
        self.store.run("INSERT INTO tasks (due_at, name, object_id) VALUES (?, ?, ?)", due_at, name, object_id)
        self.wake.set()

    # objects

    def new_id(self, kind: str) -> str:
        return ids.make_id(self.seed, kind, self.store.count_up("ids_issued"))

    def insert(self, kind: str, data: Json, hidden: Json | None = None) -> Json:
        self.store.insert(kind, data, hidden)
        return data

    def save(self, data: Json) -> Json:
        self.store.update(data)
        return data

    def get(self, kind: str, object_id: str, *, param: str = "id", status: int = 404) -> Json:
        """The object, or Stripe's refusal. `status` is 400 when a parameter named it."""
        found = self.store.get(kind, object_id)
        if found is None or (found.get("deleted") and status == 400):
            raise missing_object(NOUNS.get(kind, kind), object_id, param, status=status)
        return found

    # events

    def emit(self, event_type: str, data: Json, previous: Json | None = None) -> Json:
        """Write an event and what has to be delivered of it; the deliverer wakes after the commit."""
        endpoints = [hook for hook in self.store.find("webhook_endpoint") if wants(hook, event_type)]
        payload: Json = {"object": copy.deepcopy(data)}
        if previous is not None:
            payload["previous_attributes"] = previous
        event: Json = {
            "id": self.new_id("event"),
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now(),
            "data": payload,
            "livemode": False,
            "pending_webhooks": len(endpoints),
            "request": dict(self.request),
            "type": event_type,
        }
        self.insert("event", event)
        for hook in endpoints:
            for wait in self.letters.waits(event["id"], hook["id"]):
                self.store.run(
                    "INSERT INTO deliveries (event_id, endpoint_id, next_attempt_at) VALUES (?, ?, ?)",
                    event["id"], hook["id"], time.time() + wait,
                )  # fmt: skip
        self.wake.set()
        return event

    def change(self, data: Json, event_type: str | None = None, **fields: Any) -> Json:
        """Set fields, save, and tell it with what they were before, if they changed at all."""
        previous = {name: data.get(name) for name, value in fields.items() if data.get(name) != value}
        data.update(fields)
        self.save(data)
        if event_type and previous:
            self.emit(event_type, data, previous)
        return data


def wants(endpoint: Json, event_type: str) -> bool:
    if endpoint["status"] != "enabled":
        return False
    return any(fnmatch.fnmatchcase(event_type, pattern) for pattern in endpoint["enabled_events"])
