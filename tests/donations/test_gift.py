"""Dora gives: from the form to the books and the mail, against the sandbox."""

import dataclasses
import datetime as dt

import pytest
from django.core import mail
from django.db import transaction

from blueheart.post.jobs import send_due
from blueheart.trail.models import Entry
from donations import gateway, jobs
from donations.books import findings
from donations.models import Donation, LedgerEntry, LedgerTotal, MonthlyGift, StripeEvent
from donations.services import fulfil_checkout
from donations.services.fulfilment import book_checkout, look_at_checkout
from donations.services.monthly_gifts import book_subscription
from tests.donations.conftest import books, typed

pytestmark = pytest.mark.usefixtures("db")
IN_SUSPENSE = [("PROCESSING_FEES", "USD", 103), ("STRIPE_BALANCE", "USD", 2397), ("SUSPENSE", "USD", -2500)]


@pytest.fixture
def land(client):
    """Dora comes back from the pay page; what its panel says."""

    def land(donation, **headers):
        page = client.get(f"/en/donate/thanks/?session={donation.stripe_checkout_session_id}", **headers)
        assert page.status_code == 200
        donation.refresh_from_db()
        return page.content.decode().split('data-status="')[1].split('"')[0]

    return land


def refreshed(donation):
    donation.refresh_from_db()
    return donation


def test_a_gift_is_booked_and_thanked_for_when_dora_lands(sandbox, dora_gives, land):
    donation = dora_gives()
    assert (donation.status, donation.amount_minor, donation.currency) == ("pending", 2500, "USD")
    sandbox.pay(donation)

    assert land(donation) == "confirmed"

    assert donation.status == "succeeded"
    assert books() == [
        ("DONATION_INCOME", "USD", -2500),
        ("PROCESSING_FEES", "USD", 103),
        ("STRIPE_BALANCE", "USD", 2397),
    ]
    jobs.close_windows()
    assert findings() == []


def test_a_gift_is_booked_by_the_worker_when_dora_never_comes_back(sandbox, dora_gives, worker):
    donation = dora_gives()
    sandbox.pay(donation)

    worker()

    assert refreshed(donation).status == "succeeded"
    assert LedgerTotal.objects.values_list("currency", "received_minor", "donations").get() == ("USD", 2500, 1)
    assert findings() == []


def test_landing_and_events_book_once_in_any_order(sandbox, dora_gives, land, worker):
    donation = dora_gives()
    sandbox.pay(donation)

    assert land(donation) == "confirmed"
    worker()
    for event in StripeEvent.objects.all():
        event.requeue()
    worker()
    assert land(donation) == "confirmed"

    assert len(books()) == 3
    assert findings() == []


@pytest.mark.parametrize(
    ("currency", "preset", "typed", "amount_minor"),
    [
        ("JPY", "3000", "", 3000),
        ("JPY", "other", "3,333", 3333),
        ("KWD", "7500", "", 7500),
        ("KWD", "other", "1.250", 1250),
        ("EUR", "other", "0012.50", 1250),
        ("USD", "other", "7", 700),
    ],
)
def test_a_gift_in_any_currency_is_what_dora_typed(sandbox, dora_gives, worker, currency, preset, typed, amount_minor):
    donation = dora_gives(currency=currency, shown_currency=currency, preset=preset, amount=typed)

    (session,) = [each for each in sandbox.sessions() if each["id"] == donation.stripe_checkout_session_id]
    assert (session["amount_total"], session["currency"]) == (amount_minor, currency.lower())
    sandbox.pay(donation)
    worker()

    assert refreshed(donation).status == "succeeded"
    sums = {}
    for _account, of, amount in books():
        sums[of] = sums.get(of, 0) + amount
    assert sums == dict.fromkeys({currency, "USD"}, 0)
    assert ("DONATION_INCOME", currency, -amount_minor) in books()
    assert ("CURRENCY_EXCHANGE", currency, amount_minor) in books() or currency == "USD"
    assert findings() == []


