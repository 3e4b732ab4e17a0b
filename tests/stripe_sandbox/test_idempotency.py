"""Idempotency keys as Stripe keeps them."""

import threading

import pytest
import stripe

from tests.stripe_sandbox.desk import eventually

CUSTOMER = "/v1/customers"


def post(sandbox, body, key, path=CUSTOMER):
    return sandbox.call("POST", path, body, Idempotency_Key=key)


def test_the_first_answer_is_replayed(sandbox):
    first_status, first_headers, first = post(sandbox, "email=dora@example.org", "a")
    status, headers, again = post(sandbox, "email=dora@example.org", "a")
    assert (status, again) == (first_status, first)
    assert "Idempotent-Replayed" not in first_headers
    assert headers["Idempotent-Replayed"] == "true"
    assert headers["Original-Request"] == first_headers["Request-Id"]
    assert len(sandbox.v1.customers.list().data) == 1


@pytest.mark.parametrize(
    ("path", "body"), [(CUSTOMER, "email=sam@example.org"), ("/v1/products", "email=dora@example.org&name=x")]
)
def test_a_key_belongs_to_one_request(sandbox, path, body):
    post(sandbox, "email=dora@example.org", "a")
    body = body if path == CUSTOMER else "name=x"
    status, _, answer = post(sandbox, body, "a", path)
    assert (status, answer["error"]["type"]) == (400, "idempotency_error")


def test_a_refusal_of_an_endpoint_that_began_is_replayed(sandbox):
    body = (
        "mode=payment&success_url=http://localhost/&line_items[0][price_data][currency]=usd"
        "&line_items[0][price_data][unit_amount]=1&line_items[0][price_data][product_data][name]=x"
    )
    first = post(sandbox, body, "a", "/v1/checkout/sessions")
    again = post(sandbox, body, "a", "/v1/checkout/sessions")
    assert (first[0], first[2]["error"]["code"]) == (400, "amount_too_small")
    assert (again[2], again[1]["Idempotent-Replayed"]) == (first[2], "true")


def test_a_declined_card_is_replayed_and_what_it_left_stays(sandbox):
    body = "amount=500&currency=usd&confirm=true&payment_method=pm_card_chargeDeclined"
    first = post(sandbox, body, "a", "/v1/payment_intents")
    again = post(sandbox, body, "a", "/v1/payment_intents")
    assert (first[0], first[2]["error"]["type"]) == (402, "card_error")
    assert again[2] == first[2]
    assert len(sandbox.v1.payment_intents.list().data) == 1


def test_refused_parameters_are_not_kept(sandbox):
    assert post(sandbox, "nonsense=1", "a")[0] == 400
    assert post(sandbox, "email=dora@example.org", "a")[0] == 200


def test_while_the_first_is_in_flight_others_get_409(sandbox):
    sandbox.control("faults", {"method": "POST", "path": CUSTOMER, "status": "stall", "seconds": 1.0})
    answers = []
    first = threading.Thread(target=lambda: answers.append(post(sandbox, "email=dora@example.org", "a")))
    first.start()
    assert eventually(lambda: sandbox.control("faults")["faults"] == [])

    status, _, answer = post(sandbox, "email=dora@example.org", "a")

    assert (status, answer["error"]["code"]) == (409, "idempotency_key_in_use")
    first.join()
    assert answers[0][0] == 200
    assert post(sandbox, "email=dora@example.org", "a")[1]["Idempotent-Replayed"] == "true"


def test_many_at_once_under_one_key_have_one_effect(sandbox):
    statuses = []
    threads = [
        threading.Thread(target=lambda: statuses.append(post(sandbox, "email=dora@example.org", "a")[0]))
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(statuses) <= {200, 409}
    assert 200 in statuses
    assert len(sandbox.v1.customers.list().data) == 1


def test_an_ordered_500_is_replayed_like_stripes(sandbox):
    sandbox.control("faults", {"method": "POST", "path": CUSTOMER, "status": 500})
    assert post(sandbox, "email=dora@example.org", "a")[0] == 500
    status, headers, _ = post(sandbox, "email=dora@example.org", "a")
    assert (status, headers["Idempotent-Replayed"]) == (500, "true")
    assert sandbox.v1.customers.list().data == []
    assert post(sandbox, "email=dora@example.org", "b")[0] == 200


def test_a_500_after_the_effect_leaves_the_effect(sandbox):
    sandbox.control("faults", {"method": "POST", "path": CUSTOMER, "status": 500, "after_effect": True})
    assert post(sandbox, "email=dora@example.org", "a")[0] == 500
    assert len(sandbox.v1.customers.list().data) == 1
    assert post(sandbox, "email=dora@example.org", "a")[0] == 500


def test_429_is_not_kept(sandbox):
    sandbox.control("faults", {"method": "POST", "path": CUSTOMER, "status": 429})
    status, _, answer = post(sandbox, "email=dora@example.org", "a")
    assert (status, answer["error"]["code"]) == (429, "rate_limit")
    assert post(sandbox, "email=dora@example.org", "a")[0] == 200


@pytest.mark.parametrize("kind", ["reset", "truncate", "html"])
def test_an_answer_lost_on_the_way_is_found_again_by_the_librarys_retry(sandbox, kind):
    client = stripe.StripeClient("sk_test_sandbox_tests", base_addresses={"api": sandbox.base}, max_network_retries=2)
    sandbox.control("faults", {"method": "POST", "path": CUSTOMER, "status": kind, "after_effect": True})
    try:
        customer = client.v1.customers.create({"email": "dora@example.org"}, {"idempotency_key": "a"})
    except stripe.APIConnectionError:
        # the library retries connections that were lost before an answer began
        assert kind == "truncate"
        customer = client.v1.customers.create({"email": "dora@example.org"}, {"idempotency_key": "a"})
    assert [each.id for each in sandbox.v1.customers.list().data] == [customer.id]


@pytest.mark.parametrize("kind", ["reset", "html"])
def test_an_answer_that_never_began_has_no_effect(sandbox, kind):
    sandbox.control("faults", {"path": CUSTOMER, "status": kind})
    with pytest.raises((stripe.APIConnectionError, stripe.APIError)):
        sandbox.v1.customers.create({"email": "dora@example.org"})
    assert sandbox.v1.customers.list().data == []


def test_a_fault_that_makes_no_sense_is_refused(sandbox):
    assert sandbox.call("POST", "/_control/faults", '{"status": "explode"}')[0] == 400
    assert sandbox.control("faults") == {"faults": [], "plan": None, "fired": []}
