"""Faults on order: what an answer of Stripe may be like on a bad day."""

from __future__ import annotations

import fnmatch
import threading
from dataclasses import asdict, dataclass
from typing import Any

KINDS = ("reset", "stall", "truncate", "html")
DEFAULT_STALL_SECONDS = 90.0


@dataclass
class Fault:
    """`status` is an HTTP status or one of KINDS; `stored`: whether an idempotency key keeps a 5xx."""

    method: str
    path: str
    status: int | str
    times: int = 1
    after_effect: bool = False
    seconds: float = DEFAULT_STALL_SECONDS
    stored: bool | None = None

    def matches(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method in ("*", method) and fnmatch.fnmatchcase(path, self.path)

    @property
    def is_kept(self) -> bool:
        """Stripe keeps the 500 of an endpoint that began; 429 and what a proxy says it does not."""
        return self.stored if self.stored is not None else self.status == 500


def parse(given: dict[str, Any]) -> Fault:
    """A fault from JSON; raises ValueError with what is wrong."""
    unknown = set(given) - {"method", "path", "status", "times", "after_effect", "seconds", "stored"}
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    status = given.get("status")
    if status not in KINDS and not (isinstance(status, int) and 400 <= status <= 599):
        raise ValueError(f"status must be 400 to 599 or one of {', '.join(KINDS)}")
    return Fault(
        method=str(given.get("method", "*")).upper(),
        path=str(given.get("path", "*")),
        status=status,
        times=int(given.get("times", 1)),
        after_effect=bool(given.get("after_effect", False)),
        seconds=float(given.get("seconds", DEFAULT_STALL_SECONDS)),
        stored=given.get("stored"),
    )


class Faults:
    def __init__(self) -> None:
        self._ordered: list[Fault] = []
        self._lock = threading.Lock()

    def order(self, fault: Fault) -> None:
        with self._lock:
            self._ordered.append(fault)

    def take(self, method: str, path: str) -> Fault | None:
        """The next fault for this request, counted as used."""
        with self._lock:
            for fault in self._ordered:
                if fault.matches(method, path):
                    fault.times -= 1
                    return fault
        return None

    def waiting(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._ordered if fault.times > 0]

    def clear(self) -> None:
        with self._lock:
            self._ordered.clear()
