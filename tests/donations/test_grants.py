"""Grants out: two persons sign, no more is paid than was granted, what comes back is booked, and wrong records stay."""

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from blueheart.trail.models import Entry
from donations.books import findings
from donations.models import BooksTotal, Donation, Grant, GrantPayment, LedgerTransaction, Organisation, PromisePayment
from donations.services import grants
from donations.services.grants import GrantError
from tests.donations.factories import NOW, TODAY, grant, organisation, staff_member
from tests.donations.money_desk import entries, member, refreshed
from tests.donations.true_books import check_now

pytestmark = pytest.mark.usefixtures("db")
YESTERDAY = NOW.date() - dt.timedelta(days=1)


def ada():
    return member("ada", "sign_grant")


def bea():
    return member("bea", "sign_grant")


def proposed(**changes):
    asked = {
        "organisation": changes.pop("organisation", None) or organisation(),
        "purpose": "A safe house and legal help",
        "amount_minor": 100000,
        "currency": "USD",
        "starts_on": TODAY,
        "ends_on": TODAY + dt.timedelta(days=365),
        "by": staff_member("pia"),
    }
    return grants.propose_grant(**asked | changes)


def paid(given, amount_minor=60000, **changes):
    fields = {"amount_minor": amount_minor, "moved_minor": amount_minor, "moved_currency": given.currency}
    return grants.record_grant_payment(given, **fields | {"happened_on": TODAY, "by": staff_member()} | changes)


def returned(given, amount_minor=20000, **changes):
    fields = {"amount_minor": amount_minor, "moved_minor": amount_minor, "moved_currency": given.currency}
    about = {"happened_on": TODAY, "by": staff_member(), "why": "the house closed earlier"}
    return grants.record_grant_return(given, **fields | about | changes)


def money(given):
    sums = grants.money_of(given)
    return sums.paid_minor, sums.returned_minor, sums.left_minor


def acts():
    return list(Entry.objects.order_by("pk").values_list("action", flat=True))


# Two persons


def test_two_persons_sign_and_the_second_approves():
    first, second = ada(), bea()
    given = grants.sign_grant(proposed(), by=first)
    assert (given.status, given.first_signed_by, given.second_signed_by) == ("proposed", first, None)

    given = refreshed(grants.sign_grant(given, by=second))

    assert (given.status, given.first_signed_by, given.second_signed_by) == ("approved", first, second)
    assert given.first_signed_at <= given.second_signed_at
    assert acts() == ["grant.proposed", "grant.signed", "grant.approved"]
    assert LedgerTransaction.objects.count() == 0


def test_one_person_is_not_two():
    first = ada()
    given = grants.sign_grant(proposed(by=first), by=first)

    with pytest.raises(GrantError, match="another person"):
        grants.sign_grant(given, by=first)

    assert refreshed(given).status == "proposed"
    with pytest.raises(IntegrityError, match="grant_is_signed_by_two_persons"), transaction.atomic():
        Grant.objects.filter(pk=given.pk).update(status="approved", second_signed_by=first, second_signed_at=NOW)


def test_nobody_signs_or_declines_without_the_permission():
    given = proposed()
    for act in (grants.sign_grant, lambda given, by: grants.decline_grant(given, by=by, why="no")):
        with pytest.raises(GrantError, match="may not sign"):
            act(given, by=member(f"mallory{act}", "propose_grant", "pay_grant"))
    assert refreshed(given).status == "proposed"


def test_a_proposal_is_declined_with_a_reason_and_then_decided():
    given = grants.sign_grant(proposed(), by=ada())
    second = bea()
    with pytest.raises(GrantError, match="say why"):
        grants.decline_grant(given, by=second, why=" ")

    grants.decline_grant(given, by=second, why="the house has other means")

    assert (refreshed(given).status, given.reason) == ("declined", "the house has other means")
    with pytest.raises(GrantError, match="decided already"):
        grants.sign_grant(given, by=second)
    with pytest.raises(GrantError, match="Only an approved grant"):
        paid(given)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"amount_minor": 0}, "more than nothing"),
        ({"currency": "XXX"}, "currency XXX"),
        ({"country": "ZZ"}, "country ZZ"),
        ({"ends_on": YESTERDAY}, "before it begins"),
        ({"purpose": " "}, "what the grant is for"),
    ],
)
def test_what_cannot_be_proposed_is_said(changes, says):
    with pytest.raises(GrantError, match=says):
        proposed(**changes)
    assert Grant.objects.count() == 0


