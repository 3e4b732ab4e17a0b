"""Money on its way to our bank, and books to hold ours against."""

import time

import pytest
import stripe

from tests.stripe_sandbox.test_pages import browse
from tests.stripe_sandbox.test_refunds_and_disputes import refused

DAY = 86_400


def charge_of(sandbox, amount=2500, currency="usd", **how):
    session = sandbox.session(amount, currency)
    sandbox.pay(session, **how)
    sandbox.settle()
    return sandbox.control("truth?only=charges")["charges"][-1]["id"]


def payout_equation(sandbox, payout):
    """The payout's amount, the net of what it took along, and the types of these movements."""
    listed = sandbox.v1.balance_transactions.list({"payout": payout, "limit": 100})
    found = list(listed.auto_paging_iter())
    paid = sandbox.v1.payouts.retrieve(payout)
    others = [each for each in found if each.id != paid.balance_transaction]
    assert sum(each.net for each in found) == 0
    return paid.amount, sum(each.net for each in others), [each.type for each in others]


def books_balance(sandbox):
    sums = sandbox.control("truth?only=balance")["balance"]
    told = sandbox.v1.balance.retrieve()
    assert (told.available[0].amount, told.pending[0].amount) == (sums["available"], sums["pending"])
    moved = ("charged", "refunded", "disputed", "account_fees", "adjustments", "paid_out")
    assert sum(sums[name] for name in moved) - sums["fees"] == sums["available"] + sums["pending"]
    return sums


def test_a_daily_payout_takes_along_what_is_available(sandbox):
    sandbox.control("payouts", {"schedule": "daily"})
    early = charge_of(sandbox, 2500, "eur")
    sandbox.v1.refunds.create({"charge": early, "amount": 500})
    sandbox.control("disputes", {"charge": charge_of(sandbox, 900)})
    sandbox.control("adjustments", {"type": "stripe_fee", "amount": -31, "description": "Radar"})
    sandbox.settle(8 * DAY)
    late = charge_of(sandbox, 7000)

    sandbox.settle(8 * DAY)

    second, first = sandbox.v1.payouts.list().data
    amount, net, types = payout_equation(sandbox, first.id)
    assert (amount, sorted(types)) == (net, ["adjustment", "charge", "charge", "refund", "stripe_fee"])
    assert payout_equation(sandbox, second.id) == (6767, 6767, ["charge"])
    assert (first.status, first.automatic, first.reconciliation_status) == ("paid", True, "completed")
    assert (first.created % DAY, first.arrival_date) == (0, first.created + 2 * DAY)
    own = sandbox.v1.balance_transactions.retrieve(first.balance_transaction, {"expand": ["source"]})
    assert (own.type, own.net, own.source.id) == ("payout", -first.amount, first.id)
    assert [each for each in sandbox.event_types() if each.startswith("payout")][:4] == [
        "payout.created",
        "payout.updated",
        "payout.reconciliation_completed",
        "payout.paid",
    ]
    found = sandbox.v1.balance_transactions.list({"created": {"gte": first.created}, "type": "charge"}).data
    assert [each.source for each in found] == [late]
    assert books_balance(sandbox)["available"] == 0


def test_a_failed_payout_comes_back_and_goes_out_with_the_next(sandbox):
    charge_of(sandbox, 5000, card="4000000000000077")
    payout = sandbox.control("payouts", {"pay_out": True, "arrive": True})["payout"]
    assert payout["status"] == "paid"

    failed = sandbox.control(
        "payouts", {"payout": payout["id"], "outcome": "failed", "failure_code": "account_frozen"}
    )["payout"]  # fmt: skip

    assert (failed["status"], failed["failure_code"]) == ("failed", "account_frozen")
    assert sandbox.event_types()[-1] == "payout.failed"
    back = sandbox.v1.payouts.retrieve(payout["id"], {"expand": ["failure_balance_transaction"]})
    assert back.failure_balance_transaction.reporting_category == "payout_reversal"
    assert payout_equation(sandbox, payout["id"])[2] == ["charge"]
    again = sandbox.control("payouts", {"pay_out": True})["payout"]
    assert payout_equation(sandbox, again["id"]) == (payout["amount"], payout["amount"], ["payout_failure"])
    assert books_balance(sandbox)["paid_out"] == -payout["amount"]


