"""What the form takes for a name."""

import pytest
from django.http import QueryDict

from donations.forms import DonationForm, offered_currencies
from tests.donations.conftest import typed


def filled(**changes) -> DonationForm:
    data = QueryDict(mutable=True)
    data.update(typed(**changes))
    return DonationForm(data, offered=offered_currencies())


@pytest.mark.parametrize(
    "name", ["Prize at http://evil.example/", "evil1.example", "www evil", "ｔ．ｍｅ", "you@evil.example"]
)
def test_mail_of_thanks_cannot_be_made_to_carry_a_link(db, name):
    """Mallory gives to Dora's address with a test card: our mail would bring Dora her link."""
    assert filled(receipt_name=name).errors == {
        "receipt_name": ["Please write the name without a web or mail address. After a full stop, leave a space."]
    }


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (" Dora  Donor ", "Dora Donor"),
        ("J.R.R. Tolkien", "J.R.R. Tolkien"),
        ("Acme S.p.A.", "Acme S.p.A."),
        ("4 Life & Sons Ltd.", "4 Life & Sons Ltd."),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("", ""),
    ],
)
def test_receipt_may_be_for_any_name(db, name, kept):
    form = filled(receipt_name=name)

    assert form.is_valid()
    assert form.wish().receipt_name == kept
