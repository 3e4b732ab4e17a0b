"""Bodies in the encoding that a browser asks for, compressed once for all who ask for the same."""

import gzip
import re
from functools import lru_cache

import brotli  # type: ignore[import-untyped] # it has no stubs

IDENTITY, GZIP, BROTLI = "identity", "gzip", "br"
PREFERRED = (BROTLI, GZIP, IDENTITY)  # where a browser likes them alike
WORTH_BYTES = 256  # below that the headers of an encoding cost more than it saves
COMPRESSIBLE = re.compile(
    r"text/|application/(json|problem\+json|xml|atom\+xml|openapi\+json|javascript)|image/svg\+xml"
)
# Measured on the home page, 25 KB of HTML: brotli 5 takes 0.9 ms for 5.7 KB, 9 takes 9 ms for 5.65 KB, 11 takes 23 ms
# for 4.9 KB; gzip 6 takes 0.5 ms for 6.2 KB. A page of counts is made anew every other second.
BROTLI_QUALITY, GZIP_LEVEL = 5, 6
BROTLI_WINDOW = 18  # bits: few pages are longer than 256 KB, and the usual 4 MB stay with the process: 4 MB of 160
LONGEST_HEADER = 200


def chosen(accepted: str | None) -> str:
    """The best of our encodings that `Accept-Encoding` allows (RFC 9110, 12.5.3); the body as it is without one."""
    if not accepted:
        return IDENTITY
    return _remembered(accepted) if len(accepted) <= LONGEST_HEADER else _chosen(accepted)


def _chosen(accepted: str) -> str:
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _semicolon, rest = part.partition(";")
        weights[name.strip()] = _weight(rest)
    anything = weights.get("*", 0.0)
    # The body as it is may be sent unless it is refused by name or by a star; it comes last where nobody names it.
    unnamed = {IDENTITY: 0.0001 if "*" not in weights or anything else 0.0}
    by_weight = {name: weights.get(name, unnamed.get(name, anything)) for name in PREFERRED}
    best = max(PREFERRED, key=lambda name: by_weight[name])
    return best if by_weight[best] > 0 else IDENTITY


_remembered = lru_cache(maxsize=512)(_chosen)


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _equals, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(1.0, max(0.0, float(value)))
            except ValueError:
                return 0.0
    return 1.0


def is_worth_it(content_type: str, body: bytes) -> bool:
    return len(body) >= WORTH_BYTES and COMPRESSIBLE.match(content_type) is not None


def encoded(body: bytes, encoding: str) -> bytes:
    """The body in this encoding."""
    if encoding == BROTLI:
        compressed: bytes = brotli.compress(body, quality=BROTLI_QUALITY, mode=brotli.MODE_TEXT, lgwin=BROTLI_WINDOW)
        return compressed
    return gzip.compress(body, GZIP_LEVEL, mtime=0) if encoding == GZIP else body


def decoded(body: bytes, encoding: str) -> bytes:
    """What `encoded` was given."""
    if encoding == BROTLI:
        plain: bytes = brotli.decompress(body)
        return plain
    return gzip.decompress(body) if encoding == GZIP else body
