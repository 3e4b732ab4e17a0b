"""Monthly gifts: begun by Checkout, renewed by the clock."""

from datetime import UTC, datetime

import pytest
import stripe

from stripe_sandbox.clock import add_months, period_end

DAY = 86_400


def begin(sandbox, amount=1000, currency="usd", every=("month", 1), **how):
    session = sandbox.session(amount, currency, every=every, subscription_data={"metadata": {"gift": "9"}})
    sandbox.pay(session, **how)
    sandbox.settle()
    return sandbox.v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription", "invoice"]})


def test_a_monthly_gift_begins_with_a_paid_invoice(sandbox):
    session = begin(sandbox)
    subscription, invoice = session.subscription, session.invoice
    item = subscription["items"].data[0]
    assert (session.status, session.payment_status, session.payment_intent) == ("complete", "paid", None)
    assert (subscription.status, subscription.metadata["gift"]) == ("active", "9")
    assert (item.price.unit_amount, item.price.recurring.interval) == (1000, "month")
    assert item.current_period_end == add_months(item.current_period_start, 1)
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == ("paid", 1000, "subscription_create")
    assert invoice.parent.subscription_details.subscription == subscription.id
    assert invoice.parent.subscription_details.metadata["gift"] == "9"
    assert not hasattr(invoice, "payment_intent")


def test_the_payment_of_an_invoice_is_found_both_ways(sandbox):
    session = begin(sandbox)
    invoice = sandbox.v1.invoices.retrieve(
        session.invoice.id, {"expand": ["payments.data.payment.payment_intent.latest_charge"]}
    )
    intent = invoice.payments.data[0].payment.payment_intent
    assert (intent.amount, intent.latest_charge.status) == (1000, "succeeded")

    payment = {"type": "payment_intent", "payment_intent": intent.id}
    found = sandbox.v1.invoice_payments.list({"payment": payment, "expand": ["data.invoice"]}).data
    assert [(each.invoice.id, each.status, each.amount_paid) for each in found] == [(invoice.id, "paid", 1000)]


def test_events_of_a_first_monthly_gift(sandbox):
    begin(sandbox)
    assert sandbox.event_types()[2:] == [
        "customer.created",
        "payment_method.attached",
        "customer.subscription.created",
        "invoice.created",
        "payment_intent.created",
        "invoice.finalized",
        "charge.succeeded",
        "payment_intent.succeeded",
        "customer.subscription.updated",
        "invoice_payment.paid",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "checkout.session.completed",
        "charge.updated",
    ]


def test_two_renewals_by_the_clock(sandbox):
    session = begin(sandbox)
    for _ in range(2):
        sandbox.control("clock", {"advance_months": 1})

    invoices = sandbox.v1.invoices.list({"subscription": session.subscription.id}).data
    subscription = sandbox.v1.subscriptions.retrieve(session.subscription.id, {"expand": ["latest_invoice"]})
    assert [each.billing_reason for each in invoices] == [
        "subscription_cycle",
        "subscription_cycle",
        "subscription_create",
    ]
    assert [(each.status, each.amount_paid) for each in invoices] == [("paid", 1000)] * 3
    assert subscription.latest_invoice.id == invoices[0].id
    assert subscription["items"].data[0].current_period_end == add_months(subscription.billing_cycle_anchor, 3)
    assert len(sandbox.control("truth")["balance_transactions"]) == 3


def test_a_renewals_invoice_is_a_draft_for_an_hour(sandbox):
    session = begin(sandbox)
    until = session.subscription["items"].data[0].current_period_end
    sandbox.settle(until - sandbox.control("clock")["now"] + 60)
    newest = sandbox.v1.invoices.list({"limit": 1}).data[0]
    assert (newest.status, newest.amount_paid) == ("draft", 0)

    sandbox.settle(3600)

    assert sandbox.v1.invoices.retrieve(newest.id).status == "paid"


def test_the_31st_becomes_the_last_day_of_shorter_months():
    anchor = int(datetime(2026, 1, 31, 12, tzinfo=UTC).timestamp())
    ends = [datetime.fromtimestamp(period_end(anchor, "month", 1, n), UTC).strftime("%m-%d") for n in (1, 2, 3, 13)]
    assert ends == ["02-28", "03-31", "04-30", "02-28"]


