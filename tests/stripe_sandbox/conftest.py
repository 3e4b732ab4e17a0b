"""A fresh sandbox for each test, judged at its end."""

import json

import pytest

from tests.stripe_sandbox.desk import Inside, Receiver
from tests.stripe_sandbox.judge import judge_response


@pytest.fixture
def receiver():
    found = Receiver()
    yield found
    found.close()


@pytest.fixture
def sandbox(receiver):
    """Fresh, in memory, telling the receiver; what it said and heard is judged at the end."""
    running = Inside(receiver)
    try:
        yield running
        problems = running.verdict()
        for body, _ in receiver.raw:
            problems += judge_response(json.loads(body))
    finally:
        running.stop()
    assert problems == []
