"""A bank asks, takes a gift back, decides, and gives it back; the books follow each movement once."""

import dataclasses
import itertools

import pytest

from donations import jobs
from donations.books import findings
from donations.models import Dispute, GivingCurrency, LedgerTotal, ReceiptOrder, StripeEvent
from donations.services import disputes
from donations.services.fulfilment import book_checkout, look_at_checkout
from donations.services.payments import OddAnswerError
from donations.services.refunds import RefundError, ask_refund
from tests.donations.money_desk import ada, charge_of, collected, entries, mails, pays, refreshed, sums

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def bank(sandbox):
    """The donor's bank: opens a dispute of a gift, or says how one goes on."""

    def bank(gift_or_dispute, **given):
        if isinstance(gift_or_dispute, Dispute):
            return sandbox.control("disputes", {"dispute": gift_or_dispute.stripe_dispute_id, **given})
        return sandbox.control("disputes", {"charge": charge_of(sandbox, gift_or_dispute), **given})

    return bank


def test_a_dispute_is_lost_and_one_is_won(sandbox, worker, bank):
    lost, won = collected(sandbox, worker), collected(sandbox, worker)
    ada()
    for gift in (lost, won):
        bank(gift, reason="fraudulent")
    worker()

    first, second = (gift.disputes.get() for gift in (lost, won))
    assert (first.status, first.reason, first.amount_minor, first.is_open) == (
        "needs_response",
        "fraudulent",
        2500,
        True,
    )
    assert first.evidence_due_at > first.opened_at
    taken = [("STRIPE_BALANCE", "USD", -4000), ("DISPUTE_FEES", "USD", 1500), ("DISPUTES", "USD", 2500)]
    assert [entries(dispute=each) for each in (first, second)] == [taken, taken]
    assert mails() == ["alert-dispute", "alert-dispute"]

    bank(first, outcome="lost")
    bank(second, outcome="won")
    worker()
    worker()

    assert [refreshed(each).status for each in (first, second)] == ["lost", "won"]
    assert first.closed_at
    assert entries(dispute=first) == taken
    assert entries(dispute=second) == [*taken, ("STRIPE_BALANCE", "USD", 2500), ("DISPUTES", "USD", -2500)]
    assert LedgerTotal.objects.values_list("received_minor", "disputed_minor").get() == (5000, 2500)
    causes = set(ReceiptOrder.objects.filter(cause__startswith="dispute").values_list("cause", flat=True))
    assert causes == {f"dispute:{first.pk}:lost", f"dispute:{second.pk}:won"}
    assert findings() == []

    bank(second, outcome="won_then_lost")
    worker()

    assert refreshed(second).status == "lost"
    assert sums("DISPUTES", "DISPUTE_FEES", dispute=second) == {
        ("DISPUTES", "USD"): 2500,
        ("DISPUTE_FEES", "USD"): 1500,
    }
    assert ReceiptOrder.objects.filter(cause=f"dispute:{second.pk}:lost").exists()
    assert mails() == ["alert-dispute"] * 5
    assert findings() == []


def test_an_inquiry_moves_no_money_until_it_is_a_dispute(sandbox, worker, bank):
    closed, escalated = collected(sandbox, worker), collected(sandbox, worker)
    for gift in (closed, escalated):
        bank(gift, kind="inquiry")
    worker()

    asks, takes = (gift.disputes.get() for gift in (closed, escalated))
    assert (asks.status, asks.is_inquiry, entries(dispute=asks)) == ("warning_needs_response", True, [])

    bank(asks, outcome="warning_closed")
    bank(takes, outcome="escalate")
    worker()

    assert (refreshed(asks).status, entries(dispute=asks)) == ("warning_closed", [])
    assert refreshed(takes).status == "needs_response"
    assert sums("DISPUTES", dispute=takes) == {("DISPUTES", "USD"): 2500}
    assert findings() == []


@pytest.mark.parametrize(("currency", "amount_minor", "part"), [("JPY", 3000, 1000), ("EUR", 5001, 5001)])
def test_a_dispute_in_any_currency_is_booked_as_it_was_taken(sandbox, worker, bank, currency, amount_minor, part):
    gift = collected(sandbox, worker, amount_minor, currency)
    bank(gift, amount=part)
    worker()
    dispute = gift.disputes.get()
    assert sums("DISPUTES", dispute=dispute) == {("DISPUTES", currency): part}

    bank(dispute, outcome="won")
    worker()

    assert sums("DISPUTES", dispute=dispute) == {}
    # What the exchange made of it meanwhile stays in the exchange.
    assert {of for _account, of, _amount in entries(dispute=dispute)} == {currency, "USD"}
    assert findings() == []


