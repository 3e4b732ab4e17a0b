"""Take each guard away and see its test go red: `python -m tests.mutants [--only NAME …] [--list]`."""

import argparse
import signal
import sys
import time
from collections.abc import Sequence

from tests.mutants.copies import RunningError, copied
from tests.mutants.every import MUTANTS
from tests.mutants.mutant import Mutant, problems
from tests.mutants.trying import Result, Verdict, green, try_mutants
from tests.portal import ROOT

COPIES = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 where every chosen mutant was caught."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="those whose names hold one of these words")
    parser.add_argument("--list", action="store_true", help="name them, and run nothing")
    parser.add_argument("--copies", type=int, default=COPIES, help=f"how many are tried at once ({COPIES})")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_told: sys.exit(143))  # as Ctrl-C: the copies go
    chosen = [mutant for mutant in MUTANTS if not options.only or any(word in mutant.name for word in options.only)]
    if options.list:
        for mutant in chosen:
            _say(f"{mutant.name}  [{mutant.promise}]  {mutant.breaks}\n    {'  '.join(mutant.tests)}")
        return 0
    wrong = [problem for mutant in chosen for problem in problems(mutant, ROOT)]
    if wrong or not chosen:
        _say("\n".join(wrong) or "no mutant has such a name")
        return 2
    try:
        return _try(chosen, copies=min(options.copies, len(chosen)))
    except RunningError as error:
        _say(str(error))
        return 2


def _try(chosen: Sequence[Mutant], *, copies: int) -> int:
    began = time.monotonic()
    with copied(ROOT, copies) as places:
        tests = {test for mutant in chosen for test in mutant.tests}
        passed, printed = green(tests, places)
        _say(f"{len(passed & tests)} of {len(tests)} named tests are green before anything is broken")
        if printed:
            _say("\n".join(printed.splitlines()[-20:]))
        results = try_mutants(chosen, places, passed=passed, tell=_tell)
    caught = sum(result.verdict == Verdict.CAUGHT for result in results)
    _say(f"{caught} of {len(chosen)} mutants caught in {time.monotonic() - began:.0f} s")
    return 0 if caught == len(chosen) else 1


def _tell(result: Result) -> None:
    _say(f"{result.verdict:8} {result.seconds:5.1f} s  {result.mutant.name} [{result.mutant.promise}]  {result.words}")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
