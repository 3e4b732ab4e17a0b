"""Lives of gifts: short ones told in every order, and a machine that makes up longer ones."""

import itertools
import random

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, rule

from donations.ledger import posting
from tests.donations.life import CURRENCIES, Life, PowerCutError

CARDS = ("4242424242424242", "4000000000000002", "4000000000000341", "4000000000005126")


def orders(events, *, most, seed=7):
    """Different orders of the events, all of them where they are no more than `most`; the given one comes first."""
    if len(events) <= 6:
        every = list(itertools.permutations(events))
    else:
        shuffle = random.Random(seed)
        every = [tuple(shuffle.sample(events, len(events))) for _order in range(most * 3)]
    rest = every[1:]
    random.Random(seed).shuffle(rest)
    return [tuple(events), *rest[: most - 1]]


# `make faults` tells those of up to five events that matter in every order, and the others in 120.


def paid_by_card(life):
    life.pay(life.give())


def paid_in_yen(life):
    life.pay(life.give("JPY"))


def declined_and_left(life):
    donation = life.give()
    life.pay(donation, card="4000000000000002")
    life.leave(donation)


def debit_that_arrives(life):
    donation = life.give("EUR")
    life.debit(donation, succeeds=True)
    life.answer_debit(donation, succeeds=True)


def debit_that_bounces(life):
    donation = life.give("EUR")
    life.debit(donation, succeeds=False)
    life.answer_debit(donation, succeeds=False)


def refunded_in_parts_at_stripe(life):
    donation = life.give("KWD")
    life.pay(donation)
    life.refund_at_stripe(donation, 0.4)
    life.refund_at_stripe(donation, 0.2)


def refund_that_comes_back(life):
    donation = life.give("JPY")
    life.pay(donation)
    life.refund_at_stripe(donation)
    life.fail_refund(donation)


def inquiry_without_money(life):
    donation = life.give()
    life.pay(donation)
    life.dispute(donation, kind="inquiry")
    life.decide_dispute(donation, "warning_closed")


def dispute_won_then_lost(life):
    donation = life.give("EUR")
    life.pay(donation)
    life.dispute(donation)
    life.decide_dispute(donation, "won")
    life.decide_dispute(donation, "won_then_lost")


def dispute_after_a_refund(life):
    donation = life.give()
    life.pay(donation)
    life.refund_at_stripe(donation, 0.4)
    life.dispute(donation)
    life.decide_dispute(donation, "lost")


def paid_out(life):
    life.pay(life.give())
    life.take_fee()
    life.pay_out()


def payout_that_fails(life):
    life.pay(life.give("EUR"))
    life.pay_out("failed")


def monthly_for_two_months(life):
    life.pay(life.give(interval="month"))
    life.next_period()


def dispute_heard_of_as_it_runs(life):
    donation = life.give("EUR")
    life.pay(donation)
    life.dispute(donation, kind="inquiry")
    life.tell(life.news())
    life.decide_dispute(donation, "escalate")
    life.tell(life.news())
    life.decide_dispute(donation, "won")


def refund_heard_of_before_it_fails(life):
    donation = life.give("JPY")
    life.pay(donation)
    life.tell(life.news())
    life.refund(donation, 0.5)
    life.tell(life.news())
    life.fail_refund(donation)


def payout_heard_of_before_it_fails(life):
    life.pay(life.give())
    life.tell(life.news())
    life.pay_out()
    life.tell(life.news())
    life.fail_payouts()


def monthly_heard_of_each_month(life):
    life.pay(life.give("GBP", interval="month"), card="4000000000000341")
    life.tell(life.news())
    life.next_period()


SHORT_LIVES = (
    paid_by_card,
    paid_in_yen,
    declined_and_left,
    debit_that_arrives,
    debit_that_bounces,
    refunded_in_parts_at_stripe,
    refund_that_comes_back,
    inquiry_without_money,
    dispute_won_then_lost,
    dispute_after_a_refund,
    paid_out,
    payout_that_fails,
    monthly_for_two_months,
    dispute_heard_of_as_it_runs,
    refund_heard_of_before_it_fails,
    payout_heard_of_before_it_fails,
    monthly_heard_of_each_month,
)


