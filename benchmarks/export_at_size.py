r"""What the CSV of a list of a million rows costs, against `psql \copy` of the same columns: budget P11.

    python -m benchmarks.export_at_size DATABASE [--rounds N]

DATABASE is one that `manage.py seed_load` made on the portal's embedded server. A granian
of its own serves it; the list of donations is exported through the page that staff use, read over the loopback and
thrown away, in turns with psql. The ratio is that of the medians; memory is the web worker's highest less what it held
idle, after a first export.
"""

import argparse
import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

LEAST_RATIO, MOST_MEMORY = 0.7, 30 * 2**20
CHUNK = 64 * 1024
COLUMNS = """
    SELECT donation.public_id, donation.amount_minor, donation.currency, donation.method, donation.interval,
        donation.status, campaign.slug, donor.public_id, donation.created_at, donation.succeeded_at
    FROM donations_donation donation
    JOIN donations_donor donor ON donor.id = donation.donor_id
    LEFT JOIN campaigns_campaign campaign ON campaign.id = donation.campaign_id
    ORDER BY donation.id DESC
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
    return {"DATABASE_URL": f"postgres://{user}@{quote(host, safe='')}/{database}", "PGHOST": host, "PGUSER": user}


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


def export(port: int, cookie: str, query: str = "") -> tuple[float, int]:
    """Seconds and bytes of one export, as a browser's form asks for it."""
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
    size = 0
    while chunk := answer.read(CHUNK):
        size += len(chunk)
    seconds = time.perf_counter() - began
    if answer.status != 200 or not answer.headers["Content-Type"].startswith("text/csv"):
        raise SystemExit(f"the export answered {answer.status}")
    return seconds, size


def copy(database: str, rows: int, environment: dict[str, str]) -> float:
    """Seconds of psql for the same columns."""
    psql = shutil.which("psql") or str(_binaries() / "psql")
    statement = " ".join(f"{COLUMNS} LIMIT {rows}".split())
    began = time.perf_counter()
    subprocess.run(
        [psql, "-X", "-q", "-d", database, "-c", rf"\copy ({statement}) to stdout csv"],
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.perf_counter() - began


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

    rows, cookie = Donation.objects.count(), cookies()
    ours, theirs, peaks = [], [], []
    with served(environment) as (port, worker):
        export(port, cookie, "?currency=JPY")  # warm
        export(port, cookie)
        for _round in range(asked.rounds):
            time.sleep(1)
            idle = memory(worker, "VmRSS")
            Path(f"/proc/{worker}/clear_refs").write_text("5")
            seconds, size = export(port, cookie)
            peaks.append(memory(worker, "VmHWM") - idle)
            ours.append(seconds)
            theirs.append(copy(asked.database, rows, environment))
            sys.stdout.write(
                f"{rows:,} rows, {size / 2**20:.0f} MB: {seconds:.2f} s, psql {theirs[-1]:.2f} s, "
                f"memory {idle / 2**20:.0f} + {peaks[-1] / 2**20:.1f} MB\n"
            )
            sys.stdout.flush()
    ratio = median(theirs) / median(ours)
    is_met = ratio >= LEAST_RATIO and max(peaks) <= MOST_MEMORY
    sys.stdout.write(
        f"ratio {ratio:.2f} (at least {LEAST_RATIO}), peak {max(peaks) / 2**20:.1f} MB over idle (at most 30): "
        f"{'met' if is_met else 'MISSED'}\n"
    )
    sys.exit(not is_met)


if __name__ == "__main__":
    main()
