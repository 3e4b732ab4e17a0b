"""Faults on order: what an answer of Stripe may be like on a bad day."""

from __future__ import annotations

import fnmatch
import random
import threading
import time
from collections import deque
from dataclasses import asdict, dataclass, replace
from typing import Any

KINDS = ("reset", "stall", "truncate", "html")
AFTER = "commit-then-"
DEFAULT_STALL_SECONDS = 90.0
DEFAULT_RETRY_AFTER_SECONDS = 1
KEPT_FIRED = 1_000
PLAN_KINDS = (500, 429, "reset", "stall", "truncate", "html", "commit-then-reset", "commit-then-stall")
PLAN_STALL_SECONDS = 2.0


@dataclass
class Fault:
    """`status` is an HTTP status or one of KINDS; `nth`: which matching call from now it waits for.

    `stored`: whether an idempotency key keeps a 5xx; `retry_after`: the header of a 429, in seconds;
    `should_retry`: what Stripe-Should-Retry says of a status, if it is there.
    """

    method: str
    path: str
    status: int | str
    times: int = 1
    nth: int = 1
    after_effect: bool = False
    seconds: float = DEFAULT_STALL_SECONDS
    retry_after: int = DEFAULT_RETRY_AFTER_SECONDS
    stored: bool | None = None
    should_retry: bool | None = None

    def matches(self, method: str, path: str) -> bool:
        return self.times > 0 and self.method in ("*", method) and fnmatch.fnmatchcase(path, self.path)

    @property
    def is_kept(self) -> bool:
        """Stripe keeps the 500 of an endpoint that began; 429 and what a proxy says it does not."""
        return self.stored if self.stored is not None else self.status == 500


@dataclass
class Plan:
    """Faults by chance, but the same in every run: the number of the matching call decides.

    `left` is how many may still come; None is no end.
    """

    seed: int
    rate: float
    kinds: tuple[Fault, ...]
    method: str
    path: str
    left: int | None
    seen: int = 0

    def draw(self, method: str, path: str) -> Fault | None:
        if self.left == 0 or self.method not in ("*", method) or not fnmatch.fnmatchcase(path, self.path):
            return None
        self.seen += 1
        chance = random.Random(f"{self.seed}:{self.seen}")  # noqa: S311 — a repeatable run, not a secret
        if chance.random() >= self.rate:
            return None
        if self.left is not None:
            self.left -= 1
        return chance.choice(self.kinds)

    def shown(self) -> dict[str, Any]:
        kinds = [f"{AFTER}{kind.status}" if kind.after_effect else kind.status for kind in self.kinds]
        return {**asdict(self), "kinds": kinds}


def parse(given: dict[str, Any]) -> Fault:
    """A fault from JSON; raises ValueError with what is wrong."""
    check_names(given, set(Fault.__dataclass_fields__))
    status, after_effect = read_status(given.get("status"), bool(given.get("after_effect", False)))
    fault = Fault(
        method=str(given.get("method", "*")).upper(),
        path=str(given.get("path", "*")),
        status=status,
        times=int(given.get("times", 1)),
        nth=int(given.get("nth", 1)),
        after_effect=after_effect,
        seconds=float(given.get("seconds", DEFAULT_STALL_SECONDS)),
        retry_after=int(given.get("retry_after", DEFAULT_RETRY_AFTER_SECONDS)),
        stored=given.get("stored"),
        should_retry=given.get("should_retry"),
    )
    if fault.times < 1 or fault.nth < 1:
        raise ValueError("times and nth count from 1")
    return fault


def read_status(given: Any, after_effect: bool) -> tuple[int | str, bool]:
    """`commit-then-reset` is a reset after the effect."""
    if isinstance(given, str) and given.startswith(AFTER):
        rest = given.removeprefix(AFTER)
        given, after_effect = int(rest) if rest.isdecimal() else rest, True
    if isinstance(given, bool) or not (given in KINDS or (isinstance(given, int) and 400 <= given <= 599)):
        raise ValueError(f"status must be 400 to 599 or one of {', '.join(KINDS)}, also after {AFTER}")
    return given, after_effect


def parse_plan(given: dict[str, Any]) -> Plan:
    """A plan from JSON; raises ValueError with what is wrong."""
    check_names(given, {"seed", "rate", "kinds", "method", "path", "seconds", "retry_after", "stored", "at_most"})
    rate = float(given["rate"])
    if not 0 <= rate <= 1:
        raise ValueError("rate is a share between 0 and 1")
    shared: dict[str, Any] = {name: given[name] for name in ("retry_after", "stored") if name in given}
    shared["seconds"] = given.get("seconds", PLAN_STALL_SECONDS)
    kinds = tuple(parse({"status": kind, **shared}) for kind in given.get("kinds", PLAN_KINDS))
    if not kinds:
        raise ValueError("kinds must name at least one")
    at_most = given.get("at_most")
    return Plan(
        seed=int(given["seed"]),
        rate=rate,
        kinds=kinds,
        method=str(given.get("method", "*")).upper(),
        path=str(given.get("path", "*")),
        left=None if at_most is None else int(at_most),
    )


def check_names(given: dict[str, Any], known: set[str]) -> None:
    unknown = set(given) - known
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")


class Faults:
    """What was ordered, what chance adds, and what has come of both."""

    def __init__(self) -> None:
        self._ordered: list[Fault] = []
        self._plan: Plan | None = None
        self._fired: deque[dict[str, Any]] = deque(maxlen=KEPT_FIRED)
        self._lock = threading.Lock()

    def order(self, fault: Fault) -> None:
        with self._lock:
            self._ordered.append(fault)

    def follow(self, plan: Plan | None) -> None:
        with self._lock:
            self._plan = plan

    def take(self, method: str, path: str, request_id: str = "") -> Fault | None:
        """The fault for this request, counted as used: one that was ordered, else one by chance."""
        with self._lock:
            fault = self._next_ordered(method, path)
            if fault is None and self._plan is not None:
                fault = self._plan.draw(method, path)
            if fault is not None:
                self._note(fault, method, path, request_id)
            return fault

    def _next_ordered(self, method: str, path: str) -> Fault | None:
        """Every waiting fault counts the call; the first that is due takes it."""
        due = None
        for fault in self._ordered:
            if not fault.matches(method, path):
                continue
            if fault.nth > 1:
                fault.nth -= 1
            elif due is None:
                due = fault
        if due is None:
            return None
        due.times -= 1
        return replace(due)

    def _note(self, fault: Fault, method: str, path: str, request_id: str) -> None:
        self._fired.append(
            {
                "at": round(time.time(), 3),
                "method": method,
                "path": path,
                "status": fault.status,
                "after_effect": fault.after_effect,
                "request": request_id,
            }
        )

    def listing(self) -> dict[str, Any]:
        with self._lock:
            return {
                "faults": [asdict(fault) for fault in self._ordered if fault.times > 0],
                "plan": self._plan.shown() if self._plan else None,
                "fired": list(self._fired),
            }

    def clear(self) -> None:
        with self._lock:
            self._ordered.clear()
            self._fired.clear()
            self._plan = None
