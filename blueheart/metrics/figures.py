"""What is counted. Every figure has a label: without one, prometheus_client opens its file when it is imported."""

from blueheart.metrics.shared import make_ready

from prometheus_client import Counter, Gauge  # isort: skip -- after the folder is named

PAGES = Counter("blueheart_pages", "Requests by what the page cache did with them.", ["state"])
KEPT = Gauge("blueheart_page_cache", "What the page caches hold.", ["what"], multiprocess_mode="livesum")


def count_pages(state: str, number: int) -> None:
    """So many more requests ended in this state: hit, stale, miss or bypass."""
    make_ready()
    PAGES.labels(state).inc(number)


def tell_kept(*, pages: int, size: int) -> None:
    """This process keeps so many pages, in so many bytes."""
    make_ready()
    KEPT.labels("pages").set(pages)
    KEPT.labels("bytes").set(size)
