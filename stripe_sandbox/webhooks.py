"""Webhooks: every event signed and delivered at least once, with retries that survive a restart.

Stripe's own rules: 2xx is success, a redirect is not; the order is not promised; retries go on for
three days. The first retries come sooner here, for people who restart their server.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from stripe_sandbox.account import Account
from stripe_sandbox.objects.webhook_endpoints import is_loopback, shown_event
from stripe_sandbox.store import Json

BACKOFF = (1, 5, 15, 60, 300, 900, 3600, 7200, 14_400, 28_800, 43_200, 43_200, 43_200, 43_200)
TIMEOUT = 20
WORKERS = 4
BATCH = 32


def sign(secret: str, body: str, moment: int) -> str:
    """Stripe's scheme v1: HMAC-SHA256 over time and body. The time is real, whatever our clock says."""
    digest = hmac.new(secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


class Deliverer(threading.Thread):
    """Sends what is due; asks the store again whenever an event was written."""

    def __init__(self, account: Account) -> None:
        super().__init__(name="webhooks", daemon=True)
        self.account = account
        self.store = account.store
        self.paused = threading.Event()
        self.stopping = threading.Event()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="webhook")
        self._in_flight: set[int] = set()
        self._lock = threading.Lock()

    def run(self) -> None:
        while not self.stopping.is_set():
            self.account.wake.wait(self.wait_seconds())
            self.account.wake.clear()
            if not self.paused.is_set() and not self.stopping.is_set():
                self.start_due()

    def stop(self) -> None:
        self.stopping.set()
        self.account.wake.set()
        self.join(5)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def wait_seconds(self) -> float:
        row = self.store.row("SELECT min(next_attempt_at) AS soonest FROM deliveries WHERE state = 'pending'")
        if row is None or row["soonest"] is None:
            return 1.0
        return min(1.0, max(0.05, float(row["soonest"]) - time.time()))

    def start_due(self) -> None:
        rows = self.store.rows(
            "SELECT * FROM deliveries WHERE state = 'pending' AND next_attempt_at <= ? "
            "ORDER BY next_attempt_at, id LIMIT ?",
            time.time(), BATCH + len(self._in_flight),
        )  # fmt: skip
        for row in rows:
            with self._lock:
                if row["id"] in self._in_flight or len(self._in_flight) >= BATCH:
                    continue
                self._in_flight.add(row["id"])
            self._pool.submit(self.deliver_row, dict(row))

    def deliver_row(self, row: Json) -> None:
        try:
            status, problem = self.send(row["event_id"], row["endpoint_id"])
            self.record(row, status, problem)
        finally:
            with self._lock:
                self._in_flight.discard(row["id"])
            self.account.wake.set()

    def record(self, row: Json, status: int | None, problem: str | None) -> None:
        attempts = row["attempts"] + 1
        if status is not None and 200 <= status < 300:
            state, wait = "delivered", 0
        elif attempts > len(BACKOFF):
            state, wait = "failed", 0
        else:
            state, wait = "pending", BACKOFF[attempts - 1]
        with self.store.transaction():
            self.store.run(
                "UPDATE deliveries SET state = ?, attempts = ?, next_attempt_at = ?, last_status = ?, last_error = ? "
                "WHERE id = ?",
                state, attempts, time.time() + wait, status, problem, row["id"],
            )  # fmt: skip

    def send(self, event_id: str, endpoint_id: str) -> tuple[int | None, str | None]:
        """Post the event; the status, or what went wrong on the way."""
        endpoint = self.store.get("webhook_endpoint", endpoint_id)
        event = self.store.get("event", event_id)
        if endpoint is None or event is None or endpoint.get("deleted") or not is_loopback(endpoint["url"]):
            return None, "the endpoint is gone"
        body = json.dumps(shown_event(self.account, event), indent=2)
        secret = self.store.hidden(endpoint_id)["secret"]
        try:
            return post(endpoint["url"], body, sign(secret, body, int(time.time()))), None
        except (OSError, http.client.HTTPException) as error:
            return None, f"{type(error).__name__}: {error}"

    # on demand

    def redeliver(self, event_ids: list[str], *, copies: int, shuffle: bool, parallel: int) -> Json:
        """Send events again to every endpoint that takes them, now; says how it went."""
        letters = [pair for event_id in event_ids for pair in self.addressees(event_id)] * copies
        if shuffle:
            random.shuffle(letters)
        with ThreadPoolExecutor(max(1, parallel)) as pool:
            statuses = list(pool.map(lambda letter: self.send(*letter)[0], letters))
        delivered = {letter for letter, status in zip(letters, statuses, strict=True) if status and status < 300}
        with self.store.transaction():
            for event_id, endpoint_id in delivered:
                self.store.run(
                    "UPDATE deliveries SET state = 'delivered', last_status = 200 "
                    "WHERE event_id = ? AND endpoint_id = ?",
                    event_id, endpoint_id,
                )  # fmt: skip
        good = sum(1 for status in statuses if status and 200 <= status < 300)
        return {"sent": len(letters), "delivered": good, "failed": len(letters) - good}

    def addressees(self, event_id: str) -> list[tuple[str, str]]:
        event = self.store.get("event", event_id)
        if event is None:
            return []
        rows = self.store.rows("SELECT DISTINCT endpoint_id FROM deliveries WHERE event_id = ?", event_id)
        return [(event_id, row["endpoint_id"]) for row in rows]

    def listing(self, state: str = "", limit: int = 1000) -> list[Json]:
        rows = self.store.rows(
            "SELECT deliveries.*, json_extract(objects.data, '$.type') AS type FROM deliveries "
            "JOIN objects ON objects.id = deliveries.event_id WHERE ? IN ('', state) "
            "ORDER BY deliveries.id DESC LIMIT ?",
            state, limit,
        )  # fmt: skip
        return [dict(row) for row in rows]


def post(url: str, body: str, signature: str) -> int:
    parts = urlsplit(url)
    kind: Any = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=TIMEOUT)
    path = parts.path or "/"
    headers = {
        "Accept": "*/*; q=0.5, application/xml",
        "Cache-Control": "no-cache",
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature,
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    try:
        connection.request("POST", f"{path}?{parts.query}" if parts.query else path, body.encode(), headers)
        response = connection.getresponse()
        response.read(65_536)
        return int(response.status)
    finally:
        connection.close()