def machine(sandbox):
    """A Hypothesis state machine over one sandbox; each of its runs is rolled back, and checked before."""

    class Gifts(RuleBasedStateMachine):
        gifts = Bundle("gifts")
        paid = Bundle("paid")
        mail_bag = Bundle("mail_bag")  # events on their way

        def __init__(self):
            super().__init__()
            self.world = transaction.atomic()
            self.world.__enter__()
            self.life = Life(sandbox)
            self.write = posting.write

        @initialize(target=paid, currency=st.sampled_from(CURRENCIES), interval=st.sampled_from(["once", "month"]))
        def begin(self, currency, interval):
            gift = self.life.give(currency, interval)
            self.life.pay(gift)
            return gift

        @rule(
            target=gifts,
            currency=st.sampled_from(CURRENCIES),
            interval=st.sampled_from(["once", "once", "month", "year"]),
        )
        def give(self, currency, interval):
            return self.life.give(currency, interval)

        @rule(target=paid, gift=consumes(gifts), card=st.sampled_from(CARDS))
        def pay(self, gift, card):
            self.life.pay(gift, card)
            return gift

        @rule(gift=consumes(gifts))
        def leave(self, gift):
            self.life.leave(gift)

        @rule(gift=paid)
        def land(self, gift):
            self.life.land(gift)

        @rule(gift=paid, part=st.sampled_from([0.25, 0.5, 1.0]), at_stripe=st.booleans())
        def refund(self, gift, part, at_stripe):
            (self.life.refund_at_stripe if at_stripe else self.life.refund)(gift, part)

        @rule(gift=paid)
        def fail_refund(self, gift):
            self.life.fail_refund(gift)

        @rule(gift=paid, kind=st.sampled_from(["chargeback", "inquiry"]))
        def dispute(self, gift, kind):
            self.life.dispute(gift, kind=kind)

        @rule(gift=paid, outcome=st.sampled_from(["won", "lost", "escalate", "won_then_lost", "warning_closed"]))
        def decide(self, gift, outcome):
            self.life.decide_dispute(gift, outcome)

        @rule(outcome=st.sampled_from(["paid", "failed"]))
        def pay_out(self, outcome):
            self.life.pay_out(outcome)

        @rule()
        def next_month(self):
            self.life.next_period()

        @rule(order=st.randoms(use_true_random=False), lost=st.booleans())
        def deliver(self, order, lost):
            """The webhook brings what happened since, in any order, some of it never and some of it twice."""
            told = self.life.news()
            order.shuffle(told)
            self.life.tell(told[: len(told) // 2] if lost else [*told, *told[:2]])

        @rule(after=st.integers(0, 3))
        def power_cut(self, after):
            """The worker dies while it books; what it had not committed is gone."""
            left = [after]

            def write(*args, **kwargs):
                if left[0] == 0:
                    raise PowerCutError
                left[0] -= 1
                return self.write(*args, **kwargs)

            posting.write = write
            try:
                self.life.tell(self.life.news())
            except PowerCutError:
                pass
            finally:
                posting.write = self.write

        def teardown(self):
            posting.write = self.write
            try:
                self.life.recover()
                self.life.check()
            finally:
                transaction.set_rollback(True)
                self.world.__exit__(None, None, None)

    return Gifts


def seeded_life(life, seed, acts=12):
    """One longer life, the same for the same seed, with its events out of order, twice, late or lost on the way."""
    chance = random.Random(seed)
    donations, bag = [], []
    for _act in range(acts):
        _seeded_act(life, chance, donations)
        if chance.random() < 0.5:
            bag += life.news()
            chance.shuffle(bag)
            told, bag = bag[: len(bag) // 2 + 1], bag[len(bag) // 2 + 1 :]
            life.tell(told + told[:1])


def _seeded_act(life, chance, donations):
    if not donations or chance.random() < 0.3:
        donation = life.give(chance.choice(CURRENCIES), chance.choice(["once", "once", "month", "quarter"]))
        life.pay(donation, chance.choice(CARDS))
        donations.append(donation)
        return
    donation = chance.choice(donations)
    chance.choice(
        [
            lambda: life.land(donation),
            lambda: life.refund(donation, chance.choice([0.25, 0.5, 1.0])),
            lambda: life.refund_at_stripe(donation, chance.choice([0.25, 1.0])),
            lambda: life.fail_refund(donation),
            lambda: life.dispute(donation, kind=chance.choice(["chargeback", "inquiry"])),
            lambda: life.decide_dispute(donation, chance.choice(["won", "lost", "escalate", "won_then_lost"])),
            lambda: life.pay_out(chance.choice(["paid", "failed"])),
            lambda: life.next_period(),
        ]
    )()
