"""Bad days on order: at the nth call, by chance but repeatable, before or after the effect."""

import json
import time

import pytest
import stripe

from tests.stripe_sandbox.desk import KEY

CUSTOMERS = "/v1/customers"


def statuses(sandbox, calls):
    return [sandbox.call("GET", CUSTOMERS)[0] for _ in range(calls)]


def test_the_nth_call_from_now_fails(sandbox):
    sandbox.control("faults", {"method": "GET", "path": "/v1/cust*", "status": 500, "nth": 3})
    assert sandbox.call("GET", "/v1/products")[0] == 200
    assert statuses(sandbox, 4) == [200, 200, 500, 200]


def test_several_orders_count_the_same_calls(sandbox):
    for nth, status in ((2, 503), (3, 500), (3, 502)):
        sandbox.control("faults", {"path": CUSTOMERS, "status": status, "nth": nth})
    assert statuses(sandbox, 5) == [200, 503, 500, 502, 200]


def test_what_has_fired_is_listed(sandbox):
    sandbox.control("faults", {"path": CUSTOMERS, "status": 500, "times": 2})
    _, headers, _ = sandbox.call("GET", CUSTOMERS)
    told = sandbox.control("faults")
    assert [(each["times"], each["nth"]) for each in told["faults"]] == [(1, 1)]
    (fired,) = told["fired"]
    assert (fired["method"], fired["path"], fired["status"]) == ("GET", CUSTOMERS, 500)
    assert fired["request"] == headers["Request-Id"]


def test_too_many_requests_says_when_to_come_again(sandbox):
    sandbox.control("faults", {"path": CUSTOMERS, "status": 429, "retry_after": 7})
    status, headers, answer = sandbox.call("GET", CUSTOMERS)
    assert (status, headers["Retry-After"], answer["error"]["code"]) == (429, "7", "rate_limit")


@pytest.mark.parametrize(("should_retry", "calls"), [(True, 2), (False, 1), (None, 1)])
def test_stripe_says_whether_to_try_again(sandbox, should_retry, calls):
    sandbox.control("faults", {"path": CUSTOMERS, "status": 429, "times": 2, "should_retry": should_retry})
    client = stripe.StripeClient(KEY, base_addresses={"api": sandbox.base}, max_network_retries=1)
    with pytest.raises(stripe.RateLimitError):
        client.v1.customers.create({"name": "Dora"})
    assert len(sandbox.control("faults")["fired"]) == calls


@pytest.mark.parametrize("kind", ["commit-then-reset", "commit-then-html", "commit-then-500"])
def test_the_effect_is_written_and_its_answer_is_lost(sandbox, kind):
    sandbox.control("faults", {"method": "POST", "path": CUSTOMERS, "status": kind})
    with pytest.raises((stripe.APIConnectionError, stripe.APIError)):
        sandbox.v1.customers.create({"name": "Dora"})
    assert len(sandbox.v1.customers.list().data) == 1


def test_the_effect_is_written_and_its_answer_comes_late(sandbox):
    sandbox.control("faults", {"path": CUSTOMERS, "status": "commit-then-stall", "seconds": 0.3})
    began = time.monotonic()
    assert sandbox.v1.customers.create({"name": "Dora"}).name == "Dora"
    assert time.monotonic() - began >= 0.3


def run_of(sandbox, seed, calls=60):
    sandbox.control("faults", {"plan": {"seed": seed, "rate": 0.2, "kinds": [500, 429, 503], "path": CUSTOMERS}})
    return statuses(sandbox, calls)


def test_a_plan_repeats_itself(sandbox):
    first, again, other = run_of(sandbox, 7), run_of(sandbox, 7), run_of(sandbox, 8)
    assert first == again != other
    assert set(first) == {200, 429, 500, 503}
    assert 4 <= sum(status != 200 for status in first) <= 22
    assert len(sandbox.control("faults")["fired"]) == sum(status != 200 for status in [*first, *again, *other])


def test_a_plan_ends(sandbox):
    sandbox.control("faults", {"plan": {"seed": 1, "rate": 1, "kinds": ["html"], "at_most": 2}})
    client = stripe.StripeClient(KEY, base_addresses={"api": sandbox.base}, max_network_retries=2)
    assert client.v1.customers.create({"name": "Dora"}).name == "Dora"
    assert sandbox.control("faults")["plan"]["left"] == 0
    assert sandbox.control("faults", {"plan": None})["plan"] is None


@pytest.mark.parametrize(
    "given",
    [
        {"status": True},
        {"status": "commit-then-nothing"},
        {"status": 500, "nth": 0},
        {"status": 500, "weather": "bad"},
        {"plan": {"seed": 1, "rate": 2}},
        {"plan": {"seed": 1, "rate": 0.5, "kinds": []}},
        {"plan": {"rate": 0.5}},
    ],
)
def test_what_makes_no_sense_is_refused(sandbox, given):
    assert sandbox.call("POST", "/_control/faults", json.dumps(given))[0] == 400
