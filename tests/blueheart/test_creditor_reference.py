"""References of transfers: check digits that catch slips, found in whatever a bank makes of the text."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blueheart import creditor_reference as references

LETTERS = string.digits + string.ascii_uppercase
BODIES = st.text(LETTERS, min_size=1, max_size=21)


@pytest.mark.parametrize("reference", ["RF18539007547034", "RF18000000000539007547034", "RF712348231"])
def test_references_known_from_the_standard_are_valid(reference):
    assert references.is_valid(reference)
    assert references.make(reference[4:]) == reference


@pytest.mark.parametrize(
    "odd", ["", "RF", "RF18", "RF19539007547034", "rf18539007547034", "RF18 5390", "XX18539007547034"]
)
def test_what_is_no_reference_is_not_valid(odd):
    assert not references.is_valid(odd)


@pytest.mark.parametrize("body", ["", "-", "A" * 22, "Ж"])
def test_a_body_that_cannot_be_written_is_refused(body):
    with pytest.raises(references.OddReferenceError):
        references.make(body)


@given(BODIES)
def test_a_reference_is_found_however_it_is_typed(body):
    reference = references.make(body)
    typed = f"Gift for the Fund {references.shown(reference).lower()}"

    assert references.is_valid(reference)
    assert references.normalise(references.shown(reference).lower()) == reference
    assert reference in references.found_in(typed)


@given(BODIES, st.data())
def test_one_wrong_digit_or_letter_is_caught(body, data):
    reference = references.make(body)
    at = data.draw(st.integers(2, len(reference) - 1))
    alike = string.digits if reference[at].isdigit() else string.ascii_uppercase
    other = data.draw(st.sampled_from(alike).filter(lambda char: char != reference[at]))

    assert not references.is_valid(reference[:at] + other + reference[at + 1 :])


def test_a_reference_is_found_between_other_words_glued_to_it():
    assert "RF18539007547034" in references.found_in("/ROC/NOTPROVIDED//RF18 5390-0754\n7034THANK YOU RF")
    assert list(references.found_in("a gift, without any")) == []
