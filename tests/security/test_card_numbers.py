"""No card number comes to us: Stripe's page takes it, and what Stripe tells us holds no more than four digits."""

import logging
import re

import pytest

from blueheart.post.jobs import send_due
from donations import jobs
from donations.models import Donation, StripeEvent
from tests.donations import conftest as giving
from tests.donations.factories import donor
from tests.security.stored import stored

sandbox, _stand, dora_gives, worker = giving.sandbox, giving._stand, giving.dora_gives, giving.worker
GOOD, DECLINED, SECURE = "4242424242424242", "4000000000000002", "4000002760003184"
# 13 to 19 digits as people and machines write them, beginning as the cards of Visa, Mastercard, Amex and others do.
WRITTEN = re.compile(r"(?<![\w.+])(?:4|5[1-5]|2[2-7]|3[47]|6)(?:[ -]?\d){12,18}(?![\w.])")


def card_numbers(text: str) -> list[str]:
    """What in the text may be a card number: the digits pass the check of ISO/IEC 7812 (Luhn)."""
    found = (re.sub(r"\D", "", match) for match in WRITTEN.findall(text))
    return [digits for digits in found if 13 <= len(digits) <= 19 and is_luhn(digits)]


def is_luhn(digits: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


@pytest.mark.parametrize(
    "written", [GOOD, "4242 4242 4242 4242", "4242-4242-4242-4242", '{"number":"378282246310005"}']
)
def test_a_card_number_is_seen_however_it_is_written(written):
    assert len(card_numbers(f"She paid with {written}, twice.")) == 1


@pytest.mark.parametrize(
    "other", ["4242424242424241", "2026-11-23 07:39:59.123456", "a4242424242424242", "+442012345678"]
)
def test_other_numbers_are_left_alone(other):
    assert card_numbers(other) == []


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
