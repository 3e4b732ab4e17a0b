"""All parts of the sandbox in one place."""

from __future__ import annotations

import json
import threading
from collections import deque
from typing import Any

from stripe_sandbox.account import Account
from stripe_sandbox.faults import Faults
from stripe_sandbox.idempotency import Keys
from stripe_sandbox.objects.webhook_endpoints import keep_command_line_endpoint
from stripe_sandbox.schedule import Scheduler
from stripe_sandbox.store import Store
from stripe_sandbox.webhooks import Deliverer

LOGGED_REQUESTS = 5_000


class RequestLog:
    """The last requests to the API with their answers, for tests that judge both.

    Answers are kept as bytes and parsed when somebody asks: thousands of them stay small.
    """

    def __init__(self) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=LOGGED_REQUESTS)
        self._number = 0
        self._lock = threading.Lock()

    def add(self, **entry: Any) -> None:
        with self._lock:
            self._number += 1
            self._entries.append({"number": self._number, **entry})

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def after(self, number: int) -> list[dict[str, Any]]:
        with self._lock:
            found = [entry for entry in self._entries if entry["number"] > number]
        return [{**entry, "answer": json.loads(entry["answer"]) if entry["answer"] else None} for entry in found]


class Sandbox:
    """One Stripe account with everything around it; `start` and `stop` its threads."""

    def __init__(self, store: Store, *, origin: str, seed: str | None = None) -> None:
        self.store = store
        self.account = Account(store, seed=seed, origin=origin)
        self.keys = Keys(store)
        self.faults = Faults()
        self.requests = RequestLog()
        self.deliverer = Deliverer(self.account)
        self.scheduler = Scheduler(self.account)

    def listen_to(self, url: str, secret: str) -> None:
        with self.store.transaction():
            keep_command_line_endpoint(self.account, url, secret)

    def start(self) -> None:
        self.deliverer.start()
        self.scheduler.start()

    def stop(self) -> None:
        self.scheduler.stop()
        self.deliverer.stop()
        self.store.close()
