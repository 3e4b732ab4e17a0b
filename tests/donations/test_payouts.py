"""Money goes to our bank: what each payout consists of, and that it adds up."""

import dataclasses

import pytest

from donations import jobs, reactions
from donations.books import findings
from donations.models import Donation, GivingCurrency, LedgerTransaction, Payout, PayoutLine, StripeEvent
from donations.services import payouts
from donations.services.payouts import NotReconciledError
from donations.services.refunds import ask_refund
from tests.donations.money_desk import ada, charge_of, collected, entries, mails, pays, refreshed, sums

pytestmark = pytest.mark.usefixtures("db")
DAYS = 86_400


@pytest.fixture
def pay_out(sandbox):
    """Days pass until everything is available; then Stripe pays it out."""

    def pay_out(*, arrive=True):
        sandbox.control("clock", {"advance_seconds": 3 * DAYS})
        return sandbox.control("payouts", {"pay_out": True, "arrive": arrive})["payout"]

    return pay_out


def balance():
    return sums("STRIPE_BALANCE", "BANK")


def test_a_payout_consists_of_what_the_books_hold_and_adds_up(sandbox, worker, pay_out):
    GivingCurrency.objects.update(second_person_from_minor=10**9)
    gift, yen, disputed = (collected(sandbox, worker, *what) for what in [(5000,), (3000, "JPY"), (4000,)])
    ask_refund(gift, amount_minor=1000, why="a part", by=ada())
    jobs.send_refunds()
    sandbox.control("disputes", {"charge": charge_of(sandbox, disputed)})
    sandbox.control("adjustments", {"type": "stripe_fee", "amount": -200})
    sandbox.control("adjustments", {"type": "adjustment", "amount": 75})
    made = pay_out()

    worker()
    worker()

    payout = Payout.objects.get()
    assert (payout.status, payout.amount_minor, payout.is_automatic) == ("paid", made["amount"], True)
    assert payout.reconciled_at
    kinds = sorted(payout.lines.values_list("kind", flat=True))
    assert kinds == ["charge", "charge", "charge", "dispute", "fee", "other_adjustment", "refund"]
    assert sum(payout.lines.values_list("net_minor", flat=True)) == payout.amount_minor
    assert entries(payout=payout) == [
        ("STRIPE_BALANCE", "USD", -made["amount"]),
        ("BANK", "USD", made["amount"]),
    ]
    assert balance() == {("BANK", "USD"): made["amount"]}
    truth = sandbox.control("truth")["balance"]
    assert truth["available"] + truth["pending"] == 0
    assert sums("ADJUSTMENTS") == {("ADJUSTMENTS", "USD"): -75}
    assert findings() == []
    assert yen.status == "succeeded"


def test_a_payout_that_fails_comes_back_and_is_a_line_of_the_next(sandbox, worker, pay_out):
    ada()
    collected(sandbox, worker)
    first = pay_out()
    worker()
    sandbox.control("payouts", {"payout": first["id"], "outcome": "failed"})
    worker()

    failed = Payout.objects.get()
    assert (failed.status, failed.failure_code) == ("failed", "account_closed")
    assert balance() == {("STRIPE_BALANCE", "USD"): first["amount"]}
    assert mails() == ["alert-payout-failed"]

    pay_out()
    worker()

    second = Payout.objects.get(status="paid")
    assert (second.reconciled_at is None, list(second.lines.values_list("kind", flat=True))) == (
        False,
        ["payout_reversal"],
    )
    assert balance() == {("BANK", "USD"): first["amount"]}
    assert findings() == []


def test_a_payout_by_hand_is_booked_and_taken_back_when_it_is_called_off(sandbox, worker):
    collected(sandbox, worker)
    sandbox.settle(3 * DAYS)
    made = sandbox.api("payouts", "POST", {"amount": "1000", "currency": "usd"})
    worker()
    payout = Payout.objects.get()
    assert (payout.status, payout.is_automatic, sums("BANK")) == ("pending", False, {("BANK", "USD"): 1000})

    sandbox.api(f"payouts/{made['id']}/cancel", "POST", {"expand[]": "balance_transaction"})
    worker()

    assert (refreshed(payout).status, sums("BANK")) == ("canceled", {})
    assert (payout.reconciled_at, payout.lines.count()) == (None, 0)
    assert findings() == []


def test_a_payout_brings_along_what_no_event_told(sandbox, settings, pay_out):
    """Every kind of movement but the payout's own comes without an event: the payout has them booked."""
    one, two = pays(sandbox), pays(sandbox)
    sandbox.control("refunds", {"charge": charge_of(sandbox, one), "amount": 700})
    sandbox.control("disputes", {"charge": charge_of(sandbox, two)})
    more = pays(sandbox)
    made = pay_out()
    StripeEvent.objects.create(
        stripe_event_id="evt_1", type="payout.reconciliation_completed", stripe_object_id=made["id"], payload="{}",
        source="webhook",
    )  # fmt: skip

    jobs.process_events()

    assert StripeEvent.objects.values_list("status", "reason").get() == ("processed", "")
    assert Payout.objects.get().reconciled_at
    assert [Donation.objects.get(pk=gift.pk).status for gift in (one, two, more)] == ["succeeded"] * 3
    assert balance() == {("BANK", "USD"): made["amount"]}
    jobs.close_windows()
    assert findings() == []


def test_a_payout_with_somebody_elses_charge_is_shelved_and_reconciled_once_it_is_known(sandbox, worker, pay_out):
    collected(sandbox, worker)
    sandbox.api(
        "payment_intents", "POST", {"amount": "500", "currency": "usd", "payment_method": "pm_card_visa",
                                    "confirm": "true", "return_url": "https://x.example/"}
    )  # fmt: skip
    sandbox.settle()
    pay_out()

    worker()

    payout = Payout.objects.get()
    assert (payout.status, payout.reconciled_at, payout.lines.count()) == ("paid", None, 0)
    event = StripeEvent.objects.get(type="payout.reconciliation_completed")
    assert event.status == "shelved"
    assert "what the books do not hold: txn_" in event.reason
    assert findings() == []


@pytest.mark.parametrize("change", [{"net_minor": 1}, {"currency": "EUR"}])
def test_lines_that_do_not_add_up_are_not_kept(sandbox, worker, pay_out, change):
    collected(sandbox, worker)
    seen = payouts.look_at_payout(pay_out()["id"])
    off = dataclasses.replace(seen, lines=(dataclasses.replace(seen.lines[0], **change), *seen.lines[1:]))

    with pytest.raises(NotReconciledError, match="add up to"):
        payouts.reconcile_payout(off)

    assert PayoutLine.objects.count() == 0


def test_hints_about_a_payout_in_any_order_book_it_once(sandbox, worker, pay_out):
    collected(sandbox, worker)
    made = pay_out()
    old = payouts.look_at_payout(made["id"])
    sandbox.control("payouts", {"payout": made["id"], "outcome": "failed"})
    new = payouts.look_at_payout(made["id"])

    for seen in (new, old, new, old):
        payouts.book_payout(seen.payout)
        payouts.reconcile_payout(seen)

    assert Payout.objects.values_list("status", "status_as_of").get() == ("failed", new.payout.as_of)
    assert LedgerTransaction.objects.filter(payout__isnull=False).count() == 2
    assert reactions.book_movement(dataclasses.replace(old.lines[0], source_id="")).kind.value == "ignored"
