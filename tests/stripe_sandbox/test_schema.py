"""Schemathesis against the sandbox's OpenAPI description: whatever is asked, the answer is one that Stripe could give.

Half of the requests fit the description, half do not. The ids that stand in them are real ones, so that
they come past the front door; each operation gets as many examples as fit the time.
"""

import urllib.parse

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error

from stripe_sandbox.openapi import FORM, description
from tests.stripe_sandbox.desk import KEY, Inside, Receiver
from tests.stripe_sandbox.judge import judge_response
from tests.stripe_sandbox.test_subscriptions import begin

# what changes something deserves more tries
EXAMPLES = {"post": 6, "get": 2, "delete": 2}
EXAMPLES_THAT_DO_NOT_FIT = 1
WORDS = {True: "true", False: "false", None: ""}
STATUSES = {200, 400, 401, 402, 404, 413}
# what Stripe's types leave open and an act cannot do without
NEEDED = {
    "POST /v1/checkout/sessions": ["success_url", "line_items"],
    "POST /v1/invoiceitems": ["customer", "amount", "currency"],
    "POST /v1/invoices": ["customer"],
    "POST /v1/payment_methods": ["type"],
    "POST /v1/payment_methods/{payment_method}/attach": ["customer"],
    "POST /v1/prices": ["product", "unit_amount"],
    "POST /v1/subscriptions": ["customer", "items"],
    "POST /v1/subscriptions/{subscription}/pause": ["bill_for"],
    "POST /v1/billing_portal/sessions": ["customer"],
}
# what a parameter's name says about whose id it takes; paths name their own
KINDS = {
    "charge": "charge",
    "charges": "charge",
    "configuration": "billing_portal.configuration",
    "configurations": "billing_portal.configuration",
    "customer": "customer",
    "customers": "customer",
    "default_payment_method": "payment_method",
    "dispute": "dispute",
    "disputes": "dispute",
    "early_fraud_warnings": "radar.early_fraud_warning",
    "events": "event",
    "invoice": "invoice",
    "invoice_payments": "invoice_payment",
    "invoiceitems": "invoiceitem",
    "invoices": "invoice",
    "payment_intent": "payment_intent",
    "payment_intents": "payment_intent",
    "payment_method": "payment_method",
    "payment_methods": "payment_method",
    "payment_pages": "checkout.session",
    "payouts": "payout",
    "payout": "payout",
    "price": "price",
    "prices": "price",
    "product": "product",
    "products": "product",
    "refunds": "refund",
    "sessions": "checkout.session",
    "source": "charge",
    "subscription": "subscription",
    "subscriptions": "subscription",
    "webhook_endpoints": "webhook_endpoint",
    "balance_transactions": "balance_transaction",
}
NAMED = {
    "currency": ["usd", "eur", "jpy"],
    "url": ["http://127.0.0.1:9/hook"],
    "success_url": ["http://localhost/thanks/"],
    "return_url": ["http://localhost/giving/"],
    "email": ["dora@example.org"],
    "customer_email": ["dora@example.org"],
    "amount": [50, 2500, 10**12],
    "unit_amount": [50, 2500, 10**12],
    "limit": [1, 3, 100],
}


def sent(case, base, session):
    """The answer to the case, its body with nested names in brackets as Stripe takes them."""
    request = case.as_transport_kwargs(base_url=base, headers={"Authorization": f"Bearer {KEY}"})
    if isinstance(case.body, dict):
        request["data"] = urllib.parse.urlencode(list(pairs(case.body, ""))).encode()
        request["headers"]["Content-Type"] = FORM
    return session.request(**request)


def pairs(value, path):
    if isinstance(value, dict):
        for name, each in value.items():
            yield from pairs(each, f"{path}[{name}]" if path else str(name))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from pairs(each, f"{path}[{place}]")
    else:
        yield path, WORDS[value] if value is None or isinstance(value, bool) else value


