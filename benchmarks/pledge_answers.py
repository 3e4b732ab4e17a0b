"""How long the pledge form takes to answer for known and for unknown addresses, interleaved in one run.

    python -m benchmarks.pledge_answers [rounds]

No budget but a promise: the form tells nobody who has pledged, not even by its time. In-process, without the network,
which would hide a difference. Makes and drops a test database of its own. Prints the median of each kind of address
and its ratio to that of unknown ones; ends with 1 where a ratio is further off than `MOST`.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blueheart.settings")
django.setup()

from django.db import connection  # noqa: E402 Django is set up first
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment, teardown_test_environment  # noqa: E402

from tests.pledges.conftest import typed  # noqa: E402
from tests.pledges.factories import HeartFactory, PledgeFactory, WordingFactory  # noqa: E402

MOST = 0.2
WARM_UP = 20


def main(rounds: int) -> int:
    """Measure so many rounds, print the figures, and say by the result whether they are close enough."""
    client, wordings = Client(), WordingFactory.create_batch(11)
    prepare: dict[str, Callable[[str], object]] = {
        "unknown": lambda email: None,
        "waiting": lambda email: PledgeFactory(email=email, asked_at=None, precepts=wordings[:3]),
        "confirmed": lambda email: HeartFactory(email=email, precepts=wordings[:3]),
        "full household": lambda email: [
            HeartFactory(email=email, public_name=name, precepts=wordings[:3]) for name in ("Dora", "Ana")
        ],
    }
    took: dict[str, list[float]] = {kind: [] for kind in prepare}
    for number in range(rounds + WARM_UP):
        kinds = list(prepare)
        for kind in kinds[number % len(kinds) :] + kinds[: number % len(kinds)]:
            email = f"{kind.replace(' ', '-')}{number}@example.org"
            prepare[kind](email)
            precepts = [wording.pk for wording in wordings[:3]]
            fields = typed(wordings[0], email=email, precepts=precepts, form_token=f"{kind[0]}{number:0>42}")
            address = f"10.{number // 250}.{number % 250}.{kinds.index(kind) + 1}"
            began = time.perf_counter()
            answer = client.post("/en/pledge/", fields, REMOTE_ADDR=address)
            seconds = time.perf_counter() - began
            assert answer.status_code == 302, answer.status_code  # noqa: S101 a measurement of something else
            if number >= WARM_UP:
                took[kind].append(seconds)
    return report(took)


def report(took: dict[str, list[float]]) -> int:
    """Print each median and its ratio; 1 where one is too far off."""
    unknown = statistics.median(took["unknown"])
    ratios = {kind: statistics.median(seconds) / unknown for kind, seconds in took.items()}
    for kind, ratio in ratios.items():
        median = statistics.median(took[kind]) * 1000
        print(f"{kind:15} {median:7.2f} ms  {ratio:5.3f} × unknown  ({len(took[kind])} forms)")  # noqa: T201
    return int(any(abs(ratio - 1) > MOST for ratio in ratios.values()))


if __name__ == "__main__":
    setup_test_environment()
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    name = connection.settings_dict["NAME"]
    try:
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
        teardown_test_environment()
