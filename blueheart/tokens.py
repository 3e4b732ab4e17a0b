"""Secrets for mailed links: the mail holds the token, the database only its digest. And seals under our own keys."""

import hashlib
import secrets

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

DIGEST_LENGTH = 64


def mint() -> tuple[str, str]:
    """A new token of 256 random bits, fit for an address, and the digest to store in its place."""
    token = secrets.token_urlsafe(32)
    return token, digest(token)


def digest(token: str) -> str:
    """The SHA-256 by which a token is looked up, 64 hexadecimal characters. Tokens are random: no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()


def seal(purpose: str, said: str, *, key: str | None = None) -> str:
    """What only we can say of these words: their HMAC-SHA256 under our key, 64 hexadecimal characters.

    `purpose` keeps the seals of one use apart from those of every other.
    """
    return salted_hmac(purpose, said, secret=key or settings.SECRET_KEY, algorithm="sha256").hexdigest()


def seals(purpose: str, said: str) -> list[str]:
    """The words' seals under the key in use and under those that were in use before, the newest first."""
    return [seal(purpose, said, key=key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def is_sealed(purpose: str, said: str, by: str) -> bool:
    """Whether we sealed these words, under whichever of these keys. A wrong seal takes as long as any other."""
    return any(constant_time_compare(by, each) for each in seals(purpose, said))
