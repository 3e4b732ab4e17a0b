"""Stripe's webhook signature, scheme v1: HMAC-SHA256 of the time and the raw body.

https://docs.stripe.com/webhooks#verify-manually. We check it ourselves: the library's verifier accepts a time in the
future and fails with other errors than its own on signed but odd bodies.
"""

import hashlib
import hmac
import time
from collections.abc import Sequence

WINDOW_SECONDS = 300
LONGEST_HEADER = 4096


class SignatureError(ValueError):
    """The body is not from Stripe, or is too old or too early to be taken for it."""


def verify(body: bytes, header: str, secrets: Sequence[str], *, now: float | None = None) -> None:
    """Raise `SignatureError` unless one of the `secrets` signed the body within 300 s of now, before or after.

    Several secrets let one roll over to the next.
    """
    if len(header) > LONGEST_HEADER:
        raise SignatureError("the header is too long")
    pairs = [part.strip().partition("=")[::2] for part in header.split(",")]
    signed_at = _time(next((value for name, value in pairs if name == "t"), ""))
    if abs((time.time() if now is None else now) - signed_at) > WINDOW_SECONDS:
        raise SignatureError("the time is out of the window")
    given = [value for name, value in pairs if name == "v1"]
    for secret in secrets:
        expected = sign(body, secret, signed_at).encode()
        if any(hmac.compare_digest(expected, value.encode("utf-8", "replace")) for value in given):
            return
    raise SignatureError("no signature fits")


def sign(body: bytes, secret: str, moment: int) -> str:
    """The v1 signature of a body sent at `moment`, seconds since 1970."""
    return hmac.new(secret.encode(), str(moment).encode() + b"." + body, hashlib.sha256).hexdigest()


def _time(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise SignatureError("there is no time")
    return int(text)
