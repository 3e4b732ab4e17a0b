"""The worker's lane of Stripe's events on one database, asked line by line; Stripe answers at the gateway's HTTP edge.

Only the sending of requests is replaced: what the gateway asks for, and how it reads the answers, is as ever. The clock
of Stripe's answers runs apart. The acts are those of `ACTS`; `benchmarks.booking` starts this as a process of its own.
"""

import itertools
import json
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import django
import stripe

django.setup()

from django.db import connection  # noqa: E402

from benchmarks.stage import PROJECT  # noqa: E402
from donations.books import findings  # noqa: E402
from donations.gateway import API_VERSION  # noqa: E402
from donations.models import Donation, Donor, LedgerTransaction, ReceiptOrder, StripeEvent  # noqa: E402
from office.jobs import lanes  # noqa: E402
from office.worker import Lane, work_once  # noqa: E402

SESSION = (PROJECT / "benchmarks" / "stripe" / "session.json").read_text()
TOLD = json.loads(SESSION)
PAYMENT = TOLD["payment_intent"]
IDS = {
    "cs_bench": TOLD["id"],
    "pi_bench": PAYMENT["id"],
    "ch_bench": PAYMENT["latest_charge"]["id"],
    "txn_bench": PAYMENT["latest_charge"]["balance_transaction"]["id"],
}
SESSIONS = "/v1/checkout/sessions/"
RUN = uuid.uuid4().hex[:8]

_numbers = itertools.count(1)


class Edge(stripe.HTTPClient):
    """Stripe, as far as a paid pay page goes: answers at once, and says how long that took."""

    name = "edge"
    seconds = 0.0
    cpu = 0.0
    calls = 0

    def __init__(self, **how: Any) -> None:
        super().__init__()

    def request(self, method: str, url: str, *rest: Any, **more: Any) -> tuple[str, int, dict[str, str]]:
        began, cpu = time.perf_counter(), time.thread_time()
        path = urlsplit(url).path
        number = path.removeprefix(f"{SESSIONS}cs_bench_")
        text = SESSION
        for name, told in IDS.items():
            text = text.replace(told, f"{name}_{number}")
        Edge.seconds += time.perf_counter() - began
        Edge.cpu += time.thread_time() - cpu
        Edge.calls += 1
        return text, 200, {"Request-Id": f"req_{number}"}

    def close(self) -> None:
        """Nothing was opened."""


def prepare(count: int) -> dict[str, int]:
    """Gifts that wait on their pay pages, and the events that tell of their payment; returns the first ids of both."""
    donor = Donor.objects.order_by("pk").first()
    numbers = [f"{RUN}{next(_numbers)}" for _gift in range(count)]
    gifts = Donation.objects.bulk_create(
        [
            Donation(
                donor=donor,
                amount_minor=TOLD["amount_total"],
                currency=TOLD["currency"].upper(),
                interval="once",
                status=Donation.Status.PENDING,
                language="en",
                form_token=uuid.uuid4(),
                form_digest="0" * 64,
                stripe_checkout_session_id=f"cs_bench_{number}",
                checkout_url="http://127.0.0.1/pay",
            )
            for number in numbers
        ]
    )
    events = StripeEvent.objects.bulk_create(
        [
            StripeEvent(
                stripe_event_id=f"evt_bench_{number}",
                type="checkout.session.completed",
                api_version=API_VERSION,
                stripe_object_id=f"cs_bench_{number}",
                payload=json.dumps({"id": f"evt_bench_{number}"}),
                source=StripeEvent.Source.WEBHOOK,
            )
            for number in numbers
        ]
    )
    return {"donation": int(gifts[0].pk), "event": int(events[0].pk)}


def book() -> dict[str, float]:
    """Process what is due as `manage.py work` does; how long that took, and of it Stripe, and what is booked now."""
    [lane] = [lane for lane in lanes() if lane.name == "events"]
    [job] = [job for job in lane.jobs if job.name == "stripe-events"]
    booked, stripes, stripes_cpu, calls = LedgerTransaction.objects.count(), Edge.seconds, Edge.cpu, Edge.calls
    began, cpu = time.perf_counter(), time.thread_time()
    work_once([Lane("events", [job])])
    return {
        "seconds": time.perf_counter() - began,
        "cpu": time.thread_time() - cpu,
        "stripe": Edge.seconds - stripes,
        "stripe_cpu": Edge.cpu - stripes_cpu,
        "calls": Edge.calls - calls,
        "booked": LedgerTransaction.objects.count() - booked,
        "left": StripeEvent.objects.exclude(next_attempt_at=None).count(),
    }


def check() -> list[str]:
    """What is wrong with the books, once the raw client's gifts have their receipts ordered, too."""
    forgotten = Donation.objects.filter(stripe_payment_intent_id__startswith="pi_raw", receipt_orders=None)
    ReceiptOrder.objects.bulk_create(ReceiptOrder(donation=gift, cause=f"donation:{gift.pk}") for gift in forgotten)
    return [str(finding) for finding in findings()]


def backend() -> int:
    """The process of PostgreSQL that serves us."""
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


ACTS: dict[str, Callable[..., Any]] = {"prepare": prepare, "book": book, "check": check, "backend": backend}


def answer() -> None:
    """Answer wishes, a line each, until the input ends."""
    said = sys.stdout
    sys.stdout = sys.stderr  # nothing else may speak there
    stripe.RequestsClient = Edge  # type: ignore[misc, assignment]
    for line in sys.stdin:
        wish = json.loads(line)
        said.write(json.dumps(ACTS[wish.pop("act")](**wish)) + "\n")
        said.flush()


if __name__ == "__main__":
    answer()
