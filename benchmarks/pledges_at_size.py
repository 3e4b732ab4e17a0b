"""What pages of hearts cost at size, against a thousand: budget P4, and the recount of P12.

    python -m benchmarks.pledges_at_size SMALL BIG [--rounds N] [--requests N]

Both are databases that `manage.py seed_load` made on the portal's server. Each is served by a process of its own, with
no cache, and asked in turns. CPU is that of the process and of its PostgreSQL backend together, per request; reads are
the buffers that `EXPLAIN (ANALYZE, BUFFERS)` counts, compared query by query.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

MOST_RATIO, MOST_READS = 1.2, 2


class Served:
    """A process that answers for one database."""

    def __init__(self, database: str) -> None:
        command = [sys.executable, "-m", "benchmarks.pledges_at_size", "--serve", database]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **wish: Any) -> Any:
        self.process.stdin.write(json.dumps(wish) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait(30)


def serve(database: str) -> None:
    """Answer wishes, a line each, until the input ends."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blueheart.settings")
    import django  # noqa: PLC0415

    django.setup()
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    connection.settings_dict["NAME"] = database
    client = Client(headers={"host": "localhost"})
    acts = {"paths": _paths, "cpu": _cpu, "reads": _reads, "recount": _recount}
    for line in sys.stdin:
        wish = json.loads(line)
        sys.stdout.write(json.dumps(acts[wish.pop("act")](client, **wish)) + "\n")
        sys.stdout.flush()


def _paths(client: Any) -> dict[str, str]:
    from django.db.models import Count  # noqa: PLC0415

    from blueheart.api import lists  # noqa: PLC0415
    from pledges.models import Pledge  # noqa: PLC0415

    shown = Pledge.objects.shown()
    last = shown.order_by("-number").values_list("number", flat=True)[0]
    country = shown.values_list("country").annotate(n=Count("pk")).order_by("-n")[0][0]
    rare = shown.values_list("country").annotate(n=Count("pk")).filter(n__gte=5).order_by("n")[0][0]
    cursor = lists._signer().sign_object(["/api/v1/pledges", last // 2])
    return {
        "wall, first page": "/en/hearts/",
        "wall, deep page": f"/en/hearts/?before={last // 2}",
        "wall, newer": f"/en/hearts/?after={last // 2}",
        "wall of the largest country": f"/en/hearts/?country={country}",
        "wall of it, deep": f"/en/hearts/?country={country}&before={last // 2}",
        "wall of a small country": f"/en/hearts/?country={rare}",
        "wall of a campaign": "/en/hearts/?campaign=blue-heart",
        "wall of organisations": "/en/hearts/?kind=organisation",
        "home": "/en/",
        "campaign": "/en/campaigns/blue-heart/",
        "country": f"/en/countries/{country.lower()}/",
        "tracker": "/en/tracker/",
        "counter": "/embed/counter/",
        "badge": "/badge.svg?campaign=blue-heart",
        "API pledges": "/api/v1/pledges?limit=50",
        "API pledges, deep": f"/api/v1/pledges?limit=50&cursor={cursor}",
        "API pledges of a country": f"/api/v1/pledges?limit=50&country={country}",
        "API pledges by country": "/api/v1/pledges/by-country",
        "API stats": "/api/v1/stats",
    }


def _cpu(client: Any, path: str, times: int) -> float:
    """Milliseconds of CPU per request."""
    from django.db import connection  # noqa: PLC0415

    status = client.get(path).status_code
    if status != 200:
        raise ValueError(f"{path} answers {status}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    before = time.process_time() + _cpu_of(backend)
    for _turn in range(times):
        client.get(path)
    return (time.process_time() + _cpu_of(backend) - before) / times * 1000


def _cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _reads(client: Any, path: str) -> list[int]:
    """Buffers of each query of the page, once it is warm."""
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    with CaptureQueriesContext(connection) as asked:
        client.get(path)
    return [_buffers(query["sql"]) for query in asked if query["sql"].lstrip().startswith(("SELECT", "WITH"))]


def _buffers(sql: str) -> int:
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + sql.replace("%", "%%"), [])
        plan = cursor.fetchone()[0][0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def _recount(client: Any) -> dict[str, Any]:
    from django.db import connection  # noqa: PLC0415

    from pledges.services import counting  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pledges_pledge")
        pledges = cursor.fetchone()[0]
    began = time.perf_counter()
    found = len(list(counting.differences()))
    return {"pledges": pledges, "seconds": time.perf_counter() - began, "differences": found}


def compare(small: Served, big: Served, *, rounds: int, requests: int) -> bool:
    """Print a line per page; returns whether all are within the budget."""
    sizes = [served.ask(act="recount") for served in (small, big)]
    for size in sizes:
        print(f"recount of {size['pledges']:,} pledges: {size['seconds']:.1f} s, {size['differences']} differences")  # noqa: T201
    paths = [served.ask(act="paths") for served in (small, big)]
    print(f"\n{'page':30} {'queries':>7} {'reads':>13} {'most more':>9} {'CPU ms':>13} {'ratio':>6}  P4")  # noqa: T201
    met = True
    for name in paths[0]:
        reads = [served.ask(act="reads", path=of[name]) for served, of in ((small, paths[0]), (big, paths[1]))]
        more = max((b - a for a, b in zip(*reads, strict=False)), default=0)
        costs: list[tuple[float, float]] = []
        for _round in range(rounds):
            a, b = (
                served.ask(act="cpu", path=of[name], times=requests)
                for served, of in ((small, paths[0]), (big, paths[1]))
            )
            costs.append((a, b))
        ratio = median(b / a for a, b in costs)
        is_met = ratio <= MOST_RATIO or (more <= MOST_READS and len(reads[0]) == len(reads[1]))
        met = met and is_met
        cpu = f"{median(a for a, _b in costs):.1f}→{median(b for _a, b in costs):.1f}"
        print(  # noqa: T201
            f"{name:30} {len(reads[1]):7} {sum(reads[0]):6}→{sum(reads[1]):<6} {more:9} {cpu:>13} {ratio:6.2f}  "
            f"{'met' if is_met else 'NOT MET'}"
        )
    return met


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("databases", nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=20)
    parser.add_argument("--serve", metavar="DATABASE", help=argparse.SUPPRESS)
    wish = parser.parse_args()
    if wish.serve:
        serve(wish.serve)
        return 0
    small, big = (Served(name) for name in wish.databases)
    try:
        return 0 if compare(small, big, rounds=wish.rounds, requests=wish.requests) else 1
    finally:
        small.end()
        big.end()


if __name__ == "__main__":
    sys.exit(main())
