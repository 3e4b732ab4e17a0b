"""Stripe's own CLI drives the sandbox. It only looks for 2xx, so what resulted is checked here."""

import os
import shutil
import subprocess

import pytest

from tests.stripe_sandbox.desk import KEY, ROOT, eventually

CLI = ROOT / "node_modules" / ".bin" / "stripe"

pytestmark = pytest.mark.skipif(
    not (CLI.exists() and shutil.which("node")),
    reason="STRIPE CLI NOT TRIED: needs Node, and `npm ci --ignore-scripts` in the project's folder",
)


def trigger(sandbox, event, home):
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "STRIPE_CLI_TELEMETRY_OPTOUT": "1",
    }
    command = [CLI, "trigger", event, "--api-base", sandbox.base, "--api-key", KEY]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Trigger succeeded" in done.stdout + done.stderr


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


def test_the_cli_completes_a_delayed_payment(sandbox, tmp_path):
    trigger(sandbox, "checkout.session.async_payment_succeeded", tmp_path)
    assert sandbox.v1.checkout.sessions.list().data[0].payment_status == "unpaid"

    sandbox.settle(3601)

    assert sandbox.v1.checkout.sessions.list().data[0].payment_status == "paid"
    assert "checkout.session.async_payment_succeeded" in sandbox.event_types()


def test_the_cli_refunds_a_charge(sandbox, tmp_path):
    trigger(sandbox, "charge.refunded", tmp_path)
    charge = sandbox.v1.charges.list().data[0]
    assert (charge.amount, charge.amount_refunded, charge.refunded) == (100, 100, True)
