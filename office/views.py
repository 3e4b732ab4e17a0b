"""Addresses that machines and browsers ask for by themselves: health, reports, robots."""

import datetime as dt
import json
import logging
import re
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from blueheart.languages import LANGUAGES
from blueheart.limits.addresses import client_address, subnet
from blueheart.limits.counting import spend
from blueheart.pages import public_page
from office.health import readiness

logger = logging.getLogger(__name__)

REPORT_BYTES = 16 * 1024
REPORTS_PER_MINUTE = 20
REPORT_FIELDS = ("effective-directive", "violated-directive", "effectiveDirective", "blocked-uri", "blockedURL")
SECURITY_TXT_DAYS = 180


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is up; nothing else is looked at."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 with the state of queues and worker, 503 where the database does not answer or lacks a migration."""
    try:
        report = readiness()
    except (DatabaseError, ImproperlyConfigured) as error:  # the latter: the embedded server does not start
        logger.warning("not ready: %s", " ".join(str(error).split()))
        return JsonResponse({"ready": False, "database": "does not answer"}, status=503)
    return JsonResponse(report, status=200 if report["ready"] else 503)


@csrf_exempt
@require_POST
def csp_report(request: HttpRequest) -> HttpResponse:
    """Log, in one line, what a browser refused to load on a page of ours.

    Neither the page's address nor a query is logged: an address may hold a token.
    """
    body = request.read(REPORT_BYTES + 1)
    if len(body) > REPORT_BYTES:
        return HttpResponse(status=413)
    if spend("csp-report", subnet(client_address(request)), limit=REPORTS_PER_MINUTE, seconds=60):
        for report in _reports(body):
            logger.warning("a page was refused something by its policy: %s", _one_line(report))
    return HttpResponse(status=204)


def _reports(body: bytes) -> list[dict[str, Any]]:
    """The first reports in either shape that browsers send; none where the body is something else."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return []
    reports = parsed if isinstance(parsed, list) else [parsed]
    found = [report.get("csp-report") or report.get("body") for report in reports[:3] if isinstance(report, dict)]
    return [report for report in found if isinstance(report, dict)]


def _one_line(report: dict[str, Any]) -> str:
    words = (f"{name}={_plain(report[name])}" for name in REPORT_FIELDS if isinstance(report.get(name), str))
    return " ".join(words) or "nothing that we know"


def _plain(text: str) -> str:
    """At most 80 plain characters; of an address only scheme and host."""
    try:
        address = urlsplit(text)
    except ValueError:
        address = urlsplit("")
    if address.scheme and address.netloc:
        text = f"{address.scheme}://{address.hostname}"
    return re.sub(r"[^\x21-\x7e]", "?", text)[:80]


@public_page(numbers=False)
def robots_txt(request: HttpRequest) -> HttpResponse:
    """What search engines need not visit. The office's path is not named: that would be telling."""
    response = render(request, "office/robots.txt", content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@public_page(numbers=False)
def security_txt(request: HttpRequest) -> HttpResponse:
    """Whom to tell about a hole (RFC 9116)."""
    expires = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) + dt.timedelta(days=SECURITY_TXT_DAYS)
    context = {
        "contact": parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
        "expires": expires.isoformat().replace("+00:00", "Z"),
        "languages": ", ".join(code for code, _name in LANGUAGES),
    }
    response = render(request, "office/security.txt", context, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response