@pytest.fixture(scope="module")
def populated():
    """A sandbox in which something of every kind has happened."""
    receiver = Receiver()
    running = Inside(receiver)
    running.control("clock", {"settle_seconds": 0, "consequence_seconds": 0})
    running.control("deliveries", {"pause": True})
    for card in ("4242424242424242", "4000000000000259", "4000000000000002"):
        running.pay(running.session(amount=5000), card=card)
    running.session()
    gift = begin(running, card="4000000000000341")
    begin(running)
    running.settle()
    running.v1.refunds.create({"payment_intent": running.control("truth")["payment_intents"][0]["id"], "amount": 100})
    running.v1.invoice_items.create({"customer": gift.customer, "amount": 500, "currency": "usd"})
    running.v1.billing_portal.sessions.create({"customer": gift.customer})
    running.control("clock", {"advance_months": 1})
    yield running
    running.stop()
    receiver.close()


def known_ids(sandbox):
    store = sandbox.server.sandbox.store
    found = {}
    for kind in set(KINDS.values()):
        ids = [row["id"] for row in store.rows("SELECT id FROM objects WHERE kind = ? ORDER BY sequence LIMIT 4", kind)]
        found[kind] = [*ids, "no_such_thing"]
    return found


def with_ids(described, ids):
    """The description with real ids, amounts and currencies where their names ask for them."""
    for path, operations in described["paths"].items():
        resource = [step for step in path.split("/") if not step.startswith("{")]
        for operation in operations.values():
            for parameter in operation["parameters"]:
                if parameter["in"] == "path":
                    owner = path[: path.index("{")].rstrip("/").rsplit("/", 1)[-1]
                    kind = KINDS.get(owner, owner) if "billing_portal" not in resource else KINDS["configuration"]
                    parameter["schema"] = {"enum": ids.get(kind, ["no_such_thing"])}
                else:
                    parameter["schema"] = named(parameter["name"], parameter["schema"], ids)
            content = operation.get("requestBody", {}).get("content", {}).get(FORM)
            if content:
                content["schema"] = named("", content["schema"], ids)
                needed = {*content["schema"]["required"], *NEEDED.get(operation["operationId"], [])}
                content["schema"]["required"] = sorted(needed)
    return described


def named(name, schema, ids):
    if name in KINDS and schema.get("type") == "string":
        return {"enum": ids[KINDS[name]]}
    if name in NAMED and schema.get("type") in ("string", "integer"):
        return {"enum": NAMED[name]}
    changed = dict(schema)
    if "properties" in schema:
        properties = {inner: named(inner, each, ids) for inner, each in schema["properties"].items()}
        changed["properties"] = {inner: each for inner, each in properties.items() if inner != "expand"}
    if "items" in schema:
        changed["items"] = named(name, schema["items"], ids)
    if "anyOf" in schema:
        changed["anyOf"] = [named(name, each, ids) for each in schema["anyOf"]]
    return changed


def try_operation(operation, mode, sandbox, session):
    """Every problem that examples of one kind bring to light."""
    problems = []

    @settings(
        max_examples=EXAMPLES[operation.method] if mode is GenerationMode.POSITIVE else EXAMPLES_THAT_DO_NOT_FIT,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case):
        try:
            answer = sent(case, sandbox.base, session)
        except requests.ConnectionError:
            problems.append(f"{operation.label}: no answer to {case.as_curl_command()}")
            return
        try:
            case.validate_response(answer, checks=[not_a_server_error])
        except AssertionError as error:
            problems.append(str(error))
        if answer.status_code not in STATUSES:
            problems.append(f"{operation.label}: status {answer.status_code}")
        elif "payment_pages" not in operation.path or answer.status_code != 200:
            problems.extend(f"{operation.label}: {each}" for each in judge_response(answer.json()))

    run()
    return problems


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_request_makes_the_sandbox_fail_or_answer_as_stripe_would_not(populated, mode):
    schema = schemathesis.openapi.from_dict(with_ids(description(), known_ids(populated)))
    problems, operations = [], 0
    found_operations = [found.ok() for found in schema.get_all_operations()]
    with requests.Session() as session:
        for operation in sorted(found_operations, key=lambda each: each.method == "delete"):
            if mode is GenerationMode.NEGATIVE and not (operation.query or operation.body or operation.path_parameters):
                continue
            problems += try_operation(operation, mode, populated, session)
            operations += 1
    assert operations > 80
    assert sorted(set(problems)) == []


def test_the_description_covers_every_endpoint(populated):
    described = populated.control("openapi")
    assert described["paths"]["/v1/refunds"]["post"]["operationId"] == "POST /v1/refunds"
    assert len(described["paths"]) > 50
