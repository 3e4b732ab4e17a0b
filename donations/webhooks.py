"""Where Stripe knocks: verify, store, answer. All else is the worker's."""

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from donations.models import StripeEvent
from donations.services.inbox import LiveEventError, take_in
from donations.signatures import SignatureError, verify

logger = logging.getLogger(__name__)

LARGEST_BODY = 256 * 1024
LONGEST_LENGTH = 12  # digits


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Store a signed event and answer 200, again at every repetition; 400 for what is not Stripe's or is live.

    Stripe says how long its bodies are; one that does not is not read at all.
    """
    length = request.META.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdigit()):
        return _answer("how long is it?", 411)
    if len(length) > LONGEST_LENGTH or int(length) > LARGEST_BODY:
        return _answer("too large", 413)
    try:
        body = request.body
    except UnreadablePostError:
        return _answer("it broke off", 400)
    try:
        verify(body, request.headers.get("Stripe-Signature", ""), settings.STRIPE_WEBHOOK_SECRETS)
    except SignatureError as error:
        logger.warning("a webhook was refused: %s", error)
        return _answer("bad signature", 400)
    try:
        take_in(body, source=StripeEvent.Source.WEBHOOK)
    except LiveEventError as error:
        logger.error("a webhook was refused: %s", error)
        return _answer("live mode is not accepted here", 400)
    return _answer("stored", 200)


def _answer(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
