"""A line for each request to Stripe, by which their log and ours can be laid side by side."""

import logging
import re
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

logger = logging.getLogger(__name__)

WORD = re.compile(r"[a-z]+(?:_[a-z]+)*", re.ASCII)  # ids have figures and capitals in them
THEIR_NAME = re.compile(r"req_\w{1,40}", re.ASCII)
BUSY = 429


class _Call(threading.local):
    attempts = 0


_call = _Call()


def begin() -> None:
    """What this thread asks from here on are the attempts of one call."""
    _call.attempts = 0


def asked(ask: Callable[[], Any], *, method: str, url: str) -> Any:
    """What was answered. Both are told: how it was asked for, by the kind of object alone, and how that went."""
    _call.attempts += 1
    about: dict[str, Any] = {"method": method.upper(), "kind": kind_of(url), "attempt": _call.attempts}
    begun = time.perf_counter()
    try:
        answer = ask()
    except Exception as error:
        seconds = round(time.perf_counter() - begun, 3)
        logger.warning("Stripe gave no answer", extra={"fields": about | _how(type(error).__name__, seconds)})
        raise
    seconds = round(time.perf_counter() - begun, 3)
    about |= _how(answer.status_code, seconds) | {"stripe_request": _their_name(answer.headers)}
    is_trouble = answer.status_code >= 500 or answer.status_code == BUSY
    logger.log(logging.WARNING if is_trouble else logging.INFO, "Stripe answered", extra={"fields": about})
    return answer


def kind_of(url: str) -> str:
    """What an address of Stripe's is about, without ids: `checkout/sessions`, `subscriptions/…/cancel`."""
    parts = urlsplit(url).path.strip("/").split("/")[1:]  # the first is the API's version
    return "/".join(part if WORD.fullmatch(part) else "…" for part in parts)


def _how(status: int | str, seconds: float) -> dict[str, Any]:
    return {"status": status, "seconds": seconds}


def _their_name(headers: Any) -> str:
    told = str(headers.get("Request-Id", ""))
    return told if THEIR_NAME.fullmatch(told) else "-"
