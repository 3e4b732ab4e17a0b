"""Stripe's own CLI drives the sandbox.

It only looks for 2xx, so each trigger is held against what it promises: the event it names is then
in the list of events, and the object in it is in the state that the event is about.
"""

import os
import shutil
import subprocess

import pytest

from tests.stripe_sandbox.desk import KEY, ROOT, Inside, Receiver, eventually
from tests.stripe_sandbox.judge import judge_response

CLI = ROOT / "node_modules" / ".bin" / "stripe"
FIXTURES = ROOT / "tests" / "stripe_sandbox" / "fixtures"
DAY = 86_400

pytestmark = pytest.mark.skipif(
    not (CLI.exists() and shutil.which("node")),
    reason="STRIPE CLI NOT TRIED: needs Node, and `npm ci --ignore-scripts` in the project's folder",
)


@pytest.fixture(scope="module")
def account():
    """One sandbox for all triggers, judged at the end; what a charge brings is available at once."""
    receiver = Receiver()
    running = Inside(receiver)
    running.control("clock", {"settle_seconds": 0, "consequence_seconds": 0})
    yield running
    problems = running.verdict()
    running.stop()
    receiver.close()
    assert problems == []


def run_cli(sandbox, home, *words):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "STRIPE_CLI_TELEMETRY_OPTOUT": "1",
    }
    command = [CLI, *words, "--api-base", sandbox.base, "--api-key", KEY]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def trigger(sandbox, event, home):
    assert "Trigger succeeded" in run_cli(sandbox, home, "trigger", event)


def events_of(sandbox, event_type):
    return sandbox.v1.events.list({"type": event_type, "limit": 100}).data


def newest(sandbox, event_type, known):
    """The event that came of a trigger, as JSON; `known` is how many there were before."""
    found = sandbox.call("GET", f"/v1/events?type={event_type}&limit=100")[2]["data"]
    assert len(found) == known + 1
    event = found[0]
    assert judge_response(event) == []
    return event


# what Stripe's own fixtures trigger -> the state that the event's object is then in
TRIGGERS = {
    "billing_portal.configuration.created": {"is_default": False},
    "billing_portal.session.created": {"object": "billing_portal.session"},
    "charge.dispute.closed": {"object": "dispute"},
    "charge.dispute.created": {"amount": 100, "reason": "fraudulent"},
    "charge.failed": {"status": "failed", "paid": False, "failure_code": "card_declined"},
    "charge.refunded": {"amount": 100, "amount_refunded": 100, "refunded": True},
    "charge.succeeded": {"status": "succeeded", "paid": True, "amount_captured": 100},
    "checkout.session.completed": {"status": "complete", "payment_status": "paid", "amount_total": 3000},
    "checkout.session.expired": {"status": "expired", "payment_status": "unpaid", "url": None},
    "customer.deleted": {"object": "customer"},
    "customer.subscription.created": {"status": "incomplete", "ended_at": None},
    "customer.subscription.deleted": {"status": "canceled"},
    "customer.updated": {"metadata": {"foo": "bar"}},
    "invoice.created": {"status": "draft", "amount_due": 2000, "number": None},
    "invoice.finalized": {"status": "open", "attempt_count": 0, "amount_remaining": 2000},
    "invoice.marked_uncollectible": {"status": "uncollectible", "amount_paid": 0},
    "invoice.paid": {"status": "paid", "amount_paid": 2000, "amount_remaining": 0},
    "invoice.payment_action_required": {"status": "open", "attempted": True, "attempt_count": 1},
    "invoice.payment_failed": {"status": "open", "attempted": True, "attempt_count": 1, "amount_paid": 0},
    "invoice.payment_succeeded": {"status": "paid", "amount_paid": 2000},
    "invoice.voided": {"status": "void", "amount_paid": 0},
    "payment_intent.canceled": {"status": "canceled", "cancellation_reason": "requested_by_customer"},
    "payment_intent.payment_failed": {"status": "requires_payment_method", "amount_received": 0},
    "payment_intent.succeeded": {"status": "succeeded", "amount_received": 2000},
    "payment_method.attached": {"type": "card"},
}


@pytest.mark.parametrize("event_type", TRIGGERS)
def test_the_event_that_the_cli_triggers_is_listed(account, tmp_path, event_type):
    known = len(events_of(account, event_type))
    trigger(account, event_type, tmp_path)
    account.settle()
    about = newest(account, event_type, known)["data"]["object"]
    assert {name: about[name] for name in TRIGGERS[event_type]} == TRIGGERS[event_type]


