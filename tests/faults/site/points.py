"""Named points at which a process kills itself when a story asks for it: before and after every step that counts.

A step is a call (to Stripe, to the mail server) or what one function commits. `kill -9` hits between two instructions:
a point is chosen by hand where a random moment would seldom strike.
"""

import functools
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

CALL, COMMIT = "call", "commit"
WEB, WORKER = "web", "worker"


@dataclass(frozen=True)
class Step:
    """One step of a process; `where` is its function, of whose commits a COMMIT is about the first that comes."""

    name: str
    process: str
    kind: str
    where: str

    @property
    def points(self) -> tuple[str, str]:
        return f"before-{self.name}", f"after-{self.name}"


STEPS = (
    Step("writing-the-gift-down", WEB, COMMIT, "donations.services.checkout:_record"),
    Step("asking-stripe-for-a-pay-page", WEB, CALL, "donations.gateway.checkout:create_session"),
    Step("asking-stripe-on-landing", WEB, CALL, "donations.services.fulfilment:look_at_checkout"),
    Step("booking-on-landing", WEB, COMMIT, "donations.services.fulfilment:fulfil_checkout"),
    Step("storing-a-webhook", WEB, CALL, "donations.services.inbox:take_in"),
    Step("taking-a-pledge", WEB, COMMIT, "pledges.services.pledging:make_pledge"),
    Step("confirming-a-pledge", WEB, COMMIT, "pledges.services.confirming:confirm_pledge"),
    Step("claiming-work", WORKER, COMMIT, "blueheart.queue:QueueRowQuerySet.claim"),
    Step("asking-stripe-about-an-event", WORKER, CALL, "donations.reactions:react"),
    Step("booking-an-event", WORKER, COMMIT, "donations.jobs:_process"),
    Step("issuing-a-receipt", WORKER, COMMIT, "donations.services.receipts:_carry_out"),
    Step("handing-a-mail-over", WORKER, CALL, "django.core.mail.message:EmailMessage.send"),
    Step("noting-a-mail-as-sent", WORKER, COMMIT, "blueheart.post.jobs:_book"),
    Step("asking-stripe-for-a-refund", WORKER, CALL, "donations.gateway.money_back:create_refund"),
    Step("booking-a-refund", WORKER, COMMIT, "donations.services.refunds_at_stripe:book_refunds"),
    Step("closing-the-windows", WORKER, COMMIT, "pledges.services.counting:close_windows"),
)
POINTS = tuple(point for step in STEPS for point in step.points)
STEP_OF = {point: step for step in STEPS for point in step.points}

_within = threading.local()  # the COMMIT steps that this thread is in


def arm(folder: str) -> None:
    """Have this process pass all points; `folder` holds those that kill. For a process's start, once."""
    for step in STEPS:
        _wrap(step, Path(folder))
    _tell_of_commits(Path(folder))


def order(folder: Path, point: str) -> None:
    """Kill the first process that passes this point."""
    assert point in POINTS, f"unknown: {point}"
    (folder / point).touch()


def has_struck(folder: Path, point: str) -> bool:
    return (folder / f"{point}.struck").exists()


def _pass(folder: Path, point: str) -> None:
    try:
        (folder / point).rename(folder / f"{point}.struck")
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def _wrap(step: Step, folder: Path) -> None:
    module_name, _, path = step.where.partition(":")
    *owners, name = path.split(".")
    owner: Any = functools.reduce(getattr, owners, import_module(module_name))
    original = getattr(owner, name)
    wrapped = _at_call(original, step, folder) if step.kind == CALL else _within_step(original, step)
    setattr(owner, name, wrapped)
    if not owners:
        _replace_everywhere(original, wrapped)


def _replace_everywhere(original: object, wrapped: object) -> None:
    """Also where it was imported by name before we came."""
    for module in list(sys.modules.values()):
        for name, value in list(vars(module).items()) if hasattr(module, "__dict__") else ():
            if value is original:
                setattr(module, name, wrapped)


def _at_call(original: Callable[..., Any], step: Step, folder: Path) -> Callable[..., Any]:
    before, after = step.points

    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        _pass(folder, before)
        answer = original(*args, **kwargs)
        _pass(folder, after)
        return answer

    return call


def _within_step(original: Callable[..., Any], step: Step) -> Callable[..., Any]:
    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        steps = _within.__dict__.setdefault("steps", [])
        steps.append(step)
        try:
            return original(*args, **kwargs)
        finally:
            steps.pop()

    return call


def _tell_of_commits(folder: Path) -> None:
    from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: PLC0415  -- Django is set up by now

    commit = BaseDatabaseWrapper._commit

    def telling(self: BaseDatabaseWrapper) -> Any:
        steps = list(getattr(_within, "steps", ()))
        for step in steps:
            _pass(folder, step.points[0])
        answer = commit(self)
        for step in steps:
            _pass(folder, step.points[1])
        return answer

    BaseDatabaseWrapper._commit = telling
