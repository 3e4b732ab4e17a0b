"""Secrets of mailed links."""

import re

from blueheart.tokens import DIGEST_LENGTH, digest, mint


def test_token_fits_an_address_and_only_its_digest_is_stored():
    token, stored = mint()

    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert stored == digest(token) != token
    assert len(stored) == DIGEST_LENGTH


def test_no_two_tokens_are_alike():
    assert len({mint() for _n in range(1000)}) == 1000


def test_any_text_that_mallory_types_has_a_digest():
    assert {len(digest(text)) for text in ("", "ж", "x" * 10_000, "\x00")} == {DIGEST_LENGTH}
