"""The page that Prometheus reads."""

from ipaddress import ip_address

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from blueheart.metrics.shared import forget_the_dead, make_ready

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest  # isort: skip
from prometheus_client.multiprocess import MultiProcessCollector  # isort: skip

FROM_ELSEWHERE = ("X-Forwarded-For", "Forwarded", "X-Real-IP")


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """The figures of all processes: for who asks from this machine, or knows METRICS_TOKEN; nobody else finds it."""
    if not _may_read(request):
        raise Http404
    forget_the_dead()
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(make_ready()))  # type: ignore[no-untyped-call]
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


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
