"""What processes count. Every figure has a label: without one, prometheus_client opens its file when it is imported.

Figures of web servers are added up by each of them; those of workers, whose names begin with `blueheart_worker_`, go to
the database (`blueheart.metrics.of_workers`), for a worker listens nowhere.
"""

import contextlib
import functools

from blueheart.metrics.shared import make_ready

from prometheus_client import Counter, Gauge, Histogram  # isort: skip -- after the folder is named

QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
FAR_AWAY = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # Stripe is given 4.5 seconds, twice

PAGES = Counter("blueheart_pages", "Requests by what the page cache did with them.", ["state"])
KEPT = Gauge("blueheart_page_cache", "What the page caches hold.", ["what"], multiprocess_mode="livesum")
MADE = Counter("blueheart_pages_made", "Pages that page caches had made, by the database that was read.", ["server"])
REQUESTS = Histogram(
    "blueheart_request_seconds",
    "How long Django took for what no page cache answered, by what was asked for, how, and the class of the answer.",
    ["kind", "method", "status"],
    buckets=QUICK,
)
STRIPE = Histogram(
    "blueheart_stripe_call_seconds",
    "How long Stripe took for calls of web servers, and what became of them.",
    ["outcome"],
    buckets=FAR_AWAY,
)
WORKERS_STRIPE = Histogram(
    "blueheart_worker_stripe_call_seconds",
    "How long Stripe took for calls of workers, and what became of them.",
    ["outcome"],
    buckets=FAR_AWAY,
)
EVENTS = Counter("blueheart_worker_events", "Tries to book an event of Stripe's, by how they ended.", ["outcome"])
MAILS = Counter("blueheart_worker_mails", "Tries to send a mail, by how they ended.", ["outcome"])

OF_WORKERS = (WORKERS_STRIPE, EVENTS, MAILS)

_in_worker = False


def count_for_workers() -> None:
    """This process is a worker: what web servers count, too, counts for workers from now on."""
    global _in_worker
    _in_worker = True


def count_pages(state: str, number: int) -> None:
    """So many more requests ended in this state: hit, stale, miss or bypass."""
    make_ready()
    PAGES.labels(state).inc(number)


def count_page_made(server: str) -> None:
    """A page was made from the `primary` or from a `replica`."""
    make_ready()
    MADE.labels(server).inc()


def tell_kept(*, pages: int, size: int) -> None:
    """This process keeps so many pages, in so many bytes."""
    make_ready()
    KEPT.labels("pages").set(pages)
    KEPT.labels("bytes").set(size)


def count_request(kind: str, method: str, status: str, seconds: float) -> None:
    """Django answered one request."""
    with contextlib.suppress(OSError):  # a full disk stops no page
        _requests(kind, method, status).observe(seconds)


@functools.cache
def _requests(kind: str, method: str, status: str) -> Histogram:
    """One of some fifty, found at once."""
    make_ready()
    return REQUESTS.labels(kind, method, status)


def count_stripe_call(outcome: str, seconds: float) -> None:
    """Stripe `answered`, `refused`, was `busy` with the same call or `failed`; `held`: it was not even asked."""
    with contextlib.suppress(OSError):  # nor a gift
        make_ready()
        (WORKERS_STRIPE if _in_worker else STRIPE).labels(outcome).observe(seconds)


def count_event(outcome: str) -> None:
    """A worker was at an event: it is `processed`, `ignored`, put off (`later`) or `shelved`."""
    with contextlib.suppress(OSError):
        make_ready()
        EVENTS.labels(outcome).inc()


def count_mail(outcome: str) -> None:
    """A worker was at a mail: it is `sent`, `dropped`, `returned`, put off (`later`) or `shelved`."""
    with contextlib.suppress(OSError):
        make_ready()
        MAILS.labels(outcome).inc()