def test_what_a_bank_takes_after_a_refund_is_a_transaction_of_its_own(sandbox, worker, bank):
    GivingCurrency.objects.filter(currency="USD").update(second_person_from_minor=10_000)
    gift = collected(sandbox, worker)
    ask_refund(gift, amount_minor=1000, why="a part", by=ada())
    jobs.send_refunds()

    bank(gift, amount=2500)
    worker()

    assert sums("REFUNDS", "DISPUTES", donation=gift) == {("REFUNDS", "USD"): 1000, ("DISPUTES", "USD"): 2500}
    assert findings() == []


def test_a_gift_under_dispute_is_not_refunded_and_one_that_is_asked_about_is(sandbox, worker, bank):
    GivingCurrency.objects.filter(currency="USD").update(second_person_from_minor=10_000)
    disputed, asked = collected(sandbox, worker), collected(sandbox, worker)
    person = ada()
    bank(disputed)
    bank(asked, kind="inquiry")
    worker()

    with pytest.raises(RefundError, match="bank has disputed"):
        ask_refund(disputed, amount_minor=100, why="sorry", by=person)
    ask_refund(asked, amount_minor=2500, why="sorry", by=person)
    jobs.send_refunds()
    worker()

    assert asked.refunds.get().status == "succeeded"
    assert asked.disputes.get().status == "warning_closed"
    assert findings() == []


def test_an_older_answer_never_overwrites_and_still_books_nothing_twice(sandbox, worker, bank):
    gift = collected(sandbox, worker)
    payment_id = gift.stripe_payment_intent_id
    dispute_id = bank(gift)["id"]
    old = disputes.look_at_dispute(dispute_id)
    sandbox.control("disputes", {"dispute": dispute_id, "outcome": "won"})
    new = disputes.look_at_dispute(dispute_id)

    for seen in (new, old, new, old):
        disputes.book_dispute(payment_id, seen)

    dispute = gift.disputes.get()
    assert (dispute.status, dispute.status_as_of) == ("won", new.as_of)
    assert sums("DISPUTES", dispute=dispute) == {}
    assert dispute.ledger_transactions.count() == 2
    with pytest.raises(OddAnswerError):
        disputes.book_dispute(payment_id, dataclasses.replace(new, status="under_the_table"))


TOLD = [
    "charge.dispute.created",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.closed",
    "checkout.session.completed",
]


def test_hints_about_a_dispute_in_any_order_come_to_the_same(sandbox, settings, bank):
    for order in itertools.permutations(TOLD):
        gift = pays(sandbox)
        dispute_id = bank(gift)["id"]
        sandbox.control("disputes", {"dispute": dispute_id, "outcome": "lost"})
        for number, kind in enumerate(order):
            about = gift.stripe_checkout_session_id if kind.startswith("checkout") else dispute_id
            StripeEvent.objects.create(
                stripe_event_id=f"evt_{gift.pk}_{number}",
                type=kind,
                stripe_object_id=about,
                payload="{}",
                source="poll",
            )
            jobs.process_events()
        assert refreshed(gift).status == "succeeded"
        assert gift.disputes.get().status == "lost"
        assert sums("DISPUTES", "DONATION_INCOME", donation=gift) == {
            ("DISPUTES", "USD"): 2500,
            ("DONATION_INCOME", "USD"): -2500,
        }
    assert set(StripeEvent.objects.values_list("status", flat=True)) == {"processed"}
    jobs.close_windows()
    assert findings() == []


def test_a_dispute_of_a_payment_that_was_set_aside_empties_the_suspense(sandbox, worker, bank):
    gift = pays(sandbox)
    seen = look_at_checkout(gift.stripe_checkout_session_id)
    book_checkout(dataclasses.replace(seen, session=dataclasses.replace(seen.session, amount_minor=1)))
    assert sums("SUSPENSE", donation=gift) == {("SUSPENSE", "USD"): -2500}

    bank(gift)
    worker()

    assert sums("SUSPENSE", "DISPUTES", donation=gift) == {}
    assert findings() == []


def test_a_dispute_of_somebody_elses_charge_is_ignored(sandbox, worker):
    paid = sandbox.api(
        "payment_intents", "POST", {"amount": "500", "currency": "usd", "payment_method": "pm_card_visa",
                                    "confirm": "true", "return_url": "https://x.example/"}
    )  # fmt: skip
    sandbox.settle()
    sandbox.control("disputes", {"charge": paid["latest_charge"]})

    worker()

    assert Dispute.objects.count() == 0
    told = StripeEvent.objects.filter(type__startswith="charge.dispute").values_list("status", "reason")
    assert set(told) == {("ignored", "it is about no donation of this portal")}
