"""Monthly gifts that rest for a while, and what Stripe tells ahead of a renewal."""

from datetime import UTC, datetime

import pytest
import stripe

from stripe_sandbox.clock import add_months, period_end
from tests.stripe_sandbox.test_subscriptions import DAY, begin


def newest_invoice(sandbox):
    return sandbox.v1.invoices.list({"limit": 1}).data[0]


def events_of(sandbox, event_type):
    return sandbox.v1.events.list({"type": event_type, "limit": 100}).data


@pytest.mark.parametrize(
    ("behavior", "status", "told"),
    [
        ("void", "void", "invoice.voided"),
        ("mark_uncollectible", "uncollectible", "invoice.marked_uncollectible"),
        ("keep_as_draft", "draft", "invoice.created"),
    ],
)
def test_a_paused_period_is_not_charged(sandbox, behavior, status, told):
    subscription = begin(sandbox).subscription
    paused = sandbox.v1.subscriptions.update(subscription.id, {"pause_collection": {"behavior": behavior}})
    assert (paused.status, paused.pause_collection.to_dict()) == ("active", {"behavior": behavior, "resumes_at": None})
    assert sandbox.event_types()[-1] == "customer.subscription.updated"

    sandbox.control("clock", {"advance_months": 1})

    invoice = newest_invoice(sandbox)
    assert (invoice.status, invoice.amount_paid, invoice.auto_advance) == (status, 0, False)
    assert len(sandbox.control("truth")["charges"]) == 1
    assert [event.data.object.id for event in events_of(sandbox, told)][:1] == [invoice.id]
    assert events_of(sandbox, "invoice.upcoming") == []
    assert events_of(sandbox, "customer.subscription.paused") == []


def test_after_a_pause_the_next_period_is_charged(sandbox):
    subscription = begin(sandbox).subscription
    sandbox.v1.subscriptions.update(subscription.id, {"pause_collection": {"behavior": "void"}})
    sandbox.control("clock", {"advance_months": 1})
    resumed = sandbox.v1.subscriptions.update(subscription.id, {"pause_collection": ""})
    event = events_of(sandbox, "customer.subscription.updated")[0]
    assert resumed.pause_collection is None
    assert event.data.previous_attributes["pause_collection"].to_dict() == {"behavior": "void", "resumes_at": None}

    sandbox.control("clock", {"advance_months": 1})

    assert [each.status for each in sandbox.v1.invoices.list().data] == ["paid", "void", "paid"]


def test_a_pause_ends_on_its_day(sandbox):
    subscription = begin(sandbox).subscription
    ends = subscription["items"].data[0].current_period_end
    pause = {"behavior": "void", "resumes_at": ends + DAY}
    sandbox.v1.subscriptions.update(subscription.id, {"pause_collection": pause})
    sandbox.control("clock", {"advance_months": 2})
    assert sandbox.v1.subscriptions.retrieve(subscription.id).pause_collection is None
    assert [each.status for each in sandbox.v1.invoices.list().data] == ["paid", "void", "paid"]


def test_a_pause_into_the_past_is_refused(sandbox):
    subscription = begin(sandbox).subscription
    with pytest.raises(stripe.InvalidRequestError) as refused:
        sandbox.v1.subscriptions.update(subscription.id, {"pause_collection": {"behavior": "void", "resumes_at": 5}})
    assert refused.value.param == "pause_collection[resumes_at]"


def test_a_renewal_is_announced_a_week_ahead(sandbox):
    subscription = begin(sandbox, every=("year", 1)).subscription
    ends = subscription["items"].data[0].current_period_end
    sandbox.settle(ends - 7 * DAY - sandbox.control("clock")["now"] + 5)
    (event,) = events_of(sandbox, "invoice.upcoming")
    preview = event.data.object
    assert "id" not in preview
    assert (event.created, preview.amount_due, preview.next_payment_attempt) == (ends - 7 * DAY, 1000, ends + 3600)
    assert preview.parent.subscription_details.subscription == subscription.id
    assert preview.lines.data[0].period.to_dict() == {"start": ends, "end": add_months(ends, 12)}


def test_the_notice_ahead_can_be_moved_and_switched_off(sandbox):
    subscription = begin(sandbox, every=("year", 1)).subscription
    ends = subscription["items"].data[0].current_period_end
    sandbox.control("clock", {"upcoming_days": 30})
    sandbox.settle(ends - 20 * DAY - sandbox.control("clock")["now"])
    assert [event.created for event in events_of(sandbox, "invoice.upcoming")] == [ends - 30 * DAY]
    sandbox.control("clock", {"upcoming_days": 0})
    sandbox.control("clock", {"advance_months": 12})
    assert len(events_of(sandbox, "invoice.upcoming")) == 1


def test_nothing_is_announced_of_a_gift_that_ends(sandbox):
    subscription = begin(sandbox).subscription
    sandbox.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    sandbox.control("clock", {"advance_months": 1})
    assert events_of(sandbox, "invoice.upcoming") == []


@pytest.mark.parametrize(("interval", "count", "months"), [("month", 3, 3), ("year", 1, 12)])
def test_quarters_and_years(sandbox, interval, count, months):
    subscription = begin(sandbox, every=(interval, count)).subscription
    start = subscription.billing_cycle_anchor
    assert subscription["items"].data[0].current_period_end == add_months(start, months)
    for _ in range(2):
        sandbox.control("clock", {"advance_months": months})
    ends = [line.period.end for each in sandbox.v1.invoices.list().data for line in each.lines.data]
    assert ends == [add_months(start, months * periods) for periods in (3, 2, 1)]


@pytest.mark.parametrize(
    ("day", "interval", "count", "ends"),
    [
        ((2028, 2, 29), "year", 1, ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]),
        ((2026, 11, 30), "month", 3, ["2027-02-28", "2027-05-30", "2027-08-30", "2027-11-30"]),
        ((2026, 8, 31), "month", 1, ["2026-09-30", "2026-10-31", "2026-11-30", "2026-12-31"]),
    ],
)
def test_short_months_and_leap_days_never_shift_the_anchor(day, interval, count, ends):
    anchor = int(datetime(*day, 12, 30, tzinfo=UTC).timestamp())
    found = [datetime.fromtimestamp(period_end(anchor, interval, count, number), UTC) for number in (1, 2, 3, 4)]
    assert [moment.date().isoformat() for moment in found] == ends
    assert {(moment.hour, moment.minute) for moment in found} == {(12, 30)}


def test_the_name_and_words_at_parting_can_be_kept_without_ending(sandbox):
    subscription = begin(sandbox).subscription
    words = {"comment": "Too many mails", "feedback": "other"}
    kept = sandbox.v1.subscriptions.update(subscription.id, {"cancellation_details": words, "metadata": {"name": "D"}})
    assert (kept.cancellation_details.comment, kept.cancellation_details.feedback) == ("Too many mails", "other")
    assert (kept.status, kept.metadata["name"], kept.metadata["gift"]) == ("active", "D", "9")