def test_what_is_booked_is_what_stripe_credited(sandbox, dora_gives, worker):
    for currency, preset in (("USD", "2500"), ("EUR", "5000"), ("JPY", "3000"), ("KWD", "7500")):
        sandbox.pay(dora_gives(currency=currency, shown_currency=currency, preset=preset))
    worker()

    credited = [
        each for each in sandbox.control("truth")["balance_transactions"]
        if LedgerEntry.objects.filter(transaction__stripe_balance_transaction_id=each["id"]).exists()
    ]  # fmt: skip
    assert len(credited) == 4
    for each in credited:
        entries = LedgerEntry.objects.filter(transaction__stripe_balance_transaction_id=each["id"], currency="USD")
        by_account = dict(entries.values_list("account", "amount_minor"))
        assert by_account["STRIPE_BALANCE"] == each["net"]
        assert by_account["PROCESSING_FEES"] == each["fee"]


def test_the_receipt_says_what_was_given_in_doras_language(sandbox, dora_gives, worker):
    donation = dora_gives(at="/fr/donate/", currency="EUR", shown_currency="EUR", preset="5000", receipt_name="Dora")
    sandbox.pay(donation)
    worker()
    worker()

    send_due()

    (receipt,) = mail.outbox
    html = receipt.alternatives[0][0]
    assert receipt.to == ["dora@example.org"]
    assert "50,00\xa0€" in receipt.body
    assert "50,00\xa0€" in html
    for text in (receipt.body, html):
        assert refreshed(donation).public_id in text
        assert donation.statement_text
        assert donation.statement_text in text
    assert 'lang="fr"' in html


def test_a_receipt_is_not_sent_to_somebody_erased(sandbox, dora_gives, worker):
    donation = dora_gives()
    sandbox.pay(donation)
    worker()
    donation.donor.email = ""
    donation.donor.save()

    send_due()

    assert mail.outbox == []


def test_a_monthly_gift_begins_once_by_landing_and_events(sandbox, dora_gives, land, worker):
    donation = dora_gives(interval="month")
    sandbox.pay(donation)

    assert land(donation) == "confirmed"
    worker()

    monthly_gift = MonthlyGift.objects.get()
    assert (monthly_gift.status, monthly_gift.amount_minor, monthly_gift.donor) == ("active", 2500, donation.donor)
    assert refreshed(donation).monthly_gift == monthly_gift
    assert Donation.objects.count() == 1
    assert len(books()) == 3
    assert findings() == []


@pytest.mark.parametrize("first", ["invoice.paid", "checkout.session.completed", "customer.subscription.updated"])
def test_a_monthly_gift_begins_once_whichever_event_comes_first(sandbox, dora_gives, settings, first):
    sandbox.pay(dora_gives(interval="month"))
    settings.STRIPE_WEBHOOK_SECRETS = []
    jobs.poll_events()
    for event in sorted(StripeEvent.objects.all(), key=lambda event: event.type != first):
        StripeEvent.objects.exclude(pk=event.pk).filter(status="received").update(next_attempt_at="2100-01-01T00:00Z")
        StripeEvent.objects.filter(pk=event.pk).update(next_attempt_at="2000-01-01T00:00Z")
        jobs.process_events()

    jobs.close_windows()
    assert Donation.objects.values_list("status", "interval").get() == ("succeeded", "month")
    assert MonthlyGift.objects.count() == 1
    assert len(books()) == 3
    assert findings() == []


def test_the_second_month_is_a_donation_of_its_own(sandbox, dora_gives, worker):
    first = dora_gives(interval="month", public_name="Dora", is_16_or_older="on")
    sandbox.pay(first)
    worker()

    sandbox.control("clock", {"advance_months": 1})
    sandbox.settle()
    worker()
    send_due()

    second = Donation.objects.exclude(pk=first.pk).get()
    assert (second.status, second.amount_minor, second.currency, second.interval) == ("succeeded", 2500, "USD", "month")
    assert (second.donor, second.monthly_gift, second.public_name) == (first.donor, MonthlyGift.objects.get(), "Dora")
    assert (second.form_token, second.stripe_checkout_session_id) == (None, None)
    assert second.stripe_invoice_id
    assert LedgerTotal.objects.values_list("received_minor", "donations").get() == (5000, 2)
    assert [letter.subject for letter in mail.outbox] == [
        "Thank you: your gift has arrived",
        "Thank you: your next gift has arrived",
    ]
    assert findings() == []


