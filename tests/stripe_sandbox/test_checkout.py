"""Gifts through Checkout, driven by Stripe's own library."""

import pytest
import stripe

from tests.stripe_sandbox.desk import eventually


def paid(sandbox, session):
    return sandbox.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["payment_intent.latest_charge.balance_transaction", "line_items"]}
    )


def test_a_gift_in_dollars_settles_with_the_domestic_fee(sandbox):
    session = sandbox.session(2500, submit_type="donate", metadata={"donation": "7"}, client_reference_id="7")
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)

    sandbox.pay(session)
    sandbox.settle()

    session = paid(sandbox, session)
    charge = session.payment_intent.latest_charge
    booked = charge.balance_transaction
    assert (session.status, session.payment_status, session.url) == ("complete", "paid", None)
    assert (session.metadata["donation"], session.client_reference_id, session.submit_type) == ("7", "7", "donate")
    assert session.customer_details.email == "dora@example.org"
    assert (charge.amount, charge.currency, charge.status) == (2500, "usd", "succeeded")
    assert (booked.amount, booked.fee, booked.net, booked.currency, booked.exchange_rate) == (
        2500,
        103,
        2397,
        "usd",
        None,
    )
    assert [item.description for item in session.line_items.data] == ["Gift to the Trust Fund"]


@pytest.mark.parametrize(
    ("currency", "amount"), [("eur", 2500), ("jpy", 3000), ("kwd", 7500), ("gbp", 1000), ("chf", 5000)]
)
def test_a_gift_in_another_currency_settles_in_dollars(sandbox, currency, amount):
    session = sandbox.session(amount, currency)
    sandbox.pay(session)
    sandbox.settle()

    charge = paid(sandbox, session).payment_intent.latest_charge
    booked = charge.balance_transaction
    exponent = {"jpy": 0, "kwd": 3}.get(currency, 2)
    assert (charge.amount, charge.currency, booked.currency) == (amount, currency, "usd")
    assert abs(booked.amount - amount / 10**exponent * booked.exchange_rate * 100) <= 0.51
    assert booked.net == booked.amount - booked.fee
    assert booked.fee == (booked.amount * 39 + 500) // 1000 + 30  # 2.9 % + 1 % exchange + 30 ¢


@pytest.mark.parametrize(
    ("currency", "amount", "code"),
    [
        ("usd", 49, "amount_too_small"),
        ("jpy", 49, "amount_too_small"),
        ("gbp", 29, "amount_too_small"),
        ("kwd", 1005, "invalid_charge_amount"),
        ("isk", 50050, "invalid_charge_amount"),
        ("usd", 100_000_000, "amount_too_large"),
    ],
)
def test_amounts_that_stripe_refuses_are_refused(sandbox, currency, amount, code):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.session(amount, currency)
    assert refused.value.code == code


def test_events_of_a_gift_come_in_stripes_order_and_are_delivered(sandbox, receiver):
    session = sandbox.session()
    sandbox.pay(session)
    sandbox.settle()

    expected = [
        "product.created",
        "price.created",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "charge.updated",
    ]
    assert sandbox.event_types() == expected
    assert eventually(lambda: sorted(receiver.types()) == sorted(expected))


def test_a_charge_has_no_balance_transaction_until_it_is_settled(sandbox):
    sandbox.control("clock", {"settle_seconds": 100})
    session = sandbox.session()
    sandbox.pay(session)
    assert paid(sandbox, session).payment_intent.latest_charge.balance_transaction is None

    sandbox.settle(101)

    assert paid(sandbox, session).payment_intent.latest_charge.balance_transaction.amount == 2500


def test_a_declined_card_leaves_the_session_open_and_another_card_pays(sandbox):
    session = sandbox.session()
    declined = sandbox.pay(session, card="4000000000000002")
    assert (declined["status"], declined["message"]) == ("declined", "Your card was declined.")
    open_session = paid(sandbox, session)
    assert open_session.status == "open"
    assert open_session.payment_intent.last_payment_error.decline_code == "generic_decline"

    sandbox.pay(session)

    session = paid(sandbox, session)
    charges = sandbox.v1.charges.list({"payment_intent": session.payment_intent.id}).data
    assert [charge.status for charge in charges] == ["succeeded", "failed"]
    assert sandbox.event_types()[2:5] == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


