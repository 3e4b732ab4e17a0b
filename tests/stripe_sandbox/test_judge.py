"""The judges themselves, and that the sandbox's tables are still the package's."""

import copy

import pytest

from stripe_sandbox.endpoints import ENDPOINTS
from tests.stripe_sandbox import parameter_tables
from tests.stripe_sandbox.judge import judge_request, judge_response


def test_the_tables_are_those_of_the_stripe_package():
    assert parameter_tables.TARGET.read_text("utf-8") == parameter_tables.text()


def test_every_imitated_name_is_one_stripe_knows():
    tables = parameter_tables.build()
    unknown = [
        f"{endpoint.table}: {name}"
        for endpoint in ENDPOINTS
        for name in endpoint.imitates
        if name != "expand" and not reaches(tables[endpoint.table], name.split("."))
    ]
    assert unknown == []


def reaches(table, steps):
    if not steps:
        return True
    if not isinstance(table, dict):
        return False
    if "any" in table:
        return any(reaches(each, steps) for each in table["any"])
    if "list" in table:
        return reaches(table["list"], steps)
    return steps[0] in table.get("object", {}) and reaches(table["object"][steps[0]], steps[1:])


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"nonsense": "1"}, "nonsense: unknown"),
        ({"payment_method_types": {"0": "card"}}, "payment_method_types: unknown"),
        ({"locale": "ar"}, "'ar' is none of"),
        ({"expires_at": "soon"}, "'soon' is no int"),
        ({"line_items": {"0": {"quantity": "1", "prize": "x"}}}, "line_items.0.prize: unknown"),
        ({"line_items": "x"}, "is no list"),
    ],
)
def test_the_judge_of_requests_sees(params, words):
    problems = judge_request("POST", "/v1/checkout/sessions", params)
    assert len(problems) == 1
    assert words in problems[0]


def test_the_judge_of_requests_misses_required_parameters_and_unknown_addresses():
    assert judge_request("POST", "/v1/prices", {}) == ["POST /v1/prices: currency: required"]
    assert judge_request("POST", "/v1/nonsense", {}) != []
    assert judge_request("POST", "/v1/refunds", {"charge": "ch_1", "amount": "5", "metadata": ""}) == []


def changed(**fields):
    def change(refund):
        refund.update(fields)

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (changed(nonsense=1), "nonsense: unknown to Refund"),
        (lambda refund: refund.pop("amount"), "amount: required by Refund"),
        (changed(amount="5"), "'5' is no int"),
        (changed(amount=True), "True is no int"),
        (changed(reason="because"), "'because' is none of"),
        (changed(charge={"object": "refund", "id": "re_1"}), "is no Charge"),
        (changed(metadata={"k": 1}), "1 is no str"),
        (changed(destination_details={"type": "card", "card": {"type": "refund", "kind": "x"}}), "unknown to Card"),
    ],
)
def test_the_judge_of_answers_sees(sandbox, change, words):
    session = sandbox.session()
    sandbox.pay(session)
    refund = sandbox.call(
        "POST", "/v1/refunds", f"payment_intent={sandbox.control('truth')['payment_intents'][0]['id']}"
    )[2]
    assert judge_response(refund) == []
    worse = copy.deepcopy(refund)
    change(worse)
    problems = judge_response(worse)
    assert len(problems) == 1
    assert words in problems[0]
