"""Money that goes back."""

import urllib.error

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


def tell(sandbox, of):
    """The events of an object: what each is called, and the state it shows."""
    events = reversed(list(sandbox.v1.events.list({"limit": 100}).auto_paging_iter()))
    return [(event.type, event.data.object.status) for event in events if event.data.object.id == of]


def refused(sandbox, path, given=None):
    """The status that the control desk refuses with."""
    with pytest.raises(urllib.error.HTTPError) as refusal:
        sandbox.control(path, given)
    with refusal.value as answer:
        return answer.code


# refunds


def test_a_refund_under_way_arrives(sandbox):
    charge = charge_of(sandbox, card="4000000000007726")
    refund = sandbox.v1.refunds.create({"charge": charge.id, "amount": 700})
    assert (refund.status, refund.pending_reason) == ("pending", "processing")
    assert sandbox.v1.charges.retrieve(charge.id).amount_refunded == 700

    sandbox.settle(10)

    assert "pending_reason" not in sandbox.v1.refunds.retrieve(refund.id)
    assert movements(sandbox)[1:] == [("refund", -700, 0)]
    assert tell(sandbox, refund.id) == [
        ("refund.created", "pending"),
        ("refund.updated", "succeeded"),
        ("charge.refund.updated", "succeeded"),
    ]


def test_a_refund_that_waits_for_funds_is_booked_when_it_goes(sandbox):
    charge = charge_of(sandbox)
    refund = sandbox.control("refunds", {"charge": charge.id, "amount": 400, "state": "insufficient_funds"})
    assert (refund["status"], refund["balance_transaction"], len(movements(sandbox))) == ("pending", None, 1)

    arrived = sandbox.control("refunds", {"refund": refund["id"], "outcome": "succeeded"})

    assert sandbox.v1.balance_transactions.retrieve(arrived["balance_transaction"]).amount == -400
    other = sandbox.control("refunds", {"charge": charge.id, "amount": 100, "state": "insufficient_funds"})
    failed = sandbox.control("refunds", {"refund": other["id"], "outcome": "failed", "failure_reason": "declined"})
    assert (failed["failure_reason"], "failure_balance_transaction" in failed) == ("declined", False)
    assert (len(movements(sandbox)), sandbox.v1.charges.retrieve(charge.id).amount_refunded) == (2, 400)


def test_one_of_several_refunds_fails_days_after_it_succeeded(sandbox):
    charge = charge_of(sandbox)
    first, second = (sandbox.v1.refunds.create({"charge": charge.id, "amount": each}).id for each in (1000, 1500))
    assert sandbox.v1.charges.retrieve(charge.id).refunded
    ordered = {"refund": first, "outcome": "failed", "failure_reason": "lost_or_stolen_card", "after_seconds": 864_000}
    assert sandbox.control("refunds", ordered)["status"] == "succeeded"

    sandbox.settle(11 * 86_400)

    charge = sandbox.v1.charges.retrieve(charge.id)
    assert (charge.amount_refunded, charge.refunded) == (1500, False)
    failed = sandbox.v1.refunds.retrieve(first, {"expand": ["failure_balance_transaction"]})
    assert (failed.failure_reason, failed.failure_balance_transaction.reporting_category) == (
        "lost_or_stolen_card",
        "refund_failure",
    )
    assert tell(sandbox, first)[1:] == [
        ("refund.updated", "failed"),
        ("charge.refund.updated", "failed"),
        ("refund.failed", "failed"),
    ]
    assert sandbox.v1.refunds.create({"charge": charge.id}).amount == 1000
    assert refused(sandbox, "refunds", {"refund": first, "outcome": "succeeded"}) == 400
    assert sandbox.v1.refunds.retrieve(second).status == "succeeded"