@pytest.mark.parametrize(
    ("agreed", "status", "payment"), [(True, "complete", "succeeded"), (False, "open", "requires_payment_method")]
)
def test_three_d_secure_waits_for_the_donors_answer(sandbox, agreed, status, payment):
    session = sandbox.session()
    assert sandbox.pay(session, card="4000002500003155")["status"] == "requires_action"
    assert paid(sandbox, session).payment_intent.status == "requires_action"

    sandbox.control("authenticate", {"session": session.id, "agreed": agreed})

    session = paid(sandbox, session)
    assert (session.status, session.payment_intent.status) == (status, payment)


@pytest.mark.parametrize(
    ("account", "payment_status", "event"),
    [
        ("AT611904300234573201", "paid", "checkout.session.async_payment_succeeded"),
        ("AT861904300235473202", "unpaid", "checkout.session.async_payment_failed"),
    ],
)
def test_a_delayed_payment_is_complete_but_unpaid_until_the_bank_answers(sandbox, account, payment_status, event):
    session = sandbox.session(currency="eur", allowed_payment_method_types=["sepa_debit"])
    assert session.payment_method_types == ["sepa_debit"]
    assert sandbox.pay(session, account=account)["status"] == "processing"
    waiting = paid(sandbox, session)
    assert (waiting.status, waiting.payment_status, waiting.payment_intent.status) == (
        "complete",
        "unpaid",
        "processing",
    )

    sandbox.settle(3601)

    assert paid(sandbox, session).payment_status == payment_status
    assert event in sandbox.event_types()


def test_a_session_expires_by_the_clock_and_by_request(sandbox):
    first, second = sandbox.session(), sandbox.session()
    assert sandbox.v1.checkout.sessions.expire(first.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.v1.checkout.sessions.expire(first.id)

    sandbox.settle(24 * 3600 + 1)

    assert sandbox.v1.checkout.sessions.retrieve(second.id).status == "expired"
    assert sandbox.event_types().count("checkout.session.expired") == 2
    assert [each.id for each in sandbox.v1.checkout.sessions.list({"status": "expired"}).data] == [second.id, first.id]


def test_expires_at_of_a_caller_who_does_not_know_the_clock_was_moved(sandbox):
    sandbox.control("clock", {"advance_months": 2})
    now = sandbox.control("clock")
    real = now["now"] - now["offset_seconds"]

    session = sandbox.session(expires_at=real + 3600)

    assert session.expires_at == pytest.approx(now["now"] + 3600, abs=5)
    with pytest.raises(stripe.InvalidRequestError, match="at least 30 minutes"):
        sandbox.session(expires_at=real + 60)


def test_customer_creation_makes_a_customer_only_when_paid(sandbox):
    session = sandbox.session(customer_creation="always", customer_email="dora@example.org")
    assert sandbox.v1.customers.list().data == []

    sandbox.pay(session)

    customer = sandbox.v1.customers.list({"email": "dora@example.org"}).data[0]
    assert paid(sandbox, session).customer == customer.id


@pytest.mark.parametrize(
    "wrong",
    [
        {"customer_creation": "always"},
        {"payment_intent_data": {"description": "x"}},
        {"submit_type": "donate"},
    ],
)
def test_what_subscription_mode_does_not_take(sandbox, wrong):
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.session(monthly=True, **wrong)


@pytest.mark.parametrize(
    ("wrong", "param", "code"),
    [
        ({"nonsense": "x"}, "nonsense", "parameter_unknown"),
        ({"payment_intent_data": {"foo": "x"}}, "payment_intent_data[foo]", "parameter_unknown"),
        ({"locale": "ar"}, "locale", None),
        ({"mode": "gift"}, "mode", None),
        ({"expires_at": "soon"}, "expires_at", "parameter_invalid_integer"),
        ({"discounts": [{"coupon": "x"}]}, "discounts", "sandbox_not_imitated"),
        ({"automatic_tax": {"enabled": True}}, "automatic_tax[enabled]", "sandbox_not_imitated"),
        (
            {"payment_intent_data": {"statement_descriptor_suffix": "x" * 23}},
            "payment_intent_data[statement_descriptor_suffix]",
            None,
        ),
        ({"metadata": {"k": "v" * 501}}, "metadata[k]", None),
        ({"customer": "cus_nobody"}, "customer", "resource_missing"),
        ({"customer_email": "dora"}, "customer_email", "email_invalid"),
        ({"success_url": "/thanks"}, "success_url", "url_invalid"),
    ],
)
def test_parameters_are_refused_as_stripe_refuses_them(sandbox, wrong, param, code):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.session(**wrong)
    assert (refused.value.http_status, refused.value.param, refused.value.code) == (400, param, code)
