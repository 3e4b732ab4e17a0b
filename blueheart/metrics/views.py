"""The page that Prometheus reads."""

from collections.abc import Iterator
from ipaddress import ip_address

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from blueheart.metrics.figures import OF_WORKERS
from blueheart.metrics.of_portal import portal
from blueheart.metrics.shared import forget_the_dead, make_ready

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest  # isort: skip
from prometheus_client.multiprocess import MultiProcessCollector  # isort: skip

OF_DATABASE = {family.name for metric in OF_WORKERS for family in metric.describe()}
FROM_ELSEWHERE = ("X-Forwarded-For", "Forwarded", "X-Real-IP")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures of this server's processes and of the portal, with a database or without.

    For who asks from this machine, or knows METRICS_TOKEN; nobody else finds it.
    """
    if not _may_read(request):
        raise Http404
    registry = CollectorRegistry()
    registry.register(_OfThisServer())
    registry.register(portal)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _OfThisServer:
    """What its processes counted; what a worker among them did is told by the database."""

    def collect(self) -> Iterator[Metric]:
        forget_the_dead()
        counted = MultiProcessCollector(None, path=str(make_ready()))  # type: ignore[no-untyped-call]
        for metric in counted.collect():  # type: ignore[no-untyped-call]
            if metric.name not in OF_DATABASE:
                yield metric


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        told = request.headers.get("Authorization", "")
        if constant_time_compare(told.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
            return True
    if any(name in request.headers for name in FROM_ELSEWHERE):
        return False  # a proxy of ours on this machine asks for somebody else
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