def test_a_month_that_overtakes_the_first_brings_it_along(sandbox, dora_gives, settings):
    donation = dora_gives(interval="month")
    sandbox.pay(donation)
    sandbox.control("clock", {"advance_months": 1})
    sandbox.settle()
    settings.STRIPE_WEBHOOK_SECRETS = []
    jobs.poll_events()
    renewal = StripeEvent.objects.filter(type="invoice.paid").order_by("happened_at").last()
    StripeEvent.objects.exclude(pk=renewal.pk).update(next_attempt_at="2100-01-01T00:00Z")

    jobs.process_events()

    assert list(Donation.objects.order_by("pk").values_list("status", flat=True)) == ["succeeded", "succeeded"]
    assert len(books()) == 6


def test_a_monthly_gift_that_ended_stays_ended(sandbox, dora_gives, worker, land):
    donation = dora_gives(interval="month")
    sandbox.pay(donation)
    land(donation)
    subscription = MonthlyGift.objects.get().stripe_subscription_id
    seen = look_at_checkout(donation.stripe_checkout_session_id).session.subscription

    sandbox.api(f"subscriptions/{subscription}", "DELETE")
    worker()
    assert MonthlyGift.objects.get().status == "canceled"

    later = MonthlyGift.objects.get().status_as_of + dt.timedelta(hours=1)
    book_subscription(dataclasses.replace(seen, status="active", as_of=later))
    assert MonthlyGift.objects.get().status == "canceled"


def test_a_monthly_gift_that_ended_while_it_was_booked_has_ended(sandbox, dora_gives, settings):
    donation = dora_gives(interval="month")
    sandbox.pay(donation)
    seen = look_at_checkout(donation.stripe_checkout_session_id)
    assert seen.session.subscription.status == "active"
    sandbox.api(f"subscriptions/{seen.session.subscription.subscription_id}", "DELETE")
    settings.STRIPE_WEBHOOK_SECRETS = []
    jobs.poll_events()
    StripeEvent.objects.exclude(type="customer.subscription.deleted").update(next_attempt_at="2100-01-01T00:00Z")
    jobs.process_events()

    book_checkout(seen)

    assert MonthlyGift.objects.get().status == "canceled"
    assert len(books()) == 3


def test_a_first_charge_that_overtakes_the_pay_page_waits_for_it(sandbox, dora_gives, settings, monkeypatch, worker):
    donation = dora_gives(interval="month")
    open_session = look_at_checkout(donation.stripe_checkout_session_id).session
    sandbox.pay(donation)
    settings.STRIPE_WEBHOOK_SECRETS = []
    jobs.poll_events()
    StripeEvent.objects.exclude(type="invoice.paid").update(next_attempt_at="2100-01-01T00:00Z")
    with monkeypatch.context() as stripe_is_slow:
        stripe_is_slow.setattr(gateway, "retrieve_session", lambda _session_id: open_session)
        jobs.process_events()

    assert StripeEvent.objects.get(type="invoice.paid").status == "processed"
    assert (refreshed(donation).status, MonthlyGift.objects.count()) == ("pending", 0)

    StripeEvent.objects.filter(status="received").update(next_attempt_at="2000-01-01T00:00Z")
    worker()
    assert (refreshed(donation).status, MonthlyGift.objects.count()) == ("succeeded", 1)
    assert Donation.objects.count() == 1


def test_an_older_answer_about_a_monthly_gift_is_old_news(sandbox, dora_gives, land):
    donation = dora_gives(interval="month")
    sandbox.pay(donation)
    earlier = look_at_checkout(donation.stripe_checkout_session_id).session.subscription
    land(donation)
    later = look_at_checkout(donation.stripe_checkout_session_id).session.subscription

    book_subscription(dataclasses.replace(later, status="past_due"))
    book_subscription(dataclasses.replace(earlier, status="active"))

    assert MonthlyGift.objects.get().status == "past_due"


def test_a_declined_card_leaves_the_page_open(sandbox, dora_gives, land, worker):
    donation = dora_gives()
    sandbox.pay(donation, card="4000000000000002")
    worker()

    assert land(donation) == "open"
    assert (donation.status, books()) == ("pending", [])

    sandbox.pay(donation)
    assert land(donation) == "confirmed"


def test_an_expired_page_says_so(sandbox, dora_gives, land, worker):
    donation = dora_gives()
    sandbox.control("expire", {"session": donation.stripe_checkout_session_id})

    worker()

    assert refreshed(donation).status == "expired"
    assert land(donation) == "expired"
    assert books() == []


