"""The connection to Stripe: the one module that imports `stripe`. All its troubles become `GatewayError`."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from django.conf import settings

from blueheart.metrics.figures import count_stripe_call
from donations.gateway import call_log

if TYPE_CHECKING:
    import stripe

API_VERSION = "2026-10-28.endive"
# A page that starts a gift makes one call, tried twice: it answers within 12 s even when Stripe does not.
TIMEOUT_SECONDS = 4.5
RETRIES = 1
PER_PAGE = 100
SILENCE_SECONDS = 10.0

# At INFO it writes the ids of sessions, which open the page of thanks.
logging.getLogger("stripe").setLevel(logging.WARNING)

Json = dict[str, Any]


class GatewayError(Exception):
    """Stripe could not be asked, or gave no answer to use. Trying again may help.

    `answered`: Stripe refused this very request, and repeats the refusal under the same idempotency key.
    """

    answered = False


class GatewayRefusedError(GatewayError):
    """Stripe answered no."""

    answered = True


class GatewayMissingError(GatewayRefusedError):
    """Stripe knows no such object."""


class GatewayBusyError(GatewayError):
    """Another request with the same idempotency key is still under way."""


class GatewayHeldError(GatewayError):
    """Stripe was not asked: it is silent, and another call waits for it."""


class LiveModeError(GatewayError):
    """Stripe sent an object of live mode, which has no place here."""


class _Silence:
    """While Stripe gives no answer at all one call at a time goes on asking, and the others fail at once.

    Else a few donors who wait for Stripe would hold every thread, and nobody could read a page, the helplines neither.
    """

    def __init__(self) -> None:
        self.until = 0.0
        self.turn = threading.Lock()

    def ask(self, ask: Callable[[], Any]) -> Any:
        """What Stripe answered. Raises `StripeError`, and `GatewayError` where another call waits already."""
        if time.monotonic() >= self.until:
            return self._ask(ask)
        if not self.turn.acquire(blocking=False):
            raise GatewayHeldError("Stripe is silent, and another call waits for it")
        try:
            return self._ask(ask)
        finally:
            self.turn.release()

    def _ask(self, ask: Callable[[], Any]) -> Any:
        begun = time.monotonic()
        call_log.begin()
        try:
            told = ask()
        except _library().APIConnectionError:
            if time.monotonic() - begun >= TIMEOUT_SECONDS:
                self.until = time.monotonic() + SILENCE_SECONDS
            raise
        self.until = 0.0
        return told


_silence = _Silence()
# What became of a call, where Stripe's answer was of no use.
OUTCOMES: dict[type[GatewayError], str] = {
    GatewayBusyError: "busy",
    GatewayMissingError: "refused",
    GatewayRefusedError: "refused",
    GatewayHeldError: "held",
}


class _WithoutRedirects:
    """What `stripe` asks through, each thread by its own: nobody is followed elsewhere, the secret key stays here."""

    def __init__(self) -> None:
        self._kept = threading.local()

    def request(self, method: str, url: str, **named: Any) -> Any:
        def ask() -> Any:
            return self._session().request(method, url, allow_redirects=False, **named)

        return call_log.asked(ask, method=method, url=url)

    def close(self) -> None:
        self._session().close()

    def _session(self) -> Any:
        if not hasattr(self._kept, "session"):
            import requests  # noqa: PLC0415  lazy: only where Stripe is asked, as `stripe` itself has it

            self._kept.session = requests.Session()
        return self._kept.session


def _library() -> Any:
    import stripe  # noqa: PLC0415  lazy: it costs 120 ms of every start, and 8 MB of a process that never asks Stripe

    return stripe


def client() -> stripe.StripeClient:
    return _client_for(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


@lru_cache(maxsize=4)
def _client_for(key: str, base: str) -> stripe.StripeClient:
    if not key:
        raise GatewayError("STRIPE_SECRET_KEY is not set")
    if not key.startswith(("sk_test_", "rk_test_")):
        raise LiveModeError("STRIPE_SECRET_KEY is no test key")
    library = _library()
    made: stripe.StripeClient = library.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses={"api": base} if base else None,
        max_network_retries=RETRIES,
        http_client=library.RequestsClient(timeout=TIMEOUT_SECONDS, session=_WithoutRedirects()),
    )
    return made


def fetch(kind: str, stripe_id: str, **params: Any) -> Json:
    """One of Stripe's objects as it came, such as `fetch("payouts", "po_1", expand=[…])`. Raises `GatewayError`.

    The library would make an object of its own of each part of it, which takes ten times as long as all the rest.
    """
    address = f"/v1/{kind}/{quote_plus(stripe_id)}"
    return look(lambda: client().raw_request("get", address, **params))


def look(ask: Callable[[], Any]) -> Json:
    """What Stripe answered to a question, as plain data. A 500 was no answer: the question may be put again."""
    return _answer(ask, stored=())[0]


def call(ask: Callable[[], Any]) -> Json:
    """What Stripe answered to a wish, as plain data."""
    return call_with_key(ask)[0]


def call_with_key(ask: Callable[[], Any]) -> tuple[Json, bool]:
    """What Stripe answered to a request with an idempotency key, and whether it only repeats an older answer.

    What is repeated says how things stood then: for how they stand now, ask anew.
    """
    return _answer(ask, stored=(500,))


def _answer(ask: Callable[[], Any], *, stored: tuple[int, ...]) -> tuple[Json, bool]:
    """What `_told` says, counted for `/metrics` with the time it took."""
    begun, outcome = time.monotonic(), "failed"
    try:
        answer = _told(ask, stored)
        outcome = "answered"
    except GatewayError as error:
        outcome = OUTCOMES.get(type(error), outcome)
        raise
    finally:
        count_stripe_call(outcome, time.monotonic() - begun)
    return answer


def _told(ask: Callable[[], Any], stored: tuple[int, ...]) -> tuple[Json, bool]:
    """`stored` are the troubles of Stripe's own that it keeps under the key, and repeats for a day."""
    try:
        told = _silence.ask(ask)
    except _library().StripeError as error:
        raise _trouble(error, stored) from error
    response = told if isinstance(told, _library().StripeResponse) else told.last_response
    answer = response.data
    if not isinstance(answer, dict):
        raise GatewayError("Stripe's answer is no object")
    if answer.get("livemode"):
        raise LiveModeError(f"{answer.get('object')} {answer.get('id')} is live")
    return answer, "Idempotent-Replayed" in response.headers