def test_payouts_by_hand(sandbox):
    charge_of(sandbox, 5000, card="4000000000000077")
    payouts = sandbox.v1.payouts
    with pytest.raises(stripe.InvalidRequestError) as poor:
        payouts.create({"amount": 5000, "currency": "usd"})
    assert poor.value.code == "balance_insufficient"
    kept = payouts.create({"amount": 1000, "currency": "usd", "metadata": {"for": "grants"}})
    canceled = payouts.cancel(payouts.create({"amount": 2000, "currency": "usd"}).id)
    assert (canceled.status, kept.reconciliation_status) == ("canceled", "not_applicable")
    with pytest.raises(stripe.InvalidRequestError, match="automatic transfers"):
        sandbox.v1.balance_transactions.list({"payout": kept.id})
    payouts.update(kept.id, {"metadata": {"for": ""}})

    sandbox.settle(2 * DAY)

    assert [each.id for each in payouts.list({"status": "paid"}).data] == [kept.id]
    assert [each.id for each in payouts.list({"arrival_date": {"gt": kept.arrival_date}}).data] == []
    with pytest.raises(stripe.InvalidRequestError):
        payouts.cancel(kept.id)
    rest = sandbox.control("payouts", {"pay_out": True})["payout"]
    assert payout_equation(sandbox, rest["id"])[:2] == (4825 - 1000, 4825 - 1000)


def test_a_negative_balance_is_not_paid_out_and_waits(sandbox):
    charge = charge_of(sandbox, 5000, card="4000000000000077")
    sandbox.control("payouts", {"pay_out": True})
    sandbox.v1.refunds.create({"charge": charge})
    sandbox.control("payouts", {"schedule": "weekly"})
    sandbox.settle(8 * DAY)
    assert (books_balance(sandbox)["available"], len(sandbox.v1.payouts.list().data)) == (-5000, 1)
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.v1.payouts.create({"amount": 1, "currency": "usd"})

    charge_of(sandbox, 8000)
    sandbox.settle(15 * DAY)

    newest = sandbox.v1.payouts.list().data[0]
    assert time.gmtime(newest.created).tm_wday == 0
    assert payout_equation(sandbox, newest.id) == (2738, 2738, ["charge", "refund"])


def test_a_negative_balance_is_fetched_from_our_bank_where_stripe_may(sandbox):
    charge = charge_of(sandbox, 5000, card="4000000000000077")
    sandbox.control("payouts", {"pay_out": True})
    sandbox.v1.refunds.create({"charge": charge})
    sandbox.settle(3 * DAY)

    payout = sandbox.control("payouts", {"pay_out": True, "debits": True, "arrive": True})["payout"]

    assert payout_equation(sandbox, payout["id"]) == (-5000, -5000, ["refund"])
    assert books_balance(sandbox)["available"] == 0


def test_schedules_begin_on_their_days_and_end(sandbox):
    sandbox.control("payouts", {"schedule": "monthly"})
    charge_of(sandbox)
    sandbox.control("clock", {"advance_months": 2})
    (payout,) = sandbox.v1.payouts.list().data
    assert time.gmtime(payout.created).tm_mday == 1
    assert sandbox.control("payouts", {"schedule": "manual"}) == {"schedule": "manual"}
    charge_of(sandbox)
    sandbox.control("clock", {"advance_months": 2})
    assert len(sandbox.v1.payouts.list().data) == 1


def test_the_account_has_fees_and_adjustments_of_its_own(sandbox):
    fee = sandbox.control("adjustments", {"type": "stripe_fee", "amount": -120})
    found = sandbox.control("adjustments", {"type": "adjustment", "amount": 75, "description": "Found by Stripe"})
    assert (fee["source"], fee["net"], fee["reporting_category"]) == (None, -120, "fee")
    assert [each.id for each in sandbox.v1.balance_transactions.list({"type": "adjustment"}).data] == [found["id"]]
    sums = books_balance(sandbox)
    assert (sums["account_fees"], sums["adjustments"], sums["available"]) == (-120, 75, -45)
    assert refused(sandbox, "adjustments", {"type": "stripe_fee", "amount": 120}) == 400


