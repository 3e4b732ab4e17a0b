"""Refusals in the shape Stripe gives them."""

from __future__ import annotations

from typing import Any

DOC_URL = "https://stripe.com/docs/error-codes/"


class StripeError(Exception):
    """An answer other than 200, as Stripe words it.

    `began` says whether an endpoint had started to execute: only then does Stripe
    keep the answer for the request's idempotency key.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        error_type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        began: bool = True,
        **extra: Any,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.error_type = error_type
        self.code = code
        self.param = param
        self.began = began
        self.extra = extra

    def body(self, request_log_url: str | None = None) -> dict[str, Any]:
        error: dict[str, Any] = {"message": self.message, "type": self.error_type, **self.extra}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = DOC_URL + self.code.replace("_", "-")
        if self.param:
            error["param"] = self.param
        if request_log_url:
            error["request_log_url"] = request_log_url
        return {"error": dict(sorted(error.items()))}


def malformed(message: str, param: str | None = None, code: str | None = None) -> StripeError:
    """A refusal of the parameters themselves: nothing has begun, nothing is kept for the key."""
    return StripeError(message, code=code, param=param, began=False)


def missing_object(noun: str, object_id: str, param: str = "id", *, status: int = 404) -> StripeError:
    return StripeError(f"No such {noun}: '{object_id}'", status=status, code="resource_missing", param=param)


def not_imitated(param: str) -> StripeError:
    """Stripe knows this parameter, the sandbox does not: better a refusal than a silent lie."""
    return malformed(
        f"The Stripe sandbox does not imitate the parameter {param}, though Stripe knows it. "
        "Leave it out here, or run against Stripe's own test mode.",
        param,
        "sandbox_not_imitated",
    )
