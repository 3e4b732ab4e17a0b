"""Secrets for mailed links: the mail holds the token, the database only its digest."""

import hashlib
import secrets

DIGEST_LENGTH = 64


def mint() -> tuple[str, str]:
    """A new token of 256 random bits, fit for an address, and the digest to store in its place."""
    token = secrets.token_urlsafe(32)
    return token, digest(token)


def digest(token: str) -> str:
    """The SHA-256 by which a token is looked up, 64 hexadecimal characters. Tokens are random: no salt is needed."""
    return hashlib.sha256(token.encode()).hexdigest()