def test_thousands_of_payments_and_three_that_are_not_right(sandbox):
    started = time.monotonic()
    made = sandbox.control("bulk", {"charges": 2000, "currencies": ["usd", "jpy", "kwd"], "metadata": {"seeded": "1"}})
    assert time.monotonic() - started < 5
    first, second, last = made["charges"][0], made["charges"][1], made["charges"][-1]
    charge = sandbox.v1.charges.retrieve(last["charge"], {"expand": ["balance_transaction", "payment_intent"]})
    assert (charge.balance_transaction.net, charge.payment_intent.amount) == (last["net"], last["amount"])
    assert (charge.metadata.seeded, charge.balance_transaction.fee) == ("1", last["fee"])
    assert sandbox.v1.refunds.create({"payment_intent": first["payment_intent"]}).amount == first["amount"]
    assert sandbox.event_types()[0] == "charge.refunded"

    sandbox.control("tamper", {"delete": first["balance_transaction"]})
    altered = {"alter": second["balance_transaction"], "fields": {"amount": 1, "net": 0}}
    sandbox.control("tamper", altered)
    extra = sandbox.control("tamper", {"add": {"currencies": ["eur"], "seed": 7}})

    listed = {each.id: each for each in sandbox.v1.balance_transactions.list({"limit": 100}).auto_paging_iter()}
    assert first["balance_transaction"] not in listed
    assert listed[second["balance_transaction"]].amount == 1
    assert listed[extra["id"]].source.startswith("ch_")
    assert len(listed) == 2000 + 1 - 1 + 1
    assert refused(sandbox, "tamper", {"alter": extra["id"], "fields": {"object": "charge"}}) == 400


def test_the_truth_in_parts(sandbox):
    charge_of(sandbox, card="4000000000000077")
    payout = sandbox.control("payouts", {"pay_out": True})["payout"]
    parts = sandbox.control("truth?only=payouts,payout_transactions,early_fraud_warnings")
    assert set(parts) == {"now", "payouts", "payout_transactions", "early_fraud_warnings"}
    assert len(parts["payout_transactions"][payout["id"]]) == 2
    assert refused(sandbox, "truth?only=nonsense") == 400


def test_a_test_clock_moves_the_one_clock_there_is(sandbox):
    clocks = sandbox.v1.test_helpers.test_clocks
    start = sandbox.control("clock")["now"] + 3600
    clock = clocks.create({"frozen_time": start, "name": "a year of gifts"})
    charge_of(sandbox)
    assert clocks.advance(clock.id, {"frozen_time": start + 40 * DAY}).status == "advancing"

    sandbox.settle(0)

    ready = clocks.retrieve(clock.id)
    assert (ready.status, ready.frozen_time) == ("ready", start + 40 * DAY)
    assert 0 <= sandbox.control("clock")["now"] - ready.frozen_time < 60
    assert [each.id for each in clocks.list().data] == [clock.id]
    for wrong in (start, start + 4 * 366 * DAY):
        with pytest.raises(stripe.InvalidRequestError):
            clocks.advance(clock.id, {"frozen_time": wrong})
    for wrong in (start, 10**17):
        with pytest.raises(stripe.InvalidRequestError, match=r"does not go back|two years"):
            clocks.create({"frozen_time": wrong})
    assert clocks.delete(clock.id).deleted
    with pytest.raises(stripe.InvalidRequestError):
        clocks.retrieve(clock.id)
    kinds = [each.removeprefix("test_helpers.test_clock.") for each in sandbox.event_types() if "test_clock" in each]
    assert kinds == ["created", "advancing", "ready", "deleted"]


def test_the_dashboard_has_a_button_for_what_banks_do(sandbox):
    def press(act, target="", **more):
        form = {"act": act, "target": target, **more}
        status, headers, text = browse(sandbox, "POST", "/", form, Origin=sandbox.base)
        return headers["Location"].partition("=")[2] if status == 303 else text

    charge, other = charge_of(sandbox, 5000, card="4000000000000077"), charge_of(sandbox)
    assert press("refund", charge, amount="1200") == "refunded"
    assert "smallest units" in press("refund", charge, amount="12.00")
    assert "refunded 12.00 USD" in browse(sandbox, "GET", "/")[2]
    refund = sandbox.v1.refunds.list().data[0].id
    assert (press("refund-fails", refund), sandbox.v1.refunds.retrieve(refund).status) == ("answered", "failed")
    assert (press("warn", other), press("inquire", other)) == ("warned", "disputed")
    dispute = sandbox.v1.disputes.list().data[0].id
    assert [press(act, dispute) for act in ("escalate", "won", "won_then_lost")] == ["answered", "won", "answered"]
    assert "Only a won dispute" in press("won_then_lost", dispute)
    pressed = [press("pay-out"), press("pay-out"), press("schedule", "daily")]
    assert pressed == ["paid-out", "nothing-to-pay-out", "scheduled"]
    payout = sandbox.v1.payouts.list().data[0].id
    assert (press("payout-arrives", payout), press("payout-fails", payout)) == ("answered", "answered")
    text = browse(sandbox, "GET", "/")[2]
    assert all(words in text for words in ("Payouts: every day", "Early fraud warnings", "failed", "lost"))
