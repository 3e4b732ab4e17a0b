"""Gifts by bank, cheque, cash and in kind at the desk: looked at twice, recorded once, reversed with a reason."""

import re

import pytest
from django.urls import reverse

from donations.books import findings
from donations.models import Donation, Donor
from donations.services import receipts
from tests.donations.factories import donor, staff_member
from tests.donations.money_desk import member
from tests.donations.receipt_desk import gift as online_gift
from tests.donations.test_offline_gifts import a_line, recorded
from tests.office.factories import desk_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return desk_of(member("bob", "view_donation", "view_donor", "view_receipt", "record_offline_gift"))


def page_of(name, *args):
    return reverse(f"admin:donations_donation_{name}", args=args)


def typed(desk, **changes):
    token = re.search(r'name="form_token" value="([^"]+)"', desk.get(page_of("record")).content.decode())[1]
    said = {
        "email": "dora@example.org", "language": "en", "method": "cheque", "amount": "1,250.50", "currency": "USD",
        "received_on": "2026-03-01", "receipt_name": "Dora Donor", "form_token": token, "act": "record",
    }  # fmt: skip
    return said | changes


def records(desk, **changes):
    """Look, press, and press once more as an impatient person would."""
    said = typed(desk, **changes)
    seen = desk.post(page_of("record"), said).content.decode()
    assert 'name="confirmed"' in seen, re.findall(r"errorlist.*?</ul>", seen)
    assert not Donation.objects.filter(form_token=said["form_token"]).exists()
    first, again = (desk.post(page_of("record"), said | {"confirmed": "yes"}) for _time in range(2))
    assert (first.status_code, again["Location"]) == (302, first["Location"])
    return seen, Donation.objects.get(form_token=said["form_token"])


def test_a_gift_is_shown_once_more_and_recorded_once(desk):
    seen, gift = records(desk, public_name="Dora", public_name_kind="alias", is_16_or_older="on", reference="C-17")

    assert "US$1,250.50" in seen
    assert "dora@example.org, new" in seen
    assert (gift.amount_minor, gift.method, gift.recorded_by.username) == (125050, "cheque", "bob")
    assert (gift.public_name, gift.offline_reference, gift.donor.email) == ("Dora", "C-17", "dora@example.org")
    receipts.issue_due()
    page = desk.get(page_of("change", gift.pk)).content.decode()
    assert gift.receipts.get().number in page
    assert "C-17" in page
    assert findings() == []


def test_the_donor_of_an_address_or_a_public_id_is_known(desk):
    dora, nameless = donor(), Donor.objects.create(name="Old Mr Post", language="fr")

    seen, gift = records(desk)
    assert "dora@example.org, known" in seen
    assert gift.donor == dora
    _seen, gift = records(desk, email="", donor_public_id=nameless.public_id, receipt_name="")
    assert (gift.donor, gift.receipt_name) == (nameless, "Old Mr Post")


def test_somebody_without_an_address_is_made_once(desk):
    _seen, gift = records(desk, email="", method="in-kind", in_kind="Forty blankets")

    assert (gift.in_kind, gift.donor.email, Donor.objects.count()) == ("Forty blankets", "", 1)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"amount": "much"}, "amount"),
        ({"received_on": "2999-01-01"}, "not come yet"),
        ({"received_on": "0206-03-01"}, "before the year 2000"),
        ({"method": "in-kind"}, "what was given"),
        ({"donor_public_id": "nobody"}, "not both"),
        ({"email": "", "donor_public_id": "nobody"}, "Nobody has this public id"),
        ({"public_name": "www.example.org", "public_name_kind": "alias", "is_16_or_older": "on"}, "web or mail"),
        ({"public_name": "Dora", "public_name_kind": "alias"}, "16 or older"),
        ({"receipt_name": "http://example.org"}, "web or mail address"),
    ],
)
def test_what_cannot_be_recorded_is_said_kindly(desk, changes, why):
    answer = desk.post(page_of("record"), typed(desk, **changes))

    assert why in answer.content.decode()
    assert 'name="confirmed"' not in answer.content.decode()
    assert not Donor.objects.exists()


def test_a_gift_is_reversed_with_a_reason_for_its_donor(desk):
    gift = recorded(method="cheque")
    assert page_of("reverse", gift.pk) in desk.get(page_of("change", gift.pk)).content.decode()
    said = {"reversed_for": "bounced", "why": "the bank sent it back", "act": "reverse"}

    shown = desk.post(page_of("reverse", gift.pk), said).content.decode()
    assert "<bdi>the payment did not go through</bdi>" in shown
    gift.refresh_from_db()
    assert gift.status == "succeeded"
    desk.post(page_of("reverse", gift.pk), said | {"confirmed": "yes"})

    gift.refresh_from_db()
    assert (gift.status, gift.reversed_for) == ("reversed", "bounced")
    assert page_of("reverse", gift.pk) not in desk.get(page_of("change", gift.pk)).content.decode()
    assert findings() == []


def test_who_reverses_a_gift_hears_of_its_bank_line(desk):
    gift = recorded()
    assert "undo that match" not in desk.get(page_of("reverse", gift.pk)).content.decode()
    a_line(gift)
    assert "undo that match" in desk.get(page_of("reverse", gift.pk)).content.decode()


def test_what_came_through_stripe_is_not_reversed_at_the_desk(desk):
    gift = online_gift()
    said = {"reversed_for": "mistake", "why": "because", "act": "reverse", "confirmed": "yes"}

    assert page_of("reverse", gift.pk) not in desk.get(page_of("change", gift.pk)).content.decode()
    assert "refund it instead" in desk.post(page_of("reverse", gift.pk), said).content.decode()


def test_mallory_records_and_reverses_nothing():
    desk = desk_of(member("mallory", "view_donation", "refund_donation"))
    gift = recorded()

    assert desk.get(page_of("record")).status_code == 403
    assert desk.post(page_of("reverse", gift.pk), {"act": "reverse"}).status_code == 403
    assert "Record a gift" not in desk.get(page_of("changelist")).content.decode()


def test_the_list_tells_by_which_way_a_gift_came(desk, django_assert_max_num_queries):
    recorded(method="cash")
    online_gift(donor=donor("other@example.org"))
    for number in range(3):
        recorded(donor=donor(f"d{number}@example.org"), by=staff_member())

    with django_assert_max_num_queries(15):
        page = desk.get(f"{page_of('changelist')}?method__exact=cash").content.decode()
    assert page.count('class="field-method"') == 1
    assert page_of("record") in page


def test_a_recorded_gift_is_not_refunded_through_stripe():
    desk = desk_of(member("ada", "view_donation", "refund_donation"))
    gift = recorded()

    answer = desk.get(reverse("admin:donations_refund_ask", args=[gift.pk]), follow=True)
    assert "reverse it instead" in answer.content.decode()
