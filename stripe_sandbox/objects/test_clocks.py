"""Test clocks as objects, on the sandbox's one clock.

At Stripe each test clock stands still and holds its own customers. Here time runs on between the
calls, and advancing a test clock moves everything in the account. (docs.stripe.com/billing/testing/test-clocks)
"""

from __future__ import annotations

from stripe_sandbox.account import Account
from stripe_sandbox.errors import StripeError
from stripe_sandbox.lists import page
from stripe_sandbox.store import Json

KIND = "test_helpers.test_clock"
DAY = 86_400
KEPT = 30 * DAY
FURTHEST = 2 * 366 * DAY
# how late a caller's "now" may come
LATE = 60


def create(account: Account, params: Json) -> Json:
    """A time to come moves the sandbox's clock there; the past, where it cannot go, is refused."""
    moment, frozen = account.now(), params["frozen_time"]
    if frozen < moment - LATE:
        raise StripeError(
            f"The Stripe sandbox has one clock, which does not go back: frozen_time must be {moment} or later.",
            param="frozen_time",
        )
    if frozen > moment + FURTHEST:
        raise StripeError("The frozen_time must be at most two years later than now.", param="frozen_time")
    account.advance_clock(max(0, frozen - moment))
    clock: Json = {
        "id": account.new_id(KIND),
        "object": KIND,
        "created": moment,
        "deletes_after": moment + KEPT,
        "frozen_time": frozen,
        "livemode": False,
        "name": params.get("name"),
        "status": "ready",
        "status_details": {},
    }
    account.insert(KIND, clock)
    account.emit("test_helpers.test_clock.created", clock)
    return clock


def advance(account: Account, params: Json, clock_id: str) -> Json:
    """The answer says "advancing"; what is due on the way happens next, and then the clock is ready."""
    clock, target = existing(account, clock_id), params["frozen_time"]
    if clock["status"] != "ready":
        raise StripeError("Test clock advancement is already in progress.", code="test_clock_advancement_in_progress")
    if not clock["frozen_time"] < target <= clock["frozen_time"] + FURTHEST:
        raise StripeError(
            "The frozen_time must be after the clock's current frozen time, and at most two years later.",
            param="frozen_time",
        )
    advancing = {"advancing": {"target_frozen_time": target}}
    account.change(clock, "test_helpers.test_clock.advancing", status="advancing", status_details=advancing)
    account.advance_clock(max(0, target - account.now()))
    account.schedule("test_clock_is_ready", clock_id, account.now())
    return clock


def become_ready(account: Account, clock_id: str) -> None:
    clock = account.get(KIND, clock_id)
    if clock.get("deleted"):
        return
    reached = clock["status_details"]["advancing"]["target_frozen_time"]
    account.change(
        clock, "test_helpers.test_clock.ready", status="ready", frozen_time=reached, status_details={}
    )  # fmt: skip


def delete(account: Account, params: Json, clock_id: str) -> Json:
    """The clock alone: at Stripe its customers go with it, here they were never its own."""
    clock = existing(account, clock_id)
    remains = {"id": clock_id, "object": KIND, "deleted": True}
    account.store.delete(remains)
    account.emit("test_helpers.test_clock.deleted", clock)
    return remains


def existing(account: Account, clock_id: str) -> Json:
    clock = account.get(KIND, clock_id)
    if clock.get("deleted"):
        raise StripeError(f"No such test_clock: '{clock_id}'", status=404, code="resource_missing", param="test_clock")
    return clock


def retrieve(account: Account, params: Json, clock_id: str) -> Json:
    return existing(account, clock_id)


def list_all(account: Account, params: Json) -> Json:
    return page(account, KIND, "/v1/test_helpers/test_clocks", params)
