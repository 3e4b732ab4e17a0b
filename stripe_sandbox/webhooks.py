"""Webhooks: every event signed and delivered at least once, with retries that survive a restart.

Stripe's own rules: 2xx is success, a redirect is not; the order is not promised; retries go on for
three days. The first retries come sooner here, for people who restart their server.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from stripe_sandbox.account import Account
from stripe_sandbox.letters import Letter, Letters
from stripe_sandbox.objects.webhook_endpoints import is_loopback, shown_event
from stripe_sandbox.post import post
from stripe_sandbox.store import Json

BACKOFF = (1, 5, 15, 60, 300, 900, 3600, 7200, 14_400, 28_800, 43_200, 43_200, 43_200, 43_200)
WORKERS = 8
BATCH = 32
LOST = "lost on the way, as ordered"


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
            plan = self.account.letters
            if plan.loses(row["event_id"], row["id"], row["attempts"]):
                self.record(row, None, LOST, may_come_again=not plan.for_good)
            else:
                status, problem = self.send(row["event_id"], row["endpoint_id"])
                self.record(row, status, problem)
        finally:
            with self._lock:
                self._in_flight.discard(row["id"])
            self.account.wake.set()

    def record(self, row: Json, status: int | None, problem: str | None, *, may_come_again: bool = True) -> None:
        attempts = row["attempts"] + 1
        if status is not None and 200 <= status < 300:
            state, wait = "delivered", 0
        elif attempts > len(BACKOFF) or not may_come_again:
            state, wait = "failed", 0
        else:
            state, wait = "pending", BACKOFF[attempts - 1]
        with self.store.transaction():
            self.store.run(
                "UPDATE deliveries SET state = ?, attempts = ?, next_attempt_at = ?, last_status = ?, last_error = ? "
                "WHERE id = ?",
                state, attempts, time.time() + wait, status, problem, row["id"],
            )  # fmt: skip

    def send(
        self, event_id: str, endpoint_id: str, bodies: dict[str, str] | None = None
    ) -> tuple[int | None, str | None]:
        """Post the event; the status, or what went wrong on the way. `bodies` keeps what is sent again and again."""
        endpoint = self.store.get("webhook_endpoint", endpoint_id)
        if endpoint is None or endpoint.get("deleted") or not is_loopback(endpoint["url"]):
            return None, "the endpoint is gone"
        body = (bodies or {}).get(event_id) or self.body_of(event_id)
        if bodies is not None:
            bodies[event_id] = body
        secret = self.store.hidden(endpoint_id)["secret"]
        try:
            return post(endpoint["url"], body, sign(secret, body, int(time.time()))), None
        except (OSError, http.client.HTTPException) as error:
            return None, f"{type(error).__name__}: {error}"

    def body_of(self, event_id: str) -> str:
        return json.dumps(shown_event(self.account, self.account.get("event", event_id)), indent=2)

    # on demand

    def redeliver(self, event_ids: list[str], plan: Letters, *, parallel: int) -> Json:
        """Send events again to every endpoint that takes them, now; says how it went and how fast."""
        letters = plan.stack([pair for event_id in event_ids for pair in self.addressees(event_id)])
        bodies: dict[str, str] = {}
        began = time.monotonic()
        with ThreadPoolExecutor(max(1, parallel)) as pool:
            statuses = list(pool.map(lambda letter: self.send_planned(letter, plan, bodies), letters))
        seconds = time.monotonic() - began
        delivered = {
            (letter.event_id, letter.endpoint_id)
            for letter, status in zip(letters, statuses, strict=True)
            if status and 200 <= status < 300
        }
        with self.store.transaction():
            for event_id, endpoint_id in delivered:
                self.store.run(
                    "UPDATE deliveries SET state = 'delivered', last_status = 200 "
                    "WHERE event_id = ? AND endpoint_id = ?",
                    event_id, endpoint_id,
                )  # fmt: skip
        good = sum(1 for status in statuses if status and 200 <= status < 300)
        lost = sum(1 for status in statuses if status == 0)
        return {
            "sent": len(letters) - lost, "dropped": lost, "delivered": good, "failed": len(letters) - lost - good,
            "seconds": round(seconds, 3),
        }  # fmt: skip

    def send_planned(self, letter: Letter, plan: Letters, bodies: dict[str, str]) -> int | None:
        """The status; 0 when the plan loses the letter, None when nobody answered."""
        if plan.loses(letter.event_id, letter.number, 0):
            return 0
        if letter.wait:
            time.sleep(letter.wait)
        return self.send(letter.event_id, letter.endpoint_id, bodies)[0]

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