@pytest.mark.parametrize(
    ("outcome", "state", "status"), [("succeeded", "confirmed", "succeeded"), ("failed", "failed", "failed")]
)
def test_a_bank_debit_is_processing_until_the_bank_answers(sandbox, dora_gives, land, worker, outcome, state, status):
    donation = dora_gives()
    sandbox.pay(donation, account="000123456789")
    worker()
    assert land(donation) == "processing"
    assert (donation.status, books()) == ("processing", [])
    assert not StripeEvent.objects.filter(status="received").exists()

    sandbox.control("debits", {"payment_intent": donation.stripe_payment_intent_id, "outcome": outcome})
    sandbox.settle()
    worker()

    assert refreshed(donation).status == status
    assert land(donation) == state
    assert len(books()) == (3 if outcome == "succeeded" else 0)
    assert findings() == []


def test_paid_but_not_settled_is_processing_and_booked_when_stripe_says_the_fee(sandbox, dora_gives, land, worker):
    sandbox.control("clock", {"settle_seconds": 60})
    donation = dora_gives()
    sandbox.pay(donation, settled=False)

    assert land(donation) == "processing"
    worker()
    assert (refreshed(donation).status, books()) == ("processing", [])
    waiting = StripeEvent.objects.get(type="checkout.session.completed")
    assert (waiting.status, waiting.tries) == ("received", 1)

    sandbox.settle(61)
    worker()
    assert refreshed(donation).status == "succeeded"
    assert StripeEvent.objects.get(type="charge.updated").status == "processed"
    assert len(books()) == 3


def test_stripe_down_on_landing_is_processing_and_no_error(sandbox, dora_gives, land):
    donation = dora_gives()
    sandbox.pay(donation)
    sandbox.fault(path="/v1/checkout/sessions/*", status="reset", times=2)

    assert land(donation) == "processing"
    assert donation.status == "pending"
    assert land(donation) == "confirmed"


def test_an_event_while_stripe_is_down_is_tried_again(sandbox, dora_gives, worker):
    donation = dora_gives()
    sandbox.pay(donation)
    sandbox.fault(path="/v1/checkout/sessions/*", status=500, times=2)

    worker()

    event = StripeEvent.objects.get(type="checkout.session.completed")
    assert (event.status, event.tries) == ("received", 1)
    assert event.reason.startswith("Stripe cannot be asked")
    StripeEvent.objects.filter(pk=event.pk).update(next_attempt_at="2000-01-01T00:00Z")
    worker()
    assert refreshed(donation).status == "succeeded"


def test_an_old_event_does_not_move_a_gift_back(sandbox, dora_gives, land):
    donation = dora_gives()
    open_page = look_at_checkout(donation.stripe_checkout_session_id)
    sandbox.pay(donation)
    land(donation)

    for status in ("open", "expired"):
        book_checkout(dataclasses.replace(open_page, session=dataclasses.replace(open_page.session, status=status)))

    assert refreshed(donation).status == "succeeded"
    assert len(books()) == 3


def test_another_amount_than_agreed_is_quarantined_and_not_booked(sandbox, dora_gives, worker, land):
    donation = dora_gives()
    sandbox.pay(donation)
    seen = look_at_checkout(donation.stripe_checkout_session_id)
    session = dataclasses.replace(seen.session, amount_minor=2600)

    book_checkout(dataclasses.replace(seen, session=session))
    worker()

    assert refreshed(donation).status == "quarantined"
    assert donation.reason == "2500 USD was agreed, but the session says 2600 USD"
    assert books() == IN_SUSPENSE
    assert Entry.objects.get(action="donation.quarantined").target_id == str(donation.pk)
    assert land(donation) == "checked"
    assert findings() == []


@pytest.mark.parametrize("change", [{"amount_minor": 2499}, {"currency": "EUR"}])
def test_another_payment_than_agreed_is_quarantined(sandbox, dora_gives, change):
    donation = dora_gives()
    sandbox.pay(donation)
    seen = look_at_checkout(donation.stripe_checkout_session_id)

    book_checkout(dataclasses.replace(seen, payment=dataclasses.replace(seen.payment, **change)))

    assert refreshed(donation).status == "quarantined"
    assert donation.stripe_payment_intent_id == seen.payment.payment_intent_id
    assert {account for account, _currency, _amount in books()} <= {
        "CURRENCY_EXCHANGE", "PROCESSING_FEES", "STRIPE_BALANCE", "SUSPENSE",
    }  # fmt: skip


