"""What happens by itself when its time has come."""

from __future__ import annotations

import threading
from collections.abc import Callable

from stripe_sandbox.account import Account
from stripe_sandbox.objects import (
    charges,
    checkout,
    collecting,
    disputes,
    paying,
    payouts,
    radar,
    refunds,
    subscription_changes,
    subscriptions,
    test_clocks,
)

TASKS: dict[str, Callable[[Account, str], object]] = {
    "announce_invoice": subscriptions.announce,
    "cancel_refund": refunds.cancel_refund,
    "collect_invoice": collecting.collect,
    "dispute_deadline": disputes.pass_deadline,
    "expire_session": checkout.expire_when_due,
    "expire_subscription": subscriptions.expire,
    "fail_refund": refunds.fail_refund,
    "finish_debit": paying.finish_debit,
    "open_dispute": disputes.open_dispute,
    "pay_out": payouts.pay_out_by_schedule,
    "payout_arrives": payouts.arrive,
    "payout_is_sent": payouts.send,
    "renew_subscription": subscriptions.renew,
    "resume_collection": subscription_changes.resume_collection,
    "settle_charge": charges.settle_charge,
    "succeed_refund": refunds.succeed,
    "test_clock_is_ready": test_clocks.become_ready,
    "warn_of_fraud": radar.warn,
}


def run_due(account: Account) -> int:
    """Let everything that is due happen, in order, each with its own time on it; says how much it was."""
    done = 0
    while run_next(account):
        done += 1
    return done


def run_next(account: Account) -> bool:
    with account.store.transaction():
        row = account.store.row(
            "SELECT * FROM tasks WHERE due_at <= ? ORDER BY due_at, sequence LIMIT 1", account.clock.now()
        )
        if row is None:
            return False
        account.store.run("DELETE FROM tasks WHERE sequence = ?", row["sequence"])
        account.request = {"id": None, "idempotency_key": None}
        with account.clock.held_at(row["due_at"]):
            TASKS[row["name"]](account, row["object_id"])
        return True


class Scheduler(threading.Thread):
    """Looks four times a second whether something is due."""

    def __init__(self, account: Account) -> None:
        super().__init__(name="scheduler", daemon=True)
        self.account = account
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.wait(0.25):
            run_due(self.account)

    def stop(self) -> None:
        self.stopping.set()
        self.join(5)
