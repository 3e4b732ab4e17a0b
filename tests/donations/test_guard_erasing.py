"""A donor is forgotten after everything that could still charge them has ended, and not before."""

import pytest

from donations.models import Donor
from donations.services.privacy import ErasureHeldError, erase_subject
from tests.donations.factories import donation


def test_a_pay_page_that_cannot_be_closed_holds_the_erasure(db, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_away"
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    dora = donation("pending").donor

    with pytest.raises(ErasureHeldError):
        erase_subject(dora)

    kept = Donor.objects.get()
    assert (kept.email, kept.erased_at) == ("dora@example.org", None)
