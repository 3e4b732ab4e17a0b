"""Money that goes back."""

import pytest
import stripe


def charge_of(sandbox, amount=2500, currency="usd", **how):
    session = sandbox.session(amount, currency)
    sandbox.pay(session, **how)
    sandbox.settle()
    intent = sandbox.v1.checkout.sessions.retrieve(session.id).payment_intent
    return sandbox.v1.charges.list({"payment_intent": intent}).data[0]


def movements(sandbox):
    found = sandbox.control("truth")["balance_transactions"]
    return [(each["type"], each["amount"], each["fee"]) for each in found]


def test_a_part_and_then_the_rest_is_refunded(sandbox):
    charge = charge_of(sandbox)
    part = sandbox.v1.refunds.create({"charge": charge.id, "amount": 1000, "reason": "requested_by_customer"})
    rest = sandbox.v1.refunds.create({"payment_intent": charge.payment_intent, "expand": ["balance_transaction"]})

    charge = sandbox.v1.charges.retrieve(charge.id, {"expand": ["refunds"]})
    assert (part.amount, rest.amount, rest.balance_transaction.amount) == (1000, 1500, -1500)
    assert (charge.amount_refunded, charge.refunded) == (2500, True)
    assert [refund.id for refund in charge.refunds.data] == [rest.id, part.id]
    assert movements(sandbox) == [("charge", 2500, 103), ("refund", -1000, 0), ("refund", -1500, 0)]
    assert sandbox.event_types()[-4:] == ["charge.refunded", "refund.created"] * 2


@pytest.mark.parametrize(("amount", "code"), [(2501, None), (0, "parameter_invalid_integer")])
def test_too_much_or_nothing_cannot_be_refunded(sandbox, amount, code):
    charge = charge_of(sandbox)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.v1.refunds.create({"charge": charge.id, "amount": amount})
    assert (refused.value.param, refused.value.code) == ("amount", code)


def test_a_charge_is_refunded_once(sandbox):
    charge = charge_of(sandbox)
    sandbox.v1.refunds.create({"charge": charge.id})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.v1.refunds.create({"charge": charge.id})
    assert refused.value.code == "charge_already_refunded"


def test_a_refund_that_the_bank_sends_back(sandbox):
    charge = charge_of(sandbox, card="4000000000005126")
    refund = sandbox.v1.refunds.create({"charge": charge.id})
    sandbox.settle(10)

    refund = sandbox.v1.refunds.retrieve(refund.id, {"expand": ["failure_balance_transaction"]})
    assert (refund.status, refund.failure_balance_transaction.amount) == ("failed", 2500)
    assert sandbox.v1.charges.retrieve(charge.id).amount_refunded == 0
    assert sandbox.event_types()[-3:] == ["refund.updated", "charge.refund.updated", "refund.failed"]


def test_a_foreign_refund_comes_at_the_rate_of_its_own_day(sandbox):
    charge = charge_of(sandbox, 10_000, "eur")
    sandbox.settle(5 * 86_400)
    sandbox.v1.refunds.create({"charge": charge.id})
    given, taken = sandbox.control("truth")["balance_transactions"]
    assert given["exchange_rate"] != taken["exchange_rate"]
    assert given["amount"] + taken["amount"] != 0


@pytest.mark.parametrize(
    ("outcome", "after", "closing"),
    [
        ("won", [("adjustment", 2500, 0)], ["charge.dispute.funds_reinstated", "charge.dispute.closed"]),
        ("lost", [], ["charge.dispute.closed"]),
    ],
)
def test_a_dispute_takes_the_money_and_its_fee(sandbox, outcome, after, closing):
    charge = charge_of(sandbox)
    dispute = sandbox.control("disputes", {"charge": charge.id})
    assert sandbox.v1.charges.retrieve(charge.id).disputed
    assert movements(sandbox)[1:] == [("adjustment", -2500, 1500)]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.v1.refunds.create({"charge": charge.id})
    assert refused.value.code == "charge_disputed"

    sandbox.control("disputes", {"dispute": dispute["id"], "outcome": outcome})

    found = sandbox.v1.disputes.retrieve(dispute["id"])
    assert (found.status, found.charge, len(found.balance_transactions)) == (outcome, charge.id, 1 + len(after))
    assert movements(sandbox)[2:] == after
    assert sandbox.event_types()[-2 - len(closing) :] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        *closing,
    ]


def test_a_card_that_disputes_by_itself_and_evidence_that_wins(sandbox):
    charge = charge_of(sandbox, card="4000000000000259")
    sandbox.settle(5)
    dispute = sandbox.v1.disputes.list({"charge": charge.id}).data[0]
    assert (dispute.reason, dispute.status) == ("fraudulent", "needs_response")

    won = sandbox.v1.disputes.update(
        dispute.id, {"evidence": {"uncategorized_text": "winning_evidence"}, "submit": True}
    )

    assert (won.status, won.evidence_details.submission_count) == ("won", 1)


def test_the_balance_is_the_sum_of_its_movements(sandbox):
    charge = charge_of(sandbox)
    sandbox.v1.refunds.create({"charge": charge.id, "amount": 500})
    assert sandbox.v1.balance.retrieve().pending[0].amount == 2397 - 500

    sandbox.settle(4 * 86_400)

    assert sandbox.v1.balance.retrieve().available[0].amount == 2397 - 500
    found = sandbox.v1.balance_transactions.list({"type": "charge", "expand": ["data.source"]}).data
    assert [(each.source.id, each.status) for each in found] == [(charge.id, "available")]