def test_the_cli_completes_a_checkout_session(sandbox, receiver, tmp_path):
    trigger(sandbox, "checkout.session.completed", tmp_path)
    sandbox.settle()

    session = sandbox.v1.checkout.sessions.list(
        {"expand": ["data.payment_intent.latest_charge.balance_transaction"]}
    ).data[0]
    charge = session.payment_intent.latest_charge
    assert (session.status, session.payment_status, session.amount_total) == ("complete", "paid", 3000)
    assert session.customer_details.email == "stripe@example.com"
    assert session.payment_intent.shipping.address.city == "San Francisco"
    assert (charge.amount, charge.paid, charge.balance_transaction.net) == (3000, True, 2883)
    assert charge.payment_method_details.card.last4 == "4242"
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


@pytest.mark.parametrize(
    ("event_type", "paid"),
    [
        ("checkout.session.async_payment_succeeded", "paid"),
        ("checkout.session.async_payment_failed", "unpaid"),
    ],
)
def test_the_cli_pays_by_a_method_that_answers_later(account, tmp_path, event_type, paid):
    known = len(events_of(account, event_type))
    trigger(account, event_type, tmp_path)
    assert account.v1.checkout.sessions.list().data[0].payment_status == "unpaid"

    account.settle(3601)

    assert newest(account, event_type, known)["data"]["object"]["payment_status"] == paid


def test_the_cli_changes_a_subscription(account, tmp_path):
    trigger(account, "customer.subscription.updated", tmp_path)
    event = events_of(account, "customer.subscription.updated")[0]
    assert (event.data.object.status, event.data.object.metadata["foo"]) == ("active", "bar")
    assert event.data.previous_attributes.to_dict() == {"metadata": {}}


def test_the_cli_pays_out_and_the_money_arrives(account, tmp_path):
    trigger(account, "payout.created", tmp_path)
    account.settle(7 * DAY)
    payout = events_of(account, "payout.paid")[0].data.object
    assert (payout.amount, payout.currency, payout.status) == (1100, "usd", "paid")


# events that the CLI has no fixture for: fixtures of ours, run by the CLI


def test_a_fixture_of_a_quarterly_gift_and_the_notice_ahead(account, tmp_path):
    known = len(events_of(account, "invoice.upcoming"))
    run_cli(account, tmp_path, "fixtures", FIXTURES / "monthly_gift.json")
    subscription = account.v1.subscriptions.list().data[0]
    ends = subscription["items"].data[0].current_period_end
    account.settle(ends - 6 * DAY - account.control("clock")["now"])
    found = [
        event.data.object
        for event in events_of(account, "invoice.upcoming")
        if event.data.object.parent.subscription_details.subscription == subscription.id
    ]
    assert [(each.amount_due, each.status) for each in found] == [(1500, "draft")]
    assert len(events_of(account, "invoice.upcoming")) > known


def test_a_fixture_of_a_gift_that_is_paused_and_resumed(account, tmp_path):
    run_cli(account, tmp_path, "fixtures", FIXTURES / "monthly_gift_paused_and_resumed.json")
    paused = newest(account, "customer.subscription.paused", 0)["data"]["object"]
    resumed = newest(account, "customer.subscription.resumed", 0)["data"]["object"]
    assert paused["status_details"]["paused"]["subscription"] == {"type": "pause_requested"}
    assert (paused["id"], paused["status"], resumed["status"]) == (resumed["id"], "paused", "active")
    account.settle(3601)
    invoice = account.v1.invoices.list({"subscription": resumed["id"]}).data[0]
    assert (invoice.status, invoice.billing_reason) == ("paid", "subscription_update")


def test_a_fixture_of_a_gift_that_is_not_collected(account, tmp_path):
    run_cli(account, tmp_path, "fixtures", FIXTURES / "monthly_gift_not_collected.json")
    subscription = account.v1.subscriptions.list().data[0]
    account.control("clock", {"advance_months": 3})
    assert [each.status for each in account.v1.invoices.list({"subscription": subscription.id})] == ["void", "paid"]


def test_a_fixture_of_a_portal_session(account, tmp_path):
    run_cli(account, tmp_path, "fixtures", FIXTURES / "monthly_gift_card_changed.json")
    session = events_of(account, "billing_portal.session.created")[0].data.object
    assert session.flow.type == "payment_method_update"
