"""A backup comes back, and the gifts since are not in it: Stripe knows them."""

import contextlib

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from blueheart.trail.models import Entry
from donations.books import findings
from donations.models import Donation, LedgerEntry, MonthlyGift, StripeEvent
from tests.donations.conftest import typed

pytestmark = pytest.mark.django_db


@contextlib.contextmanager
def lost():
    """What is written down within it is not here afterwards, as after a backup of before came back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_gifts_that_a_backup_lacks_are_written_down_again_and_booked(dora_gives, sandbox, worker, capsys):
    with lost():
        once, monthly = dora_gives(), dora_gives(interval="month", email="nadia@example.org")
    sandbox.pay(once)
    sandbox.pay(monthly)
    worker()
    assert set(StripeEvent.objects.filter(type="checkout.session.completed").values_list("status")) == {("shelved",)}
    capsys.readouterr()

    call_command("recover_gifts")
    worker()

    said = capsys.readouterr().out
    assert "2 gifts were lost and are written down again" in said
    found = Donation.objects.order_by("interval")
    assert [(gift.public_id, gift.status, gift.donor.email, gift.interval, gift.amount_minor) for gift in found] == [
        (monthly.public_id, "succeeded", "nadia@example.org", "month", 2500),
        (once.public_id, "succeeded", "dora@example.org", "once", 2500),
    ]
    assert MonthlyGift.objects.count() == 1
    assert sum(LedgerEntry.objects.filter(account="DONATION_INCOME").values_list("amount_minor", flat=True)) == -5000
    assert Entry.objects.filter(action="donation.written-down-again").count() == 2
    assert not StripeEvent.objects.exclude(status__in=["processed", "ignored"]).exists()
    assert findings() == []


def test_nothing_is_written_down_twice(dora_gives, sandbox, worker, capsys):
    sandbox.pay(dora_gives())
    with lost():
        gift = dora_gives(email="nadia@example.org")
    sandbox.pay(gift)

    call_command("recover_gifts")
    call_command("recover_gifts")

    assert "0 gifts were lost" in capsys.readouterr().out.splitlines()[-1]
    assert Donation.objects.count() == 2


def test_a_page_that_was_not_paid_and_a_gift_of_another_portal_stay_where_they_are(dora_gives, sandbox, settings):
    with lost():
        dora_gives()
        theirs = dora_gives(email="nadia@example.org")
    sandbox.pay(theirs)
    settings.SITE_URL = "https://ours.example"

    call_command("recover_gifts")

    assert not Donation.objects.exists()


def test_while_stripe_is_down_it_says_so(sandbox):
    sandbox.fault(path="/v1/checkout/sessions", status=503, times=2)

    with pytest.raises(CommandError, match="cannot be read"):
        call_command("recover_gifts")


def test_days_count_from_one(sandbox):
    with pytest.raises(CommandError, match="from 1"):
        call_command("recover_gifts", "--days", "0")


def test_a_page_in_another_language_and_form_finds_its_donor_again(client, sandbox, worker):
    with lost():
        client.post("/fr/donate/", typed(email="odile@example.org"))
        donation = Donation.objects.get()
    sandbox.pay(donation)

    call_command("recover_gifts")
    worker()

    assert Donation.objects.values_list("status", "language", "donor__email").get() == (
        "succeeded", "fr", "odile@example.org",
    )  # fmt: skip