def _trouble(error: stripe.StripeError, stored: tuple[int, ...]) -> GatewayError:
    status = error.http_status
    words = f"{type(error).__name__} {status or ''} {error.code or ''}".strip()
    if status == 409:
        return GatewayBusyError(words)
    if status == 404:
        return GatewayMissingError(words)
    if status is not None and (status in stored or (400 <= status < 500 and status != 429)):
        return GatewayRefusedError(words)
    return GatewayError(words)


def pages(kind: str, **params: Any) -> Iterator[Json]:
    """Every object of one of Stripe's lists, page by page, in its order. Raises `GatewayError`."""
    after: Json = {}
    while True:
        wanted = {"limit": PER_PAGE, **params, **after}
        page = look(lambda wanted=wanted: client().raw_request("get", f"/v1/{kind}", **wanted))  # type: ignore[misc]
        yield from page["data"]
        if not page.get("has_more") or not page["data"]:
            return
        after = {"starting_after": text(page["data"][-1], "id")}


def id_of(value: Any) -> str:
    """An id, whether the object stands in its place or not; empty where there is none."""
    return text(value, "id") if isinstance(value, dict) else value or ""


def text(values: Json, name: str) -> str:
    """The text of that name. Raises `GatewayError` where there is none."""
    value = values.get(name)
    if not isinstance(value, str):
        raise GatewayError(f"Stripe's answer has no {name}")
    return value


def whole(values: Json, name: str) -> int:
    """The whole number of that name. Raises `GatewayError` where there is none."""
    value = values.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise GatewayError(f"Stripe's answer has no whole {name}")
    return value


def moment(values: Json, name: str) -> dt.datetime:
    """The moment of that name, in UTC. Raises `GatewayError` where there is none."""
    return dt.datetime.fromtimestamp(whole(values, name), dt.UTC)


def moment_or_none(values: Json, name: str) -> dt.datetime | None:
    """The moment of that name, in UTC, where there is one."""
    return moment(values, name) if values.get(name) is not None else None
