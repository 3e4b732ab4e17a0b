"""What holds for every endpoint: keys, versions, pages of lists, expansion, refusals."""

import base64

import pytest
import stripe

from stripe_sandbox import API_VERSION
from tests.stripe_sandbox.desk import KEY


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f"Bearer {KEY}", 200),
        ("Basic " + base64.b64encode(f"{KEY}:".encode()).decode(), 200),
        ("Bearer rk_test_restricted", 200),
        ("Bearer sk_live_0123456789abcdef", 401),
        ("Bearer rk_live_0123456789abcdef", 401),
        ("Bearer pk_test_0123456789abcdef", 401),
        ("Bearer nonsense", 401),
        ("Basic not base64", 401),
        ("", 401),
    ],
)
def test_test_keys_only(sandbox, authorization, status):
    found, headers, answer = sandbox.call("GET", "/v1/customers", Authorization=authorization)
    assert found == status
    assert headers["Request-Id"].startswith("req_")
    assert ("error" in answer) == (status == 401)


def test_the_version_is_pinned_to_the_packages(sandbox):
    assert stripe.api_version == API_VERSION
    assert sandbox.call("GET", "/v1/customers")[1]["Stripe-Version"] == API_VERSION
    assert sandbox.call("GET", "/v1/customers", Stripe_Version="2024-06-20")[0] == 400


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/nonsense"), ("GET", "/v2/core/events"), ("DELETE", "/v1/customers")]
)
def test_unknown_addresses(sandbox, method, path):
    status, _, answer = sandbox.call(method, path)
    assert (status, answer["error"]["type"]) == (404, "invalid_request_error")


def test_missing_objects(sandbox):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.v1.customers.retrieve("cus_nobody")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_pages_of_a_list_forward_and_backward(sandbox):
    made = [sandbox.v1.customers.create({"name": f"Dora {number}"}).id for number in range(5)]
    newest_first = made[::-1]

    first = sandbox.v1.customers.list({"limit": 2})
    second = sandbox.v1.customers.list({"limit": 2, "starting_after": first.data[-1].id})
    back = sandbox.v1.customers.list({"limit": 2, "ending_before": second.data[0].id})

    assert ([each.id for each in first.data], first.has_more) == (newest_first[:2], True)
    assert ([each.id for each in second.data], second.has_more) == (newest_first[2:4], True)
    assert ([each.id for each in back.data], back.has_more) == (newest_first[:2], False)
    assert [each.id for each in sandbox.v1.customers.list({"limit": 2}).auto_paging_iter()] == newest_first


@pytest.mark.parametrize("limit", [0, 101])
def test_a_page_has_1_to_100(sandbox, limit):
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.v1.customers.list({"limit": limit})


def test_lists_by_time(sandbox):
    sandbox.v1.customers.create({"name": "early"})
    sandbox.settle(1000)
    late = sandbox.v1.customers.create({"name": "late"})
    found = sandbox.v1.customers.list({"created": {"gte": late.created}}).data
    assert [each.name for each in found] == ["late"]
    assert [each.name for each in sandbox.v1.customers.list({"created": {"lt": late.created}}).data] == ["early"]


def test_events_by_type_and_delivery(sandbox):
    customer = sandbox.v1.customers.create({"name": "Dora"})
    sandbox.v1.customers.update(customer.id, {"name": "Dora D."})
    sandbox.v1.products.create({"name": "Gift"})

    assert [each.type for each in sandbox.v1.events.list({"type": "customer.*"}).data] == [
        "customer.updated",
        "customer.created",
    ]
    updated = sandbox.v1.events.list({"types": ["customer.updated"]}).data[0]
    assert (updated.data.object.name, updated.data.previous_attributes.name) == ("Dora D.", "Dora")
    assert sandbox.v1.events.retrieve(updated.id).request.id.startswith("req_")


def test_expansion_reaches_into_lists(sandbox):
    session = sandbox.session()
    sandbox.pay(session)
    sandbox.settle()
    found = sandbox.v1.checkout.sessions.list({"expand": ["data.payment_intent.latest_charge.balance_transaction"]})
    assert found.data[0].payment_intent.latest_charge.balance_transaction.net == 2397


