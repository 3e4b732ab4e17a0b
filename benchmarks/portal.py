"""A process of the portal that answers for one database, asked line by line: its pages, their CPU and their SQL.

    with Portal("bench_1000_100") as small:
        small.ask("cpu", path="/en/", times=20)

The acts stand in `benchmarks.asking` or another module, which only that process imports: Django is set up there for
one database.
"""

import json
import subprocess
import sys
from pkgutil import resolve_name
from typing import Any, Self

from benchmarks.stage import PROJECT, environment


class Portal:
    """The process; it ends with the `with`, and what it made in the database is rolled back."""

    def __init__(self, database: str, acts: str = "benchmarks.asking:ready") -> None:
        self.database, self.acts = database, acts

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.portal", self.acts],
            cwd=PROJECT,
            env=environment(
                BENCH_DATABASE=self.database,
                DJANGO_SETTINGS_MODULE="benchmarks.settings",
                PAGE_CACHE_MEGABYTES="0",
                KEEP_CONTENT_SECONDS="0",  # a second may pass between two requests, or not
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *exc: object) -> None:
        assert self.process.stdin  # noqa: S101 -- it is a pipe
        self.process.stdin.close()
        self.process.wait(60)

    def ask(self, act: str, **wish: Any) -> Any:
        """What the act of `benchmarks.asking` says; raises when the process ended, after it told why."""
        assert self.process.stdin  # noqa: S101 -- it is a pipe
        assert self.process.stdout  # noqa: S101 -- and so is this
        self.process.stdin.write(json.dumps({"act": act, **wish}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{act} of {wish} on {self.database}: the process ended, see above")
        return json.loads(line)


def answer(acts_of: str) -> None:
    """Answer wishes, a line each, until the input ends."""
    said = sys.stdout
    sys.stdout = sys.stderr  # nothing else may speak there
    with resolve_name(acts_of)() as acts:
        for line in sys.stdin:
            wish = json.loads(line)
            said.write(json.dumps(acts[wish.pop("act")](**wish)) + "\n")
            said.flush()


if __name__ == "__main__":
    resolve_name("django:setup")()
    answer(sys.argv[1])
