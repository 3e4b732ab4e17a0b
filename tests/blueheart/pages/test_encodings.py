"""What `Accept-Encoding` asks for, and bodies that come back as they were."""

import pytest

from blueheart.pages.cache import encodings
from blueheart.pages.cache.encodings import chosen


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("GZIP;Q=1.0", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.1, gzip;q=0.9", "gzip"),
        ("br;q=0, gzip;q=0", "identity"),
        ("*", "br"),
        ("*;q=0, gzip", "gzip"),
        ("br;q=0, *", "gzip"),
        ("identity", "identity"),
        ("identity, br;q=0.5", "identity"),
        ("identity;q=0.5, gzip", "gzip"),
        ("identity;q=0", "identity"),
        ("deflate", "identity"),
        ("br;q=nonsense, gzip;q=0.2", "gzip"),
        ("br;q=nan", "identity"),
        (";;,,;q=", "identity"),
        ("gzip" + " " * 500 + ",br;q=0.001", "gzip"),
    ],
)
def test_encoding_is_the_best_that_is_allowed(accepted, encoding):
    assert chosen(accepted) == encoding


@pytest.mark.parametrize("encoding", encodings.PREFERRED)
@pytest.mark.parametrize("body", [b"", b"word " * 1000, bytes(range(256)) * 9])
def test_body_comes_back_as_it_was(encoding, body):
    assert encodings.decoded(encodings.encoded(body, encoding), encoding) == body


@pytest.mark.parametrize(
    ("kind", "worth"),
    [
        ("text/html; charset=utf-8", True),
        ("application/json", True),
        ("application/atom+xml; charset=utf-8", True),
        ("image/svg+xml", True),
        ("text/calendar", True),
        ("image/png", False),
        ("application/pdf", False),
        ("", False),
    ],
)
def test_what_is_compressed_already_stays_as_it_is(kind, worth):
    assert encodings.is_worth_it(kind, b"x" * 1000) is worth
    assert not encodings.is_worth_it(kind, b"x" * 20)