def test_a_form_proposes_and_pays_once():
    token, given = uuid.uuid4(), organisation()
    made = [proposed(organisation=given, form_token=token) for _time in range(2)]
    assert made[0] == made[1]
    one = grant(organisation=given)
    out = [paid(one, form_token=token) for _time in range(2)]
    back = uuid.uuid4()
    came = [returned(one, form_token=back) for _time in range(2)]

    assert (out[0], came[0]) == (out[1], came[1])
    assert money(one) == (60000, 20000, 60000)
    with pytest.raises(GrantError, match="another grant"):
        paid(grant(organisation=given), form_token=token)
    assert LedgerTransaction.objects.count() == 2


def test_something_else_in_a_form_that_was_sent_is_refused_not_forgotten():
    token, given = uuid.uuid4(), organisation()
    proposed(organisation=given, form_token=token)
    with pytest.raises(GrantError, match="something else already"):
        proposed(organisation=given, form_token=token, purpose="Legal help")
    one, out, back = grant(organisation=given), uuid.uuid4(), uuid.uuid4()
    paid(one, 50000, form_token=out)
    returned(one, 10000, form_token=back)
    with pytest.raises(GrantError, match="something else already"):
        paid(one, 20000, form_token=out)
    with pytest.raises(GrantError, match="something else already"):
        returned(one, 5000, form_token=back)
    with pytest.raises(GrantError, match="something else already"):
        returned(one, 50000, form_token=out)
    assert LedgerTransaction.objects.count() == 2


# Money


def test_a_payment_leaves_the_bank_and_what_comes_back_returns_to_it():
    given = grant()

    out, back = paid(given), returned(given)

    assert entries(grant_payment=out) == [("GRANTS", "USD", 60000), ("BANK", "USD", -60000)]
    assert entries(grant_payment=back) == [("GRANTS", "USD", -20000), ("BANK", "USD", 20000)]
    assert money(given) == (60000, 20000, 60000)
    booked = LedgerTransaction.objects.get(grant_payment=back)
    assert (booked.purpose, booked.why, booked.booked_by) == (
        "grant-return",
        "the house closed earlier",
        staff_member(),
    )
    assert acts() == ["grant.paid", "grant.returned"]
    check_now()
    assert findings() == []


def test_in_another_currency_both_amounts_are_kept_and_each_balances():
    given = grant(currency="KES", amount_minor=13_000_000)

    out = paid(given, 6_500_000, moved_minor=50000, moved_currency="USD")

    assert sorted(entries(grant_payment=out)) == [
        ("BANK", "USD", -50000),
        ("CURRENCY_EXCHANGE", "KES", -6_500_000),
        ("CURRENCY_EXCHANGE", "USD", 50000),
        ("GRANTS", "KES", 6_500_000),
    ]
    assert money(given) == (6_500_000, 0, 6_500_000)
    check_now()
    assert findings() == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"amount_minor": 100001}, r"Only US\$1,000.00 of this grant"),
        ({"amount_minor": 0, "moved_minor": 0}, "more than nothing"),
        ({"moved_minor": 59000}, "both amounts are the same"),
        ({"moved_currency": "XXX"}, "currency XXX"),
        ({"happened_on": dt.date(2999, 1, 1)}, "not come yet"),
        ({"happened_on": dt.date(206, 3, 1)}, "before the year 2000"),
    ],
)
def test_what_cannot_be_paid_is_said_and_nothing_is_booked(changes, says):
    with pytest.raises(GrantError, match=says):
        paid(grant(), **changes)
    assert GrantPayment.objects.count() == LedgerTransaction.objects.count() == 0


