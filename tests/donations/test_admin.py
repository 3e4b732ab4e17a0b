"""Ada sees all the money and can change none of it."""

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from blueheart.trail.models import Entry
from donations import ledger
from donations.models import Donation, LedgerTotal, LedgerTransaction, MonthlyGift, StripeEvent
from tests.donations.factories import NOW, balance_transaction, donation
from tests.office.factories import desk_of

MONEY = ["donor", "donation", "monthlygift", "ledgertransaction", "ledgertotal", "stripeevent"]


@pytest.fixture
def office(db):
    """The desk of Ada, who may do everything that anyone may."""
    return desk_of(User.objects.create_superuser("ada", "ada@example.org", "x"))


@pytest.fixture
def story(db):
    """One of everything, twice where `again` is called."""

    def again(number=1):
        gift = donation("succeeded", interval="month", stripe_invoice_id=f"in_{number}")
        monthly = MonthlyGift.objects.create(
            donor=gift.donor, amount_minor=2500, currency="USD", language="en", status="active", status_as_of=NOW,
            stripe_subscription_id=f"sub_{number}",
        )  # fmt: skip
        Donation.objects.filter(pk=gift.pk).update(monthly_gift=monthly)
        gift.refresh_from_db()
        ledger.post_donation(gift, balance_transaction())
        ledger.close_windows()
        StripeEvent.objects.create(
            stripe_event_id=f"evt_{number}", type="checkout.session.completed", payload="{}", source="webhook",
            stripe_object_id=gift.stripe_checkout_session_id, status="shelved", reason="because", next_attempt_at=None,
        )  # fmt: skip
        return gift

    again.first = again()
    return again


def url(model, page, *args):
    return reverse(f"admin:donations_{model}_{page}", args=args)


def row_of(model, gift):
    return {
        "donor": gift.donor_id,
        "donation": gift.pk,
        "monthlygift": gift.monthly_gift_id,
        "ledgertransaction": LedgerTransaction.objects.get(donation=gift).pk,
        "ledgertotal": LedgerTotal.objects.get().pk,
        "stripeevent": StripeEvent.objects.first().pk,
    }[model]


@pytest.mark.parametrize("model", MONEY)
def test_money_is_shown_and_never_changed(office, story, model):
    pk = row_of(model, story.first)

    assert office.get(url(model, "changelist")).status_code == 200
    page = office.get(url(model, "change", pk))
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert office.get(url(model, "add")).status_code == 403
    assert office.post(url(model, "change", pk), {"status": "succeeded"}).status_code == 403
    assert office.get(url(model, "delete", pk)).status_code == 403
    assert "delete_selected" not in office.get(url(model, "changelist")).content.decode()


@pytest.mark.parametrize("model", MONEY)
def test_lists_ask_the_same_number_of_questions_for_one_row_and_for_three(office, story, model):
    counts = []
    for more in (0, 2):
        for number in range(more):
            story(number + 2)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            office.get(url(model, "changelist"))
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 15


def test_a_donation_shows_its_ledger_and_its_events(office, story):
    page = office.get(url("donation", "change", story.first.pk)).content.decode()

    assert "<li>Income from donations: <bdi>-US$25.00</bdi></li>" in page
    assert "<li>Stripe balance: <bdi>US$23.97</bdi></li>" in page
    assert "<li>checkout.session.completed: shelved because</li>" in page


def test_a_donation_is_found_by_the_donors_address_and_by_stripes_ids(office, story):
    donation("pending")
    for words in ("DORA@example.org", story.first.stripe_checkout_session_id, story.first.public_id):
        page = office.get(url("donation", "changelist"), {"q": words}).content.decode()
        assert story.first.public_id in page
    assert "0 donations" in office.get(url("donation", "changelist"), {"q": "dora"}).content.decode()


def test_shelved_events_are_processed_again_and_the_trail_knows(office, story):
    event = StripeEvent.objects.get()

    office.post(url("stripeevent", "changelist"), {"action": "process_again", "_selected_action": [event.pk]})

    event.refresh_from_db()
    assert (event.status, event.tries, event.shelved_at) == ("received", 0, None)
    entry = Entry.objects.get(action="stripe-event.processed-again")
    assert (entry.actor.username, entry.target_id) == ("ada", str(event.pk))


def test_without_the_permission_events_are_only_looked_at(story):
    reader = User.objects.create_user("reader", is_staff=True)
    reader.user_permissions.add(Permission.objects.get(codename="view_stripeevent"))
    desk = desk_of(reader)
    event = StripeEvent.objects.get()

    assert "process_again" not in desk.get(url("stripeevent", "changelist")).content.decode()
    desk.post(url("stripeevent", "changelist"), {"action": "process_again", "_selected_action": [event.pk]})

    event.refresh_from_db()
    assert event.status == "shelved"


def test_events_are_filtered_by_status(office, story):
    StripeEvent.objects.create(stripe_event_id="evt_due", type="invoice.paid", payload="{}", source="poll")

    page = office.get(url("stripeevent", "changelist"), {"status__exact": "shelved"}).content.decode()

    assert "evt_1" in page
    assert "evt_due" not in page
