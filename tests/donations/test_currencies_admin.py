"""Ada sets what may be given in each currency; what Stripe would refuse is refused at her desk."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from blueheart.trail.models import Entry
from donations.models import FeeRate, GivingCurrency, Tribute
from tests.donations.factories import donation
from tests.office.factories import desk_of


@pytest.fixture
def office(db):
    return desk_of(User.objects.create_superuser("ada", "ada@example.org", "x"))


def url(model, page, *args):
    return reverse(f"admin:donations_{model}_{page}", args=args)


def fields(row, **changes):
    return {
        "is_offered": "on",
        "position": row.position,
        "presets_minor": ",".join(str(amount) for amount in row.presets_minor),
        "minimum_minor": row.minimum_minor,
        "maximum_minor": row.maximum_minor,
        "second_person_from_minor": row.second_person_from_minor,
    } | changes


@pytest.mark.parametrize("model", ["givingcurrency", "feerate", "tribute"])
def test_the_lists_answer_and_need_few_queries(office, model):
    for _number in range(3):
        Tribute.objects.create(donation=donation("succeeded"), kind="memory", honoured_name="Anna")

    with CaptureQueriesContext(connection) as seen:
        page = office.get(url(model, "changelist"))

    assert page.status_code == 200
    assert len(seen) <= 15


def test_a_change_is_kept_in_the_trail_with_what_it_was(office):
    row = GivingCurrency.objects.get(currency="ISK")

    answer = office.post(url("givingcurrency", "change", row.pk), fields(row, minimum_minor=50_000))

    assert answer.status_code == 302
    row.refresh_from_db()
    assert row.minimum_minor == 50_000
    entry = Entry.objects.get(action="giving-currency.changed")
    assert (entry.detail["currency"], entry.detail["minimum_minor"]) == ("ISK", ["15000", "50000"])


@pytest.mark.parametrize(
    ("code", "changes", "error"),
    [
        ("ISK", {"minimum_minor": 15_050}, "Stripe takes only multiples of 100."),
        ("KWD", {"presets_minor": "3005"}, "Stripe takes only multiples of 10."),
        ("USD", {"minimum_minor": 49}, "Stripe’s own minimum is 50."),
        ("USD", {"maximum_minor": 100_000_000}, "Stripe’s own maximum is 99999999."),
        ("USD", {"presets_minor": "50,2500"}, "Suggest amounts from the smallest"),
        (
            "USD",
            {"presets_minor": "2500,1000"},
            "Suggest amounts from the smallest",
        ),
        ("USD", {"minimum_minor": 5000, "maximum_minor": 1000}, "Suggest amounts"),
        ("USD", {"presets_minor": "a"}, "Enter a whole number."),
    ],
)
def test_what_stripe_would_refuse_is_refused_here(office, code, changes, error):
    row = GivingCurrency.objects.get(currency=code)

    answer = office.post(url("givingcurrency", "change", row.pk), fields(row, **changes))

    assert answer.status_code == 200
    assert error in answer.content.decode()
    assert not Entry.objects.filter(action="giving-currency.changed").exists()


def test_a_currency_is_never_deleted_and_its_code_never_changed(office):
    row = GivingCurrency.objects.get(currency="USD")

    assert office.get(url("givingcurrency", "delete", row.pk)).status_code == 403
    assert 'name="currency"' not in office.get(url("givingcurrency", "change", row.pk)).content.decode()
    assert office.post(url("givingcurrency", "change", row.pk), fields(row, currency="XXX")).status_code == 302
    assert GivingCurrency.objects.filter(currency="USD").exists()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"currency": "THB", "percent": "3.65", "fixed_minor": "1000", "cap_minor": ""}, ""),
        ({"currency": "XXX", "percent": "3", "fixed_minor": "0", "cap_minor": ""}, "Stripe takes no payments"),
        ({"currency": "USD", "percent": "3", "fixed_minor": "0", "cap_minor": ""}, "already exists"),
        ({"currency": "THB", "percent": "30", "fixed_minor": "0", "cap_minor": ""}, "less than or equal to 20"),
    ],
)
def test_an_estimate_of_fees_is_set(office, given, error):
    answer = office.post(url("feerate", "add"), given)

    assert FeeRate.objects.filter(currency="THB").exists() is (not error)
    assert error in answer.content.decode()


def test_the_estimate_for_all_others_is_in_percent_only(office):
    row = FeeRate.objects.get(currency="")

    answer = office.post(
        url("feerate", "change", row.pk), {"currency": "", "percent": "3", "fixed_minor": "30", "cap_minor": "100"}
    )

    assert answer.content.decode().count("an amount would mean something else in each") == 2
    row.refresh_from_db()
    assert row.fixed_minor == 0


def test_the_address_of_a_third_person_is_shown_to_nobody(office):
    tribute = Tribute.objects.create(
        donation=donation("succeeded"), kind="memory", honoured_name="Anna", notice_email="otto@example.org",
        notice_name="Otto", notice_on="2026-12-24",
    )  # fmt: skip

    for page in (office.get(url("tribute", "changelist")), office.get(url("tribute", "change", tribute.pk))):
        assert page.status_code == 200
        assert "Anna" in page.content.decode()
        assert "otto" not in page.content.decode().casefold()
