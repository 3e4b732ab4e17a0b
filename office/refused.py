"""What somebody met a closed door at is written into the log, so that whoever tries many doors is seen."""

import logging

from django.http import HttpRequest, HttpResponse
from django.views.defaults import permission_denied

logger = logging.getLogger(__name__)


def page(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403 and log which account was refused what, by its number and the address' pattern: never a name."""
    user = getattr(request, "user", None)
    match = request.resolver_match
    account = user.pk if user is not None and user.is_authenticated else "-"
    logger.warning("account %s was refused: %s %s", account, request.method, match.route if match else "-")
    return permission_denied(request, exception)