def test_a_refund_the_donor_must_claim_can_be_called_off(sandbox):
    charge = charge_of(sandbox)
    sandbox.control("refunds", {"next": "requires_action"})
    refund = sandbox.v1.refunds.create({"charge": charge.id, "amount": 900})
    assert refund.next_action.display_details.email_sent.email_sent_to == "dora@example.org"
    assert sandbox.v1.refunds.create({"charge": charge.id, "amount": 100}).status == "succeeded"

    canceled = sandbox.v1.refunds.cancel(refund.id)

    assert (canceled.status, canceled.failure_reason) == ("canceled", "merchant_request")
    assert sandbox.v1.charges.retrieve(charge.id).amount_refunded == 100
    assert movements(sandbox)[-1] == ("refund_failure", 900, 0)
    with pytest.raises(stripe.InvalidRequestError, match="requires_action"):
        sandbox.v1.refunds.cancel(refund.id)


# disputes


def test_an_inquiry_moves_nothing_and_ends_by_itself_when_refunded(sandbox):
    charge = charge_of(sandbox, card="4000000000001976")
    sandbox.settle(5)
    dispute = sandbox.v1.disputes.list({"charge": charge.id}).data[0]
    assert (dispute.status, dispute.balance_transactions, dispute.is_charge_refundable) == (
        "warning_needs_response",
        [],
        True,
    )
    assert dispute.payment_method_details.card.case_type == "inquiry"

    answered = sandbox.v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "A gift, thanked for."}})
    sandbox.v1.refunds.create({"charge": charge.id})

    assert answered.status == "warning_under_review"
    assert tell(sandbox, dispute.id) == [
        ("charge.dispute.created", "warning_needs_response"),
        ("charge.dispute.updated", "warning_under_review"),
        ("charge.dispute.closed", "warning_closed"),
    ]
    assert movements(sandbox)[1:] == [("refund", -2500, 0)]
    assert refused(sandbox, "disputes", {"dispute": dispute.id, "outcome": "escalate"}) == 400


def test_an_inquiry_escalates_is_won_and_overturned(sandbox):
    charge = charge_of(sandbox, 10_000, "eur")
    dispute = sandbox.control("disputes", {"charge": charge.id, "kind": "inquiry", "reason": "unrecognized"})["id"]
    assert refused(sandbox, "disputes", {"dispute": dispute, "outcome": "won"}) == 400

    for outcome in ("escalate", "won", "won_then_lost"):
        sandbox.settle(20 * 86_400)
        sandbox.control("disputes", {"dispute": dispute, "outcome": outcome})

    assert tell(sandbox, dispute) == [
        ("charge.dispute.created", "warning_needs_response"),
        ("charge.dispute.updated", "needs_response"),
        ("charge.dispute.funds_withdrawn", "needs_response"),
        ("charge.dispute.funds_reinstated", "won"),
        ("charge.dispute.closed", "won"),
        ("charge.dispute.updated", "lost"),
        ("charge.dispute.funds_withdrawn", "lost"),
        ("charge.dispute.closed", "lost"),
    ]
    moved = sandbox.v1.disputes.retrieve(dispute).balance_transactions
    assert [(each.reporting_category, each.fee, each.amount < 0) for each in moved] == [
        ("dispute", 1500, True),
        ("dispute_reversal", 0, False),
        ("dispute", 0, True),
    ]


def test_a_part_is_disputed_after_a_part_was_refunded(sandbox):
    charge = charge_of(sandbox)
    sandbox.v1.refunds.create({"charge": charge.id, "amount": 1000})
    assert refused(sandbox, "disputes", {"charge": charge.id, "amount": 2501}) == 400
    dispute = sandbox.control("disputes", {"charge": charge.id, "amount": 800})
    with pytest.raises(stripe.InvalidRequestError, match="charged back"):
        sandbox.v1.refunds.create({"charge": charge.id, "amount": 1})

    closed = sandbox.v1.disputes.close(dispute["id"])

    assert (closed.status, closed.amount, closed.evidence_details.submission_count) == ("lost", 800, 0)
    assert movements(sandbox)[1:] == [("refund", -1000, 0), ("adjustment", -800, 1500)]
    truth = sandbox.control("truth?only=gifts_by_currency,balance")
    assert truth["gifts_by_currency"] == {"usd": {"charged": 2500, "refunded": 1000, "disputed": 800}}
    assert (truth["balance"]["disputed"], truth["balance"]["fees"]) == (-800, 103 + 1500)
    with pytest.raises(stripe.InvalidRequestError) as again:
        sandbox.v1.disputes.update(dispute["id"], {"evidence": {"uncategorized_text": "too late"}})
    assert again.value.code == "dispute_already_closed"


