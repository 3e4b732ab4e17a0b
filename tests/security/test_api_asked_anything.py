"""Schemathesis against our own description of the API: whatever is asked, the answer is one that was described."""

import pytest
import schemathesis
from django.core import signals
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

from pledges import jobs
from tests.campaigns.test_api import one_of_each
from tests.donations.factories import contributor
from tests.pledges.factories import HeartFactory

pytestmark = pytest.mark.django_db

DESCRIPTION = "/api/v1/openapi.json"
EXAMPLES = {GenerationMode.POSITIVE: 10, GenerationMode.NEGATIVE: 6}
CHECKED = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]
OPERATIONS = 14


@pytest.fixture
def api():
    """The description as the running site tells it, its content, and the site itself within this transaction."""
    one_of_each()
    HeartFactory()
    contributor()
    jobs.close_windows()
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi(DESCRIPTION, WSGIHandler())
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


def problems_of(operation, mode):
    """Every way in which an answer is not as described, or is an error of the server's."""
    problems, statuses = [], set()

    @settings(
        max_examples=EXAMPLES[mode], derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case):
        answer = case.call(headers={"Accept-Encoding": "identity"})
        statuses.add(answer.status_code)
        try:
            # An address with a NUL comes to no view: the whole site answers it with the same page.
            is_ours = "%00" not in answer.request.url
            case.validate_response(answer, checks=CHECKED if is_ours else [not_a_server_error])
        except FailureGroup as failures:
            asked = case.as_curl_command()
            problems.extend(f"{failure.title}: {failure.message} {asked}" for failure in failures.exceptions)

    run()
    return problems, statuses


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_whatever_is_asked_the_answer_is_one_that_was_described(api, mode):
    problems, statuses, operations = [], set(), 0
    for found in api.get_all_operations():
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not (operation.query or operation.path_parameters):
            continue
        its_problems, its_statuses = problems_of(operation, mode)
        problems += its_problems
        statuses |= its_statuses
        operations += 1

    assert operations >= OPERATIONS - 2
    assert problems == []
    assert statuses & ({200} if mode is GenerationMode.POSITIVE else {400, 404})