def test_a_card_that_fails_later_is_tried_again_and_then_the_gift_ends(sandbox):
    session = begin(sandbox, card="4000000000000341")
    sandbox.control("clock", {"advance_months": 1})
    subscription = sandbox.v1.subscriptions.retrieve(session.subscription.id, {"expand": ["latest_invoice"]})
    assert (subscription.status, subscription.latest_invoice.status) == ("past_due", "open")
    assert subscription.latest_invoice.next_payment_attempt

    sandbox.settle(16 * DAY)

    ended = sandbox.v1.subscriptions.retrieve(session.subscription.id, {"expand": ["latest_invoice"]})
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "payment_failed")
    assert ended.latest_invoice.attempt_count == 4
    types = sandbox.event_types()
    assert types.count("invoice.payment_failed") == 4
    assert types[-1] == "customer.subscription.deleted"


def test_a_better_card_pays_the_open_invoice_at_the_next_try(sandbox):
    session = begin(sandbox, card="4000000000000341")
    sandbox.control("clock", {"advance_months": 1})
    sandbox.v1.subscriptions.update(session.subscription.id, {"default_payment_method": "pm_card_visa"})

    sandbox.settle(4 * DAY)

    subscription = sandbox.v1.subscriptions.retrieve(session.subscription.id, {"expand": ["latest_invoice"]})
    assert (subscription.status, subscription.latest_invoice.status) == ("active", "paid")


def test_ending_at_the_periods_end_and_changing_ones_mind(sandbox):
    session = begin(sandbox)
    update = sandbox.v1.subscriptions.update
    asked = update(session.subscription.id, {"cancel_at_period_end": True})
    assert (asked.status, asked.cancel_at) == ("active", asked["items"].data[0].current_period_end)
    assert update(session.subscription.id, {"cancel_at_period_end": False}).cancel_at is None
    update(session.subscription.id, {"cancel_at_period_end": True})

    sandbox.control("clock", {"advance_months": 1})

    ended = sandbox.v1.subscriptions.retrieve(session.subscription.id)
    assert ended.status == "canceled"
    assert len(sandbox.v1.invoices.list().data) == 1


def test_ending_at_once(sandbox):
    session = begin(sandbox)
    ended = sandbox.v1.subscriptions.cancel(session.subscription.id, {"cancellation_details": {"feedback": "unused"}})
    assert (ended.status, ended.cancellation_details.feedback) == ("canceled", "unused")
    assert sandbox.v1.subscriptions.list().data == []
    assert [each.id for each in sandbox.v1.subscriptions.list({"status": "all"}).data] == [ended.id]
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.v1.subscriptions.cancel(session.subscription.id)


def test_another_amount_from_the_next_period_on(sandbox):
    session = begin(sandbox)
    item = session.subscription["items"].data[0]
    terms = {"currency": "usd", "product": item.price.product, "unit_amount": 3000, "recurring": {"interval": "month"}}
    sandbox.v1.subscriptions.update(
        session.subscription.id,
        {"items": [{"id": item.id, "price_data": terms}], "proration_behavior": "none"},
    )

    sandbox.control("clock", {"advance_months": 1})

    assert [each.amount_paid for each in sandbox.v1.invoices.list().data] == [3000, 1000]


def test_a_first_payment_by_three_d_secure(sandbox):
    session = sandbox.session(monthly=True)
    assert sandbox.pay(session, card="4000002500003155")["status"] == "requires_action"
    sandbox.control("authenticate", {"session": session.id})
    session = sandbox.v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription"]})
    assert (session.payment_status, session.subscription.status) == ("paid", "active")


def test_a_first_payment_by_debit(sandbox):
    session = sandbox.session(currency="eur", monthly=True)
    sandbox.pay(session, account="DE89370400440532013000")
    session = sandbox.v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription", "invoice"]})
    assert (session.payment_status, session.subscription.status, session.invoice.status) == ("unpaid", "active", "open")

    sandbox.settle(3601)

    session = sandbox.v1.checkout.sessions.retrieve(session.id, {"expand": ["invoice"]})
    assert (session.payment_status, session.invoice.status) == ("paid", "paid")


def test_a_customer_taken_away_ends_the_monthly_gift(sandbox):
    session = begin(sandbox)
    assert sandbox.v1.customers.delete(session.customer).deleted
    assert sandbox.v1.customers.retrieve(session.customer).deleted
    assert sandbox.v1.subscriptions.retrieve(session.subscription.id).status == "canceled"