def test_what_is_left_after_a_refund_is_disputed_by_default(sandbox):
    charge = charge_of(sandbox)
    sandbox.v1.refunds.create({"charge": charge.id, "amount": 1000})
    assert sandbox.control("disputes", {"charge": charge.id})["amount"] == 1500
    assert refused(sandbox, "disputes", {"charge": charge.id}) == 400


def test_evidence_is_staged_first_and_submitted_later(sandbox):
    charge = charge_of(sandbox)
    dispute = sandbox.control("disputes", {"charge": charge.id})["id"]
    staged = sandbox.v1.disputes.update(dispute, {"evidence": {"customer_name": "Dora"}, "submit": False})
    assert (staged.status, staged.evidence_details.has_evidence) == ("needs_response", True)

    sent = sandbox.v1.disputes.update(dispute, {"submit": True})

    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    assert sandbox.control("disputes", {"dispute": dispute, "outcome": "won"})["is_charge_refundable"]
    assert sandbox.v1.refunds.create({"charge": charge.id}).amount == 2500


def test_an_unanswered_dispute_is_lost_at_its_deadline_if_the_sandbox_is_strict(sandbox):
    lenient, strict = (sandbox.control("disputes", {"charge": charge_of(sandbox).id})["id"], None)
    sandbox.settle(10 * 86_400)
    assert sandbox.v1.disputes.retrieve(lenient).status == "needs_response"
    sandbox.control("disputes", {"deadlines": True})
    strict = sandbox.control("disputes", {"charge": charge_of(sandbox).id})

    sandbox.settle(strict["evidence_details"]["due_by"] - strict["created"])

    lost = sandbox.v1.disputes.retrieve(strict["id"])
    assert (lost.status, lost.evidence_details.past_due) == ("lost", True)


def test_a_debit_is_disputed_by_its_bank(sandbox):
    session = sandbox.session()
    sandbox.pay(session, account="000123456789")
    intent = sandbox.v1.checkout.sessions.retrieve(session.id).payment_intent
    sandbox.control("debits", {"payment_intent": intent, "outcome": "succeeded"})
    charge = sandbox.v1.charges.list({"payment_intent": intent}).data[0]
    dispute = sandbox.control("disputes", {"charge": charge.id})
    assert (dispute["reason"], dispute["payment_method_details"]) == ("debit_not_authorized", None)


# warnings


def test_a_card_whose_issuer_warns_until_the_gift_is_refunded(sandbox):
    charge = charge_of(sandbox, card="4000000000005423")
    sandbox.settle(5)
    warning = sandbox.v1.radar.early_fraud_warnings.list({"charge": charge.id}).data[0]
    assert (warning.actionable, warning.payment_intent) == (True, charge.payment_intent)

    sandbox.v1.refunds.create({"charge": charge.id})

    assert not sandbox.v1.radar.early_fraud_warnings.retrieve(warning.id).actionable
    other = charge_of(sandbox)
    sandbox.control("fraud_warnings", {"charge": other.id, "fraud_type": "made_with_lost_card"})
    sandbox.control("disputes", {"charge": other.id})
    types = [each for each in sandbox.event_types() if each.startswith("radar")]
    assert types == ["radar.early_fraud_warning.created", "radar.early_fraud_warning.updated"] * 2
    assert refused(sandbox, "fraud_warnings", {"charge": other.id, "fraud_type": "boredom"}) == 400
