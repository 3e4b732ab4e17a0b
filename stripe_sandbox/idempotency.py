"""Idempotency keys, as Stripe keeps them.

The first answer is kept and replayed, refusals and 500s too, once the endpoint has begun to
execute; refused parameters, 401, 409 and 429 are not kept. Another request under the same key is
refused. While the first runs, others get 409. Keys are forgotten after 24 hours.
(docs.stripe.com/api/idempotent_requests)
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from stripe_sandbox.errors import StripeError
from stripe_sandbox.store import Store

KEPT_SECONDS = 24 * 3600
MAX_KEY_LENGTH = 255


@dataclass(frozen=True)
class Kept:
    """The first answer to a key."""

    status: int
    body: str
    request_id: str


def fingerprint(decoded: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(decoded, sort_keys=True).encode()).hexdigest()


class Keys:
    def __init__(self, store: Store) -> None:
        self.store = store
        self._running: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, key: str | None) -> Iterator[None]:
        """Mark the key as in flight; a second request meanwhile is told so."""
        if key is None:
            yield
            return
        if len(key) > MAX_KEY_LENGTH:
            raise StripeError("Idempotency-Key is too long: at most 255 characters", error_type="idempotency_error")
        with self._lock:
            if key in self._running:
                raise in_use(key)
            self._running.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(key)

    def kept(self, key: str, path: str, print_of_request: str) -> Kept | None:
        """The first answer, None if there is none; raises when the key belongs to another request."""
        self.store.run("DELETE FROM idempotency WHERE created_at < ?", time.time() - KEPT_SECONDS)
        row = self.store.row("SELECT * FROM idempotency WHERE key = ?", key)
        if row is None:
            return None
        if row["path"] != path:
            raise other_request(
                f"Keys for idempotent requests can only be used for the same endpoint they were first used for "
                f"('{row['path']}'). Try using a key other than '{key}' if you meant to execute a different request."
            )
        if row["fingerprint"] != print_of_request:
            raise other_request(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                f"Try using a key other than '{key}' if you meant to execute a different request."
            )
        return Kept(row["status"], row["body"], row["request_id"])

    def keep(self, key: str, path: str, print_of_request: str, answer: Kept) -> None:
        """Keep it in the transaction of its effect."""
        self.store.run(
            "INSERT INTO idempotency VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
            key, path, print_of_request, answer.status, answer.body, answer.request_id, time.time(),
        )  # fmt: skip


def in_use(key: str) -> StripeError:
    return StripeError(
        "There is currently another in-progress request using this Idempotency Key (that probably means you "
        f"submitted twice, and the other request is still going through): {key}. Please try again later.",
        status=409, error_type="idempotency_error", code="idempotency_key_in_use", began=False,
    )  # fmt: skip


def other_request(message: str) -> StripeError:
    return StripeError(message, error_type="idempotency_error", began=False)