@pytest.mark.parametrize("status", ["proposed", "declined", "closed"])
def test_only_an_approved_grant_is_paid(status):
    with pytest.raises(GrantError, match="Only an approved grant"):
        paid(grant(status))


def test_no_more_comes_back_than_was_paid_and_never_without_a_reason():
    given = grant()
    with pytest.raises(GrantError, match="No more can come back"):
        returned(given)
    paid(given)
    with pytest.raises(GrantError, match="say why the money came back"):
        returned(given, why=" ")
    with pytest.raises(GrantError, match=r"No more can come back than was paid: US\$600.00"):
        returned(given, 60001)


def test_what_came_back_may_be_paid_again_until_the_grant_is_closed():
    given = grant()
    paid(given, 100000)
    returned(given, 30000)
    paid(given, 30000)
    with pytest.raises(GrantError, match=r"Only US\$0.00"):
        paid(given, 1)

    grants.close_grant(given, by=staff_member(), why="the work is done")

    returned(given, 500)
    with pytest.raises(GrantError, match="a closed one is over"):
        paid(given, 500)
    with pytest.raises(GrantError, match="Only an approved grant can be closed"):
        grants.close_grant(given, by=staff_member(), why="again")
    check_now()
    assert findings() == []


def test_a_wrong_payment_is_reversed_and_both_stay_in_the_books():
    given = grant()
    out = paid(given)

    wrong = grants.reverse_grant_payment(out, by=staff_member(), why="the bank sent it back at once")

    assert (wrong.status, wrong.reversed_at is not None) == ("reversed", True)
    assert money(given) == (0, 0, 100000)
    assert entries(grant_payment=out) == [
        ("GRANTS", "USD", 60000), ("BANK", "USD", -60000), ("GRANTS", "USD", -60000), ("BANK", "USD", 60000),
    ]  # fmt: skip
    with pytest.raises(GrantError, match="reversed before"):
        grants.reverse_grant_payment(out, by=staff_member(), why="again")
    check_now()
    assert findings() == []


def test_no_reversal_leaves_sums_that_cannot_be():
    given = grant()
    out = paid(given, 100000)
    back = returned(given, 40000)
    with pytest.raises(GrantError, match="came back"):
        grants.reverse_grant_payment(out, by=staff_member(), why="wrong")
    paid(given, 40000)
    with pytest.raises(GrantError, match="paid again"):
        grants.reverse_grant_payment(back, by=staff_member(), why="wrong")
    with pytest.raises(GrantError, match="say why"):
        grants.reverse_grant_payment(back, by=staff_member(), why="")

    assert money(given) == (140000, 40000, 0)


def test_the_bank_is_what_the_books_say():
    assert grants.bank_balance_minor("USD") == 0
    paid(grant())
    assert grants.bank_balance_minor("USD") == -60000
    assert grants.bank_balance_minor("EUR") == 0
    assert BooksTotal.objects.count() == 0  # not waiting for a window


# What stays apart


def test_nothing_in_the_database_leads_from_a_gift_to_a_grant():
    """All gifts go into one Fund: a grant's rows know no gift, no donor and no promise, and none of those a grant."""
    grants_side = {Grant, GrantPayment, Organisation}
    gifts_side = {Donation, PromisePayment, *(field.related_model for field in Donation._meta.get_fields())}
    for model in grants_side:
        known = {field.related_model for field in model._meta.get_fields() if not field.auto_created}
        assert known.isdisjoint(gifts_side - {None, staff_member().__class__})
    for model in (Donation, PromisePayment):
        assert {field.related_model for field in model._meta.get_fields()}.isdisjoint(grants_side)


def test_guards_stand_without_the_service():
    given = grant()
    paid(given, 100000)
    fields = {"kind": "paid", "amount_minor": 1, "moved_minor": 1, "moved_currency": "USD", "happened_on": TODAY}
    with pytest.raises(IntegrityError, match="was granted"), transaction.atomic():
        given.payments.create(**fields, recorded_by=staff_member())
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE donations_grant SET country = 'mx' WHERE id = %s", [given.pk])