def test_a_credit_that_does_not_add_up_is_quarantined(sandbox, dora_gives):
    donation = dora_gives()
    sandbox.pay(donation)
    seen = look_at_checkout(donation.stripe_checkout_session_id)
    moved = dataclasses.replace(seen.payment.balance_transaction, fee_minor=0)

    book_checkout(dataclasses.replace(seen, payment=dataclasses.replace(seen.payment, balance_transaction=moved)))

    assert (refreshed(donation).status, books()) == ("quarantined", [])
    assert "it is not in the books: gross 2500 is not fee 0 and net 2397" in donation.reason


def test_money_for_a_gift_held_for_dead_is_quarantined(sandbox, dora_gives):
    donation = dora_gives()
    Donation.objects.filter(pk=donation.pk).update(status="expired")
    sandbox.pay(donation)

    fulfil_checkout(donation.stripe_checkout_session_id)

    assert (refreshed(donation).status, books()) == ("quarantined", IN_SUSPENSE)
    assert "after it had ended as expired" in donation.reason


def test_a_renewal_of_another_amount_is_quarantined(sandbox, dora_gives, worker):
    first = dora_gives(interval="month")
    sandbox.pay(first)
    worker()
    gift = MonthlyGift.objects.get()
    half_past = int(gift.next_charge_at.timestamp()) + 1800  # the invoice is drawn and not collected yet
    sandbox.settle(half_past - sandbox.control("clock")["now"])
    drawn = sandbox.api(f"subscriptions/{gift.stripe_subscription_id}")["latest_invoice"]
    item = {"customer": gift.stripe_customer_id, "invoice": drawn, "amount": "1500", "currency": "usd"}
    sandbox.api("invoiceitems", "POST", item)

    sandbox.settle(7200)
    worker()

    second = Donation.objects.exclude(pk=first.pk).get()
    assert (second.status, second.amount_minor) == ("quarantined", 2500)
    assert second.reason == "2500 USD was agreed, but the invoice says 4000 USD"
    assert ("SUSPENSE", "USD", -4000) in books()
    assert findings() == []


def test_events_about_somebody_elses_objects_are_ignored(sandbox, worker):
    sandbox.api("checkout/sessions", "POST", {
        "mode": "payment", "success_url": "http://localhost/", "line_items[0][quantity]": "1",
        "line_items[0][price_data][currency]": "usd", "line_items[0][price_data][unit_amount]": "500",
        "line_items[0][price_data][product_data][name]": "a mug",
    })  # fmt: skip
    mug = sandbox.sessions()[-1]["id"]
    sandbox.control("pay", {"session": mug})
    sandbox.settle()

    worker()

    mine = StripeEvent.objects.filter(stripe_object_id=mug)
    assert {(event.status, event.reason) for event in mine} == {
        ("ignored", f"session {mug} is no donation of this portal")
    }
    assert not StripeEvent.objects.filter(status__in=["received", "shelved"]).exists()


def test_a_payment_that_carries_our_mark_without_a_donation_is_shelved(sandbox, dora_gives, worker):
    with transaction.atomic():
        donation = dora_gives()
        transaction.set_rollback(True)
    sandbox.pay(donation)

    worker()

    event = StripeEvent.objects.get(type="checkout.session.completed")
    assert event.status == "shelved"
    assert event.reason == (
        f"session {donation.stripe_checkout_session_id} carries our mark, but what it belongs to is not here"
    )


def test_a_page_that_was_made_while_the_answer_got_lost_is_found_again(client, sandbox, worker):
    sandbox.fault(path="/v1/checkout/sessions", status="reset", times=2, after_effect=True)
    assert client.post("/en/donate/", typed()).status_code == 503
    donation = Donation.objects.get()
    assert (donation.status, donation.stripe_checkout_session_id) == ("not-started", None)

    (session,) = sandbox.sessions()
    sandbox.control("pay", {"session": session["id"]})
    sandbox.settle()
    worker()

    assert refreshed(donation).status == "succeeded"
    assert donation.stripe_checkout_session_id == session["id"]
    assert findings() == []
