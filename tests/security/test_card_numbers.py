"""No card number comes to us: Stripe's page takes it, and what Stripe tells us holds no more than four digits."""

import logging

import pytest

from blueheart.card_numbers import card_numbers
from blueheart.post.jobs import send_due
from donations import jobs
from donations.models import Donation, StripeEvent
from tests.donations import conftest as giving
from tests.donations.factories import donor
from tests.pledges import conftest as pledging
from tests.security.stored import stored

sandbox, _stand, dora_gives, worker = giving.sandbox, giving._stand, giving.dora_gives, giving.worker
wording = pledging.wording
GOOD, DECLINED, SECURE = "4242424242424242", "4000000000000002", "4000002760003184"


@pytest.mark.parametrize(
    "written",
    [
        GOOD,
        "4242 4242 4242 4242",
        "4242-4242-4242-4242",
        '{"number":"378282246310005"}',
        "４２４２ ４２４２ ４２４２ ４２４２",
        "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢",
    ],
)
def test_a_card_number_is_seen_however_it_is_written(written):
    assert len(card_numbers(f"She paid with {written}, twice.")) == 1


@pytest.mark.parametrize(
    "other", ["4242424242424241", "2026-11-23 07:39:59.123456", "a4242424242424242", "+442012345678"]
)
def test_other_numbers_are_left_alone(other):
    assert card_numbers(other) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("page", "field"), [("/en/donate/", "receipt_name"), ("/en/donate/", "words"), ("/en/pledge/", "words")]
)
def test_who_types_a_card_is_told_and_nothing_is_kept(client, wording, page, field):
    answer = client.post(page, {field: f"my card {GOOD}", "step": "all", "go": "send"})

    assert "looks like the number of a card" in answer.content.decode()
    assert (answer.status_code, answer.context["form"].has_error(field)) == (200, True)
    assert [(table, card_numbers(row)) for table, row in stored() if card_numbers(row)] == []


@pytest.mark.django_db
def test_no_table_no_mail_and_no_log_holds_a_card_number(sandbox, dora_gives, worker, caplog, mailoutbox):
    """Dora pays, is declined, and shows her other card to her bank; she gives once and monthly; all is booked."""
    caplog.set_level(logging.DEBUG)
    for card, interval in ((GOOD, "once"), (SECURE, "once"), (GOOD, "month")):
        sandbox.pay(dora_gives(interval=interval), card=card)
    sandbox.control("pay", {"session": dora_gives().stripe_checkout_session_id, "card": DECLINED})
    worker()
    send_due()
    jobs.close_windows()

    assert Donation.objects.filter(status="succeeded").count() >= 2
    assert StripeEvent.objects.exists()
    assert [(table, card_numbers(row)) for table, row in stored() if card_numbers(row)] == []
    assert card_numbers(caplog.text) == []
    assert card_numbers("\n".join(letter.body for letter in mailoutbox)) == []
    assert mailoutbox


@pytest.mark.django_db
def test_a_row_that_holds_one_would_be_found():
    donor("dora@example.org", name="4242 4242 4242 4242")

    assert {table for table, row in stored() if card_numbers(row)} == {"donations_donor"}
