"""A slip in a mail domain is offered to be mended; the distance behind it is one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pledges.typos import KNOWN, distance, suggestion

words = st.text("abcde.", max_size=8)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("sam@gmial.com", "sam@gmail.com"),
        ("sam@gmail.con", "sam@gmail.com"),
        ("sam@gnail.con", "sam@gmail.com"),
        ("Sam.Jones+heart@GMAI.COM", "Sam.Jones+heart@gmail.com"),
        ("ｓａｍ＠ｇｍｉａｌ．ｃｏｍ", "sam@gmail.com"),
        ("sam@protonmial.com", "sam@protonmail.com"),
        ("sam@hotmal.com", "sam@hotmail.com"),
        ("sam@yahho.fr", "sam@yahoo.fr"),
    ],
)
def test_slip_in_a_known_domain_is_noticed(typed, meant):
    assert suggestion(typed) == meant


@pytest.mark.parametrize(
    "right",
    ["sam@example.org", "sam@small.com", "sam@yahoo.nl", "sam@mail.com", "sam@live.de", "sam@home", "sam", "@", ""],
)
def test_other_domains_are_left_alone(right):
    assert suggestion(right) == ""


@pytest.mark.parametrize("domain", sorted(KNOWN))
def test_nobody_is_asked_about_a_known_domain(domain):
    assert suggestion(f"sam@{domain}") == ""


@given(st.text(max_size=30))
def test_what_was_offered_is_not_asked_about_again(typed):
    offered = suggestion(f"sam@{typed}")

    assert offered == "" or (offered.rpartition("@")[2] in KNOWN and suggestion(offered) == "")


@given(words, words)
def test_distance_is_the_same_both_ways_and_nothing_only_between_equals(one, other):
    assert distance(one, other) == distance(other, one)
    assert (distance(one, other) == 0) is (one == other)
    assert abs(len(one) - len(other)) <= distance(one, other) <= max(len(one), len(other))


@given(words, st.data())
def test_one_slip_is_one_slip(word, data):
    at = data.draw(st.integers(0, len(word)))
    letter = data.draw(st.sampled_from("xyz"))

    assert distance(word, word[:at] + letter + word[at:]) == 1
    if at < len(word):
        assert distance(word, word[:at] + word[at + 1 :]) == 1
        assert distance(word, word[:at] + letter + word[at + 1 :]) == 1
    if at + 1 < len(word) and word[at] != word[at + 1]:
        assert distance(word, word[:at] + word[at + 1] + word[at] + word[at + 2 :]) == 1
