"""Rules of donations that the database keeps, whoever writes."""

import itertools

import pytest
from django.db import IntegrityError, connection, transaction

from donations.models import Donation, Donor
from tests.donations.factories import NOW, donation, donor, offline_donation

PAIRS = list(itertools.permutations(Donation.Status.values, 2))


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_a_donation_moves_along_the_graph_only(db, before, after):
    is_offline = "reversed" in (before, after)
    gift = (
        offline_donation(status=before, reason="because")
        if is_offline and before in ("succeeded", "reversed")
        else donation(before, stripe_checkout_session_id="cs_test_1", checkout_url="http://127.0.0.1/")
    )
    changes = {"status": after, "reason": "because"}
    if after == "succeeded":
        changes |= {"succeeded_at": NOW, "stripe_payment_intent_id": "pi_1"}
    if before == "succeeded" and not is_offline:
        changes |= {"succeeded_at": None}

    if gift.may_become(after):
        Donation.objects.filter(pk=gift.pk).update(**changes)
        assert Donation.objects.get(pk=gift.pk).status == after
    else:
        with pytest.raises(IntegrityError, match="cannot go from"), transaction.atomic():
            Donation.objects.filter(pk=gift.pk).update(**changes)


@pytest.mark.parametrize(
    "change", [{"amount_minor": 1}, {"currency": "EUR"}, {"interval": "month"}, {"public_id": "x"}, {"method": "cash"}]
)
def test_what_was_agreed_never_changes(db, change):
    gift = donation("not-started")

    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
        Donation.objects.filter(pk=gift.pk).update(**change)


@pytest.mark.parametrize("status", sorted(set(Donation.Status.values) - {"not-started"}))
def test_a_donation_that_was_at_stripe_stays(db, status):
    gift = offline_donation(status=status, reason="because") if status == "reversed" else donation(status)

    with pytest.raises(IntegrityError, match="stays"), transaction.atomic():
        gift.delete()


def test_a_donation_that_was_never_at_stripe_may_go(db):
    donation("not-started").delete()

    assert Donation.objects.count() == 0


@pytest.mark.parametrize(
    ("broken", "constraint"),
    [
        ({"amount_minor": 0}, "donation_is_more_than_nothing"),
        ({"currency": "usd"}, "donation_has_a_currency"),
        ({"interval": "week"}, "donation_interval_is_known"),
        ({"status": "lost"}, "donation_status_is_known"),
        ({"status": "succeeded"}, "donation_succeeded_at_a_moment_by_a_payment"),
        ({"status": "pending"}, "pending_donation_has_a_pay_page"),
        ({"status": "quarantined"}, "quarantined_donation_has_a_reason"),
        ({"public_name": "Dora"}, "public_name_of_a_donor_needs_16_years"),
        ({"words": "For her", "words_status": "waiting"}, "words_of_a_donor_need_16_years"),
        ({"name_hidden_for": "abuse"}, "only_a_hidden_name_says_why"),
        ({"may_need_help_at": NOW}, "who_may_need_help_is_never_published"),
        ({"words_declined_for": "abuse"}, "declined_words_say_why"),
        (
            {"may_need_help_at": NOW, "public_name_hidden": True, "is_16_or_older": True, "words": "Help"}
            | {"words_status": "published"},
            "who_may_need_help_is_never_published",
        ),
    ],
)
def test_a_donation_that_breaks_a_rule_is_refused(db, broken, constraint):
    fields = {"donor": donor(), "amount_minor": 1, "currency": "USD", "interval": "once", "language": "en"} | broken

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Donation.objects.create(**fields)


def test_one_donor_per_address_whatever_its_case(db):
    donor("dora@example.org")

    with pytest.raises(IntegrityError, match="one_donor_per_address"), transaction.atomic():
        Donor.objects.create(email="DORA@example.org", language="en")
    assert Donor.objects.with_email("Dora@Example.org").get().email == "dora@example.org"


def test_a_donor_is_found_though_python_has_other_small_letters_than_postgresql(db):
    Donor.objects.create(email="dora.İnci@example.org", language="en")

    assert Donor.objects.with_email("dora.İnci@example.org").exists()


def test_a_donor_is_found_by_the_index_of_addresses(db):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")

    # Without an order: an empty table may as well be read backwards by its primary key.
    found = Donor.objects.with_email("dora@example.org").order_by()

    assert "Index Scan using one_donor_per_address" in found.explain()


def test_donors_whose_address_was_erased_are_not_one_donor(db):
    donor("")

    assert not Donor.objects.with_email("").exists()


def test_erased_donors_are_not_each_others_doubles(db):
    Donor.objects.create(email="", language="en")
    Donor.objects.create(email="", language="en")

    assert Donor.objects.count() == 2
