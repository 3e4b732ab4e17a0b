"""The nightly comparison of the books with Stripe's list, and the reconciliation of a payout, asked line by line.

Stripe is the sandbox, a process of its own, asked over HTTP. The acts are those of `ACTS`;
`benchmarks.recounting_books` starts this as a process of its own.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from donations import reactions  # noqa: E402
from donations.models import Payout, ReconciliationFinding  # noqa: E402
from donations.services.reconciliation import DAY, reconcile  # noqa: E402
from tests.donations.conftest import Sandbox  # noqa: E402
from tests.donations.stripes_list import book_all, pay_at_once  # noqa: E402

WAIT = 3 * 86_400  # until a charge is available for a payout


class Stripe:
    """The sandbox that stands in for it, once it runs."""

    sandbox: Sandbox


def pay(count: int) -> int:
    """So many payments of the last days in five currencies, at Stripe and in the books."""
    booked = book_all(pay_at_once(Stripe.sandbox, count))
    return len(booked)


def tamper() -> list[str]:
    """One movement more at Stripe, one that is another now, and one that is gone: what has to be found."""
    first, second = Stripe.sandbox.api("balance_transactions?limit=2")["data"]
    changed = {"fee": first["fee"] + 1, "net": first["net"] - 1}
    Stripe.sandbox.control("tamper", {"alter": first["id"], "fields": changed})
    Stripe.sandbox.control("tamper", {"delete": second["id"]})
    extra = Stripe.sandbox.control("tamper", {"add": {"currencies": ["eur"], "days": 0}})["id"]
    return sorted([first["id"], second["id"], extra])


def compare() -> dict[str, Any]:
    """The comparison as the nightly job makes it; its seconds and CPU, how much was compared, and what was found."""
    began, cpu = time.perf_counter(), time.thread_time()
    run = reconcile(since=timezone.now() - 30 * DAY, until=timezone.now() + DAY)
    took = {"seconds": time.perf_counter() - began, "cpu": time.thread_time() - cpu}
    found = sorted(ReconciliationFinding.objects.filter(run=run).values_list("stripe_id", flat=True))
    return took | {"compared": run.compared, "found": found, "failure": run.failure}


def pay_out() -> dict[str, Any]:
    """Have all that is available paid out, and reconcile that payout: seconds, CPU and lines."""
    Stripe.sandbox.settle(WAIT)
    paid_out = Stripe.sandbox.control("payouts", {"pay_out": True, "arrive": True})["payout"]
    Stripe.sandbox.settle(WAIT)
    began, cpu = time.perf_counter(), time.thread_time()
    book = reactions.payout_changed(paid_out["id"])
    with transaction.atomic():
        outcome = book()
    took = {"seconds": time.perf_counter() - began, "cpu": time.thread_time() - cpu}
    payout = Payout.objects.get(stripe_payout_id=paid_out["id"])
    is_done = outcome == reactions.DONE and payout.reconciled_at is not None
    return took | {"lines": payout.lines.count(), "reconciled": is_done, "why": outcome.reason}


def backend() -> int:
    """The process of PostgreSQL that serves us."""
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


ACTS: dict[str, Callable[..., Any]] = {
    "backend": backend,
    "compare": compare,
    "pay": pay,
    "pay_out": pay_out,
    "tamper": tamper,
}


def answer() -> None:
    """Answer wishes, a line each, until the input ends."""
    said = sys.stdout
    sys.stdout = sys.stderr  # nothing else may speak there
    Stripe.sandbox = Sandbox("http://127.0.0.1:9/stripe/webhook/")
    Stripe.sandbox.begin_anew()
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = "sk_test_benchmarks", Stripe.sandbox.base
    try:
        for line in sys.stdin:
            wish = json.loads(line)
            said.write(json.dumps(ACTS[wish.pop("act")](**wish)) + "\n")
            said.flush()
    finally:
        Stripe.sandbox.stop()


if __name__ == "__main__":
    answer()
