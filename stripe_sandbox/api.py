"""Stripe's HTTP API: who asks, for what, under which key, and what is answered."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import time
from typing import Any

from stripe_sandbox import API_VERSION, endpoints, expand, parameters
from stripe_sandbox.endpoints import Endpoint
from stripe_sandbox.errors import StripeError
from stripe_sandbox.faults import Fault
from stripe_sandbox.idempotency import Kept, fingerprint
from stripe_sandbox.messages import Request, Response
from stripe_sandbox.sandbox import Sandbox
from stripe_sandbox.schedule import run_due

HTML_FAULT = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def answer(sandbox: Sandbox, request: Request) -> Response:
    """Answer a request under /v1/, with the fault that was ordered for it, and log both."""
    request_id = "req_" + secrets.token_hex(7)
    fault = sandbox.faults.take(request.method, request.path, request_id)
    decoded: dict[str, Any] = {}
    try:
        check_key(request)
        check_version(request)
        decoded = parameters.decode(request.query if request.method in ("GET", "DELETE") else text_of(request))
        if request.method == "DELETE":
            decoded |= parameters.decode(text_of(request))
        if not request.header("Stripe-Version"):
            read_as_older(decoded)
        response = run(sandbox, request, decoded, request_id, fault)
    except StripeError as error:
        response = refusal(sandbox, error, request_id)
    finish(response, request, request_id)
    log(sandbox, request, decoded, response, request_id)
    return response


def text_of(request: Request) -> str:
    return request.body.decode("utf-8", "replace")


def check_key(request: Request) -> None:
    key = secret_key(request.header("Authorization"))
    if not key:
        raise unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using "
            "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
    shown = f"{key[:8]}{'*' * max(0, len(key) - 12)}{key[-4:]}"
    if key.startswith("pk_"):
        raise unauthorized(
            "This API call cannot be made with a publishable API key. Please use a secret API key.",
            "secret_key_required",
        )
    if key.startswith(("sk_live_", "rk_live_")):
        raise unauthorized(f"Invalid API Key provided: {shown}. The sandbox takes test keys only, never a live one.")
    if not key.startswith(("sk_test_", "rk_test_")) or len(key) < 12:
        raise unauthorized(f"Invalid API Key provided: {shown}")
    if request.header("Stripe-Account"):
        raise StripeError(
            "The Stripe sandbox plays one account: leave out the Stripe-Account header.", status=403, began=False
        )


def secret_key(authorization: str) -> str:
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest, validate=True).decode("ascii").partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def unauthorized(message: str, code: str | None = None) -> StripeError:
    return StripeError(message, status=401, code=code, began=False)


def check_version(request: Request) -> None:
    asked = request.header("Stripe-Version")
    if asked and asked != API_VERSION:
        raise StripeError(f"Invalid Stripe API version: {asked}. The sandbox imitates {API_VERSION} only.", began=False)


def read_as_older(decoded: dict[str, Any]) -> None:
    """Who names no version gets the account's, which is older: there `payment_method_types` still exists.

    Stripe's CLI is such a caller; the stripe package always names its version.
    """
    if "payment_method_types" in decoded:
        decoded["allowed_payment_method_types"] = decoded.pop("payment_method_types")


def run(sandbox: Sandbox, request: Request, decoded: dict[str, Any], request_id: str, fault: Fault | None) -> Response:
    found = endpoints.find(request.method, request.path)
    if found is None:
        raise StripeError(
            f"Unrecognized request URL ({request.method}: {request.path}). Please see https://stripe.com/docs or we "
            "can help at https://support.stripe.com/.", status=404, began=False,
        )  # fmt: skip
    endpoint, path_ids = found
    key = request.header("Idempotency-Key") or None if request.method == "POST" else None
    with sandbox.keys.hold(key):
        early = before_effect(fault)
        if early is not None:
            return early
        params = parameters.check(endpoint.table, decoded)
        run_due(sandbox.account)
        act = Act(sandbox, endpoint, path_ids, params, request.path, key, fingerprint(decoded), request_id)
        return after_effect(fault, act.execute(fault))


def before_effect(fault: Fault | None) -> Response | None:
    """What a fault does before the endpoint begins; a plain status is made in its place (see Act)."""
    if fault is None or fault.after_effect:
        return None
    if fault.status == "stall":
        time.sleep(fault.seconds)
        return None
    if fault.status == "reset":
        return Response(200, breaks="reset")
    if fault.status == "truncate":
        return Response(200, b'{\n  "id": "cs_test_cut_short_before_anything_began"\n}', breaks="truncate")
    return Response(502, HTML_FAULT, "text/html") if fault.status == "html" else None


def after_effect(fault: Fault | None, response: Response) -> Response:
    """What a fault makes of an answer whose effect has been written."""
    if fault is None or not fault.after_effect:
        return response
    if fault.status == "stall":
        time.sleep(fault.seconds)
    elif fault.status in ("reset", "truncate"):
        response.breaks = str(fault.status)
    elif fault.status == "html":
        return Response(502, HTML_FAULT, "text/html")
    return response


class Act:
    """One run of an endpoint: its effect and the answer kept for its key share a transaction."""

    def __init__(
        self, sandbox: Sandbox, endpoint: Endpoint, path_ids: tuple[Any, ...], params: dict[str, Any], path: str,
        key: str | None, print_of_request: str, request_id: str,
    ) -> None:  # fmt: skip
        self.sandbox = sandbox
        self.account = sandbox.account
        self.endpoint = endpoint
        self.path_ids = path_ids
        self.params = params
        self.path = path
        self.key = key
        self.fingerprint = print_of_request
        self.request_id = request_id

    def execute(self, fault: Fault | None) -> Response:
        try:
            with self.account.store.transaction():
                return self.perform(fault)
        except StripeError as error:
            if error.began:
                with self.account.store.transaction():
                    self.keep(error.status, body_of(error, self.sandbox, self.request_id))
            raise

    def perform(self, fault: Fault | None) -> Response:
        kept = self.sandbox.keys.kept(self.key, self.path, self.fingerprint) if self.key else None
        if kept is not None:
            return replay(kept)
        ordered = fault if fault is not None and isinstance(fault.status, int) else None
        if ordered is not None and not ordered.after_effect:
            return self.fail(ordered)
        self.account.request = {"id": self.request_id, "idempotency_key": self.key}
        status, body = self.outcome()
        if ordered is not None:
            if not ordered.is_kept:
                self.keep(status, body)
            return self.fail(ordered)
        self.keep(status, body)
        return Response(status, body.encode())

    def outcome(self) -> tuple[int, str]:
        """The endpoint's answer. A declined card is an answer too: what it left behind stays."""
        given = {name: value for name, value in self.params.items() if name != "expand"}
        try:
            result = self.endpoint.act(self.account, given, *self.path_ids)
        except StripeError as error:
            if error.status != 402:
                raise
            return error.status, body_of(error, self.sandbox, self.request_id)
        return 200, json.dumps(expand.answer(self.account, result, self.params.get("expand", [])))

    def fail(self, fault: Fault) -> Response:
        body = json.dumps(fault_error(int(fault.status)).body())
        if fault.is_kept:
            self.keep(int(fault.status), body)
        headers = {"Retry-After": str(fault.retry_after)} if fault.status == 429 else {}
        if fault.should_retry is not None:
            headers["Stripe-Should-Retry"] = str(fault.should_retry).lower()
        return Response(int(fault.status), body.encode(), headers=headers)

    def keep(self, status: int, body: str) -> None:
        if self.key:
            self.sandbox.keys.keep(self.key, self.path, self.fingerprint, Kept(status, body, self.request_id))


