"""Trying mutants: which are caught by the test that says it would, which survive."""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tests.mutants.copies import PASSED, Copy, Outcome
from tests.mutants.mutant import Mutant

# A mutant that makes the code nonsense proves nothing about the guard.
NONSENSE = frozenset({"NameError", "UnboundLocalError", "ImportError", "ModuleNotFoundError", "SyntaxError"})
LINES_OF_OUTPUT = 12


class Verdict(StrEnum):
    CAUGHT = "caught"
    SURVIVED = "survived"
    BROKEN = "broken"


@dataclass(frozen=True)
class Result:
    """What became of one mutant, by which test, and how long it took."""

    mutant: Mutant
    verdict: Verdict
    words: str
    seconds: float


def green(tests: Iterable[str], copies: Sequence[Copy]) -> tuple[frozenset[str], str]:
    """Those tests that pass with all guards in place, and what pytest printed where one did not.

    Each copy runs its share, all in one run.
    """
    ordered = sorted(set(tests))
    shares = [ordered[turn * len(ordered) // len(copies) : (turn + 1) * len(ordered) // len(copies)]
              for turn in range(len(copies))]  # fmt: skip
    outcomes: list[Outcome] = []
    shared = [(copy, share) for copy, share in zip(copies, shares, strict=True) if share]
    _at_once(lambda copy, share: outcomes.append(copy.run(share, first_failure_ends=False)), shared)
    passed: frozenset[str] = frozenset().union(*(outcome.passed() for outcome in outcomes))
    return passed, "\n".join(outcome.output for outcome in outcomes if outcome.code != PASSED)


def try_mutants(
    mutants: Sequence[Mutant], copies: Sequence[Copy], *, passed: frozenset[str], tell: Callable[[Result], None]
) -> list[Result]:
    """Try each mutant in whichever copy is free, and tell of each at once. `passed` are tests known to be green."""
    waiting: queue.SimpleQueue[Mutant] = queue.SimpleQueue()
    for mutant in mutants:
        waiting.put(mutant)
    results: list[Result] = []

    def work(copy: Copy) -> None:
        while not copy.is_stopped:
            try:
                mutant = waiting.get_nowait()
            except queue.Empty:
                return
            result = try_one(mutant, copy, passed=passed)
            if not copy.is_stopped:
                results.append(result)
                tell(result)

    _at_once(work, [(copy,) for copy in copies])
    return results


def try_one(mutant: Mutant, copy: Copy, *, passed: frozenset[str]) -> Result:
    """Take the guard away, run the tests that are to notice, put it back."""
    began = time.monotonic()
    red = sorted(set(mutant.tests) - passed)
    if red:
        return Result(mutant, Verdict.BROKEN, f"not green without it: {', '.join(red)}", 0.0)
    with copy.broken_by(mutant):
        outcome = copy.run(mutant.tests, sql=mutant.sql)
    verdict, words = judge(outcome)
    return Result(mutant, verdict, words, time.monotonic() - began)


def judge(outcome: Outcome) -> tuple[Verdict, str]:
    """What a run of the named tests says of the mutant, and in which words."""
    if outcome.code == PASSED:
        return Verdict.SURVIVED, "its tests are green without the guard"
    failures = outcome.failures()
    if outcome.code == 1 and failures and failures[0]["exception"] not in NONSENSE:
        first = failures[0]
        return Verdict.CAUGHT, f"{first['test']}: {first['exception']}: {first['words'][:100]}"
    last = [line for line in outcome.output.splitlines() if line.strip()][-LINES_OF_OUTPUT:]
    return Verdict.BROKEN, "\n    ".join([f"pytest ended with {outcome.code}", *last])


def _at_once(work: Callable[..., object], given: Sequence[tuple[Any, ...]]) -> None:
    """One thread for each copy, the first of its arguments; raises what one of them raised.

    Who is interrupted while waiting stops all copies first.
    """
    errors: list[BaseException] = []

    def run(arguments: tuple[Any, ...]) -> None:
        try:
            work(*arguments)
        except BaseException as error:  # raised again below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(arguments,)) for arguments in given]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except BaseException:
        for copy, *_rest in given:
            copy.stop()
        for thread in threads:
            thread.join()
        raise
    if errors:
        raise errors[0]