@pytest.mark.parametrize("path", ["nonsense", "amount_total", "customer_details", "data.customer"])
def test_what_cannot_be_expanded(sandbox, path):
    session = sandbox.session()
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        sandbox.v1.checkout.sessions.retrieve(session.id, {"expand": [path]})


def test_metadata_is_merged_and_unset(sandbox):
    update = sandbox.v1.customers.update
    customer = sandbox.v1.customers.create({"metadata": {"a": "1", "b": "2"}})
    assert update(customer.id, {"metadata": {"a": "", "c": "3"}}).metadata.to_dict() == {"b": "2", "c": "3"}
    assert update(customer.id, {"metadata": ""}).metadata.to_dict() == {}


def test_line_items_of_several_prices(sandbox):
    product = sandbox.v1.products.create({"name": "Gift"})
    price = sandbox.v1.prices.create({"product": product.id, "currency": "usd", "unit_amount": 700})
    items = [{"price": price.id, "quantity": 2}, {"price": price.id, "quantity": 1}]
    session = sandbox.v1.checkout.sessions.create(
        {"mode": "payment", "success_url": "http://localhost/", "line_items": items}
    )
    assert session.amount_total == 2100
    found = sandbox.v1.checkout.sessions.line_items.list(session.id, {"limit": 1})
    assert ([each.amount_total for each in found.data], found.has_more) == ([1400], True)
    assert [each.id for each in sandbox.v1.prices.list({"product": product.id}).data] == [price.id]


def test_every_other_endpoint_answers_as_the_package_expects(sandbox):
    """Retrieves, lists and updates that no story above uses; the fixture's judges read them all."""
    v1 = sandbox.v1
    customer = v1.customers.create(
        {"email": "dora@example.org", "address": {"country": "CH"}, "preferred_locales": ["fr"]}
    )
    method = v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    v1.payment_methods.attach(method.id, {"customer": customer.id})
    v1.payment_methods.list({"customer": customer.id, "type": "card"})
    v1.customers.payment_methods.list(customer.id)
    intent = v1.payment_intents.create({"amount": 900, "currency": "chf", "customer": customer.id})
    v1.payment_intents.confirm(intent.id, {"payment_method": method.id})
    sandbox.settle()
    charge = v1.charges.list({"customer": customer.id}).data[0]
    v1.charges.update(charge.id, {"description": "A gift", "metadata": {"k": "v"}})
    v1.charges.retrieve(charge.id, {"expand": ["refunds", "customer"]})
    refund = v1.refunds.create({"charge": charge.id})
    v1.refunds.update(refund.id, {"metadata": {"k": "v"}})
    v1.refunds.list({"charge": charge.id})
    v1.balance_transactions.retrieve(charge.balance_transaction, {"expand": ["source"]})
    cancelled = v1.payment_intents.create({"amount": 900, "currency": "usd"})
    v1.payment_intents.update(cancelled.id, {"description": "none"})
    assert v1.payment_intents.cancel(cancelled.id).status == "canceled"
    product = v1.products.create({"name": "Gift", "metadata": {"k": "v"}})
    v1.products.update(product.id, {"active": False})
    v1.products.list({"active": False})
    terms = {"interval": "month"}
    price = v1.prices.create({"currency": "eur", "unit_amount": 500, "recurring": terms, "product": product.id})
    v1.prices.update(price.id, {"nickname": "monthly"})
    v1.prices.list({"type": "recurring", "recurring": {"interval": "month"}})
    v1.payment_methods.detach(method.id)
    hook = v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["charge.refunded"]})
    assert hook.secret.startswith("whsec_")
    v1.webhook_endpoints.update(hook.id, {"disabled": True})
    assert v1.webhook_endpoints.retrieve(hook.id).status == "disabled"
    assert len(v1.webhook_endpoints.list().data) == 2
    assert v1.webhook_endpoints.delete(hook.id).deleted


def test_webhooks_go_to_this_machine_only(sandbox):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.v1.webhook_endpoints.create({"url": "https://example.org/hook", "enabled_events": ["*"]})
    assert refused.value.code == "url_invalid"
