r"""What the CSV of a list of a million rows costs, against `psql \copy` of the same columns: budget P11.

    python -m benchmarks.export_at_size DATABASE [--rounds N]

DATABASE is one that `manage.py seed_load` made on the portal's embedded server. A granian of its own serves it; the
list of donations is exported through the page that staff use, read over the loopback and thrown away, in turns with
psql, which prints the same file: amounts as decimals, moments by ISO 8601. The ratio is the median of the rounds', with
one backend on either side: PostgreSQL plans no cursor in parallel, and no colleague's export should take the cores that
visitors wait for. Beside it stand psql with parallel workers, and psql with the columns as they are stored. Memory is
the web worker's highest less what it held idle, after a first export.
"""

import argparse
import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from operator import truediv
from pathlib import Path
from statistics import median
from typing import Any

LEAST_RATIO, MOST_MEMORY = 0.7, 30 * 2**20
HEADER = 200  # bytes at most of the first line
CHUNK = 64 * 1024
FROM = """
    FROM donations_donation donation
    JOIN donations_donor donor ON donor.id = donation.donor_id
    LEFT JOIN campaigns_campaign campaign ON campaign.id = donation.campaign_id
    ORDER BY donation.id DESC
"""
STORED = """
    SELECT donation.public_id, donation.amount_minor, donation.currency, donation.method, donation.interval,
        donation.status, campaign.slug, donor.public_id, donation.created_at, donation.succeeded_at
"""
EXPORTED = """
    SELECT donation.public_id,
        donation.amount_minor * CASE WHEN donation.currency = ANY({zero}) THEN 1
            WHEN donation.currency = ANY({three}) THEN 0.001 ELSE 0.01 END,
        donation.currency, donation.method, donation.interval, donation.status, campaign.slug, donor.public_id,
        to_char(donation.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        to_char(donation.succeeded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
"""


def set_up(database: str) -> dict[str, str]:
    """Django on this database, and the variables by which another process gets to it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blueheart.settings")
    import django  # noqa: PLC0415

    django.setup()
    from django.db import connection  # noqa: PLC0415

    connection.settings_dict["NAME"] = database
    connection.ensure_connection()
    host, user = (connection.settings_dict[name] for name in ("HOST", "USER"))
    return {"EXPORTED_DATABASE": database, "PGHOST": host, "PGUSER": user}


def cookies() -> str:
    """A superuser's session that has shown a second factor."""
    from django.contrib.auth.models import User  # noqa: PLC0415

    from tests.office.factories import desk_of  # noqa: PLC0415

    user, _made = User.objects.get_or_create(username="bench", is_staff=True, is_superuser=True)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in desk_of(user).cookies.items())


@contextmanager
def served(environment: dict[str, str]) -> Any:
    """A granian with one worker; yields its port and the worker's process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", "2", "--no-ws", "benchmarks.export_app:application"]
    process = subprocess.Popen(command, env=os.environ | environment, stdout=sys.stderr)
    try:
        while True:
            time.sleep(0.2)
            try:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                connection.request("GET", "/healthz")
                connection.getresponse().read()
                break
            except OSError:
                if process.poll() is not None:
                    raise
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield port, max(int(child) for child in children)
    finally:
        process.terminate()
        process.wait(30)


def export(port: int, cookie: str, query: str = "") -> tuple[float, int, int]:
    """Seconds, bytes and rows of one export, as a browser's form asks for it."""
    token = dict(part.split("=", 1) for part in cookie.split("; "))["csrftoken"]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    headers = {
        "Cookie": cookie,
        "Host": f"localhost:{port}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    body = f"format=csv&csrfmiddlewaretoken={token}"
    began = time.perf_counter()
    connection.request("POST", f"/staff/donations/donation/export/{query}", body, headers)
    answer = connection.getresponse()
    size = lines = 0
    while chunk := answer.read(CHUNK):
        size += len(chunk)
        lines += chunk.count(b"\n")
    seconds = time.perf_counter() - began
    if answer.status != 200 or not answer.headers["Content-Type"].startswith("text/csv"):
        raise SystemExit(f"the export answered {answer.status}")
    return seconds, size, lines - 1


def copy(statement: str, database: str, environment: dict[str, str], *, into: int = subprocess.DEVNULL) -> float:
    """Seconds of psql for this statement."""
    psql = shutil.which("psql") or str(_binaries() / "psql")
    command = [psql, "-X", "-q", "-d", database, "-c", rf"\copy ({' '.join(statement.split())}) to stdout csv"]
    began = time.perf_counter()
    subprocess.run(command, env=os.environ | environment, stdout=into, check=True)
    return time.perf_counter() - began


def exported_columns() -> str:
    """What the list exports, as a statement of its own."""
    from blueheart.money import THREE_DECIMAL, ZERO_DECIMAL  # noqa: PLC0415

    arrays = {"zero": ZERO_DECIMAL, "three": THREE_DECIMAL}
    return EXPORTED.format(**{name: f"'{{{','.join(sorted(codes))}}}'" for name, codes in arrays.items()}) + FROM


def _binaries() -> Path:
    from blueheart.postgresql.embedded import find_binaries  # noqa: PLC0415

    return Path(find_binaries().folder)


def memory(pid: int, name: str) -> int:
    """`VmRSS` now or `VmHWM` since it was last reset, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("database")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    environment = set_up(asked.database)
    from donations.models import Donation  # noqa: PLC0415

    rows, cookie, same_file = Donation.objects.count(), cookies(), exported_columns()
    with tempfile.TemporaryFile() as file:
        copy(same_file, asked.database, environment, into=file.fileno())
        same_size = file.seek(0, os.SEEK_END)
    alone = environment | {"PGOPTIONS": "-c max_parallel_workers_per_gather=0"}
    others = {
        "one backend": (same_file, alone),
        "parallel": (same_file, environment),
        "as stored": (STORED + FROM, alone),
    }
    ours, peaks = [], []
    theirs: dict[str, list[float]] = {name: [] for name in others}
    with served(environment) as (port, worker):
        export(port, cookie, "?currency=JPY")  # warm
        export(port, cookie)
        for _round in range(asked.rounds):
            time.sleep(1)
            idle = memory(worker, "VmRSS")
            Path(f"/proc/{worker}/clear_refs").write_text("5")
            seconds, size, exported = export(port, cookie)
            if exported != rows or not 0 < size - rows - same_size < HEADER:  # a line of ours ends with CR, too
                raise SystemExit(f"{exported} of {rows} rows came, {size} bytes against {same_size}")
            peaks.append(memory(worker, "VmHWM") - idle)
            ours.append(seconds)
            for name, (statement, variables) in others.items():
                theirs[name].append(copy(statement, asked.database, variables))
            beside = ", ".join(f"{name} {seconds[-1]:.2f} s" for name, seconds in theirs.items())
            sys.stdout.write(
                f"{rows:,} rows, {size / 2**20:.0f} MB: {seconds:.2f} s; psql: {beside}; "
                f"memory {idle / 2**20:.0f} + {peaks[-1] / 2**20:.1f} MB\n"
            )
            sys.stdout.flush()
    ratios = {name: median(map(truediv, seconds, ours)) for name, seconds in theirs.items()}
    is_met = ratios["one backend"] >= LEAST_RATIO and max(peaks) <= MOST_MEMORY
    beside = ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items())
    sys.stdout.write(
        f"ratio: {beside} (one backend: at least {LEAST_RATIO}); peak {max(peaks) / 2**20:.1f} MB over idle "
        f"(at most 30): {'met' if is_met else 'MISSED'}\n"
    )
    sys.exit(not is_met)


if __name__ == "__main__":
    main()
