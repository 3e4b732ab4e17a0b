"""What is asked of Stripe stands in the log with both sides' names for it, and with nobody's id."""

import io
import logging
import re

import pytest
from django.utils import timezone

from blueheart import request_ids
from blueheart.log import LineFormatter
from donations import gateway, jobs
from donations.gateway import call_log
from donations.gateway.client import fetch
from donations.models import StripeEvent
from office.worker import Job, Lane
from tests.logged import logged

CALLS = "donations.gateway.call_log"


@pytest.fixture
def written():
    with logged() as found:
        yield found


def test_a_gift_that_begins_is_one_line_with_the_names_of_request_and_call(db, client, sandbox, dora_gives, written):
    donation = dora_gives()

    (line,) = written.of(CALLS)
    assert line.pop("seconds") < 30
    assert line.pop("time")
    assert re.fullmatch(r"req_[0-9a-f]{14}", line["stripe_request"])
    assert line == {
        "level": "INFO", "logger": CALLS, "request_id": request_ids.current(), "message": "Stripe answered",
        "method": "POST", "kind": "checkout/sessions", "attempt": 1, "status": 200,
        "stripe_request": line["stripe_request"],
    }  # fmt: skip
    assert donation.stripe_checkout_session_id not in written.text
    assert "dora" not in written.text.lower()


def test_each_try_of_a_call_is_told_with_its_number(sandbox, written):
    sandbox.fault(method="GET", path="/v1/charges/*", times=1, status=503)

    with pytest.raises(gateway.GatewayMissingError):
        fetch("charges", "ch_1")
    with pytest.raises(gateway.GatewayMissingError):
        fetch("refunds", "re_1")

    told = [(line["level"], line["kind"], line["attempt"], line["status"]) for line in written.of(CALLS)]
    assert told == [
        ("WARNING", "charges/…", 1, 503),
        ("INFO", "charges/…", 2, 404),
        ("INFO", "refunds/…", 1, 404),
    ]


def test_no_answer_is_told_with_why(sandbox, written):
    sandbox.fault(method="GET", path="/v1/charges/*", times=2, status="reset")

    with pytest.raises(gateway.GatewayError):
        fetch("charges", "ch_1")

    lines = written.of(CALLS)
    assert [(line["message"], line["status"], line["attempt"]) for line in lines] == [
        ("Stripe gave no answer", "ConnectionError", 1),
        ("Stripe gave no answer", "ConnectionError", 2),
    ]
    assert all("stripe_request" not in line for line in lines)


def test_in_the_worker_a_call_names_the_run_of_the_job_and_the_row_that_it_is_for(db, sandbox, written):
    first, second = (
        StripeEvent.objects.create(
            stripe_event_id=f"evt_{number}", type="refund.updated", stripe_object_id=f"re_{number}", payload="{}",
            source="webhook",
        )
        for number in (1, 2)
    )  # fmt: skip
    Lane("events", [Job("process-events", jobs.process_events, every=1)]).run_due(now=True)

    lines = written.of(CALLS)
    assert [line["row"] for line in lines] == [f"donations.stripeevent {event.pk}" for event in (first, second)]
    assert {(line["job"], line["lane"]) for line in lines} == {("process-events", "events")}
    assert len({line["request_id"] for line in lines}) == 1


def test_people_read_which_job_it_was(db, sandbox):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter())
    logging.getLogger(CALLS).addHandler(handler)
    try:
        Lane("events", [Job("look", lambda: len(list(gateway.events_since(timezone.now()))), every=1)]).run_due(
            now=True
        )
    finally:
        logging.getLogger(CALLS).removeHandler(handler)

    assert re.search(r"INFO donations\.gateway\.call_log look:[0-9a-f]{32} Stripe answered", stream.getvalue())


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://api.stripe.com/v1/checkout/sessions/cs_test_a1B2c3?expand[]=customer", "checkout/sessions/…"),
        ("https://api.stripe.com/v1/payment_intents/pi_3Q/cancel", "payment_intents/…/cancel"),
        ("https://api.stripe.com/v1/customers/dora%40example.org", "customers/…"),
        ("https://api.stripe.com/v1/events", "events"),
    ],
)
def test_the_kind_of_an_object_has_no_id(url, kind):
    assert call_log.kind_of(url) == kind
