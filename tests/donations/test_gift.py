"""Dora gives: from the form to the books, against the sandbox."""

from donations.models import LedgerTotal
from tests.donations.conftest import books


def test_a_gift_is_booked_and_thanked_for_when_dora_lands(client, db, sandbox, dora_gives):
    donation = dora_gives()
    sandbox.pay(donation)

    page = client.get(f"/en/donate/thanks/?session={donation.stripe_checkout_session_id}")

    assert 'data-status="confirmed"' in page.content.decode()
    donation.refresh_from_db()
    assert donation.status == "succeeded"
    assert books() == [
        ("DONATION_INCOME", "USD", -2500),
        ("PROCESSING_FEES", "USD", 103),
        ("STRIPE_BALANCE", "USD", 2397),
    ]


def test_a_gift_is_booked_by_the_worker_when_dora_never_comes_back(db, sandbox, dora_gives, worker):
    donation = dora_gives()
    sandbox.pay(donation)

    worker()

    donation.refresh_from_db()
    assert donation.status == "succeeded"
    assert LedgerTotal.objects.values_list("currency", "received_minor", "donations").get() == ("USD", 2500, 1)