def replay(kept: Kept) -> Response:
    return Response(
        kept.status, kept.body.encode(), headers={"Idempotent-Replayed": "true", "Original-Request": kept.request_id}
    )


def fault_error(status: int) -> StripeError:
    if status == 429:
        return StripeError(
            "Request rate limit exceeded. Learn more about rate limits at https://stripe.com/docs/rate-limits.",
            status=429, code="rate_limit",
        )  # fmt: skip
    return StripeError(
        "An unknown error occurred (this fault was ordered from the sandbox).", status=status, error_type="api_error"
    )


def body_of(error: StripeError, sandbox: Sandbox, request_id: str) -> str:
    return json.dumps(error.body(f"{sandbox.account.origin}/_control/requests?id={request_id}"))


def refusal(sandbox: Sandbox, error: StripeError, request_id: str) -> Response:
    response = Response(error.status, body_of(error, sandbox, request_id).encode())
    if error.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="Stripe"'
    return response


def finish(response: Response, request: Request, request_id: str) -> None:
    response.headers.update({"Request-Id": request_id, "Stripe-Version": API_VERSION})
    if request.header("Idempotency-Key"):
        response.headers["Idempotency-Key"] = request.header("Idempotency-Key")
    if response.status == 429:
        response.headers["Stripe-Rate-Limited-Reason"] = "global-rate"


def log(sandbox: Sandbox, request: Request, decoded: dict[str, Any], response: Response, request_id: str) -> None:
    is_json = response.content_type == "application/json" and response.body and not response.breaks
    sandbox.requests.add(
        id=request_id,
        at=int(time.time()),
        method=request.method,
        path=request.path,
        params=decoded,
        status=response.status,
        broken=response.breaks,
        idempotency_key=request.header("Idempotency-Key") or None,
        replayed="Idempotent-Replayed" in response.headers,
        stripe_version=request.header("Stripe-Version") or None,
        answer=response.body if is_json else None,
    )
