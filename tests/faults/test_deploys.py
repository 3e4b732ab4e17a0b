"""A release goes live under traffic, and a backup comes back: nobody is turned away, and the books are true."""

import contextlib
import os
import random
import secrets
import shutil
import subprocess
import sys
import tarfile
import threading
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from blueheart.postgresql.binaries import find_binaries
from tests.faults.length import LENGTH
from tests.faults.results import SEED, note
from tests.faults.site.people import Browser, Dora, Sam
from tests.faults.site.running import Site, running_site
from tests.faults.site.server import ROLE, Server
from tests.portal import ROOT, free_port

PAGES = ("/en/", "/ar/hearts/", "/en/donate/", "/fr/trust-fund/", "/en/tracker/", "/api/v1/stats", "/en/pledge/")
LONGEST_LOCK = 1.0  # seconds
LOOK_EVERY = 0.02
READS = 2.2  # seconds; faster than this nobody fills in a form
# Locks that make readers or writers wait: whoever holds one of them stops the site for so long.
STOPPING = ("AccessExclusiveLock", "ExclusiveLock", "ShareRowExclusiveLock", "ShareLock")


@dataclass
class Traffic:
    """Visitors all the time, each with an answer that is counted; `bad` are those of which nobody may be."""

    site: Site
    stop: threading.Event = field(default_factory=threading.Event)
    answers: Counter[str] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)
    slowest: float = 0.0
    doras: list[Dora] = field(default_factory=list)
    sams: list[Sam] = field(default_factory=list)

    @contextlib.contextmanager
    def flowing(self):
        threads = [threading.Thread(target=act) for act in (self._read, self._give, self._pledge)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self.stop.set()
            for thread in threads:
                thread.join(120)

    def _read(self) -> None:
        chance = random.Random(SEED)
        while not self.stop.is_set():
            self._look(Browser(self.site).get, chance.choice(PAGES))

    def _give(self) -> None:
        while not self.stop.is_set():
            dora = Dora(self.site)
            if self._look(dora.opens_form) and self._look(dora.sends_form, wanted=302):
                dora.pays()
                self.doras.append(dora)
                self._look(dora.lands)

    def _pledge(self) -> None:
        while not self.stop.is_set():
            sam = Sam(self.site)
            if self._look(sam.opens_form) and not self.stop.wait(READS) and self._look(sam.sends_form, wanted=302):
                self.sams.append(sam)

    def _look(self, act, *given, wanted: int = 200) -> bool:
        try:
            answer = act(*given)
        except OSError as error:
            self.bad.append(f"{act.__qualname__}{given}: {type(error).__name__}")
            return False
        self.answers[f"{answer.status // 100}xx"] += 1
        self.slowest = max(self.slowest, answer.seconds)
        if answer.status != wanted:
            self.bad.append(f"{act.__qualname__}{given}: {answer.status}")
        return answer.status == wanted


@dataclass
class LockWatch:
    """How long a migration held a lock that stops others, looked up every 20 ms."""

    server: Server
    database: str
    longest: float = 0.0
    on: str = ""

    @contextlib.contextmanager
    def looking(self):
        stop = threading.Event()
        thread = threading.Thread(target=self._look, args=(stop,))
        thread.start()
        try:
            yield self
        finally:
            stop.set()
            thread.join(30)

    def _look(self, stop: threading.Event) -> None:
        held: dict[tuple, float] = {}
        with self.server.connection(self.database) as connection, connection.cursor() as cursor:
            while not stop.wait(LOOK_EVERY):
                cursor.execute(
                    "SELECT pid, relation::regclass::text FROM pg_locks WHERE granted AND mode = ANY(%s)"
                    " AND relation IN (SELECT oid FROM pg_class WHERE relkind = 'r' AND relname !~ '^pg_')"
                    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                    [list(STOPPING)],
                )
                now = time.monotonic()
                found = set(cursor.fetchall())
                held = {lock: held.get(lock, now) for lock in found}
                for lock, since in held.items():
                    if now - since > self.longest:
                        self.longest, self.on = now - since, lock[1]


def released(folder: Path) -> Path:
    """The code of the last release: of the commit that set the version; our own where there is no history."""
    asked = ["git", "log", "-1", "--format=%H", "-G^version = ", "--", "pyproject.toml"]
    commit = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    if not commit:
        kept = shutil.ignore_patterns(".venv*", "node_modules", "var", ".git", "*_cache")
        return shutil.copytree(ROOT, folder / "release", ignore=kept, symlinks=True)
    packed = folder / "release.tar"
    subprocess.run(["git", "archive", "-o", packed, commit], cwd=ROOT, check=True)
    with tarfile.open(packed) as archive:
        archive.extractall(folder / "release", filter="data")
    return folder / "release"


@pytest.fixture
def release(tmp_path) -> Path:
    return released(tmp_path)


@contextlib.contextmanager
def old_database(server: Server, release: Path, var: Path):
    """A database as the release made it."""
    name = f"release_{secrets.token_hex(4)}"
    server.ask(f"CREATE DATABASE {name}")
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment |= {"DATABASE_URL": server.url(name), "VAR_DIR": str(var)}
    try:
        for command in (["migrate"], ["load_content", "--index-later"]):
            subprocess.run([sys.executable, "manage.py", *command, "-v0"], cwd=release, env=environment, check=True)
        yield name
    finally:
        server.ask(f"DROP DATABASE {name} WITH (FORCE)")


def replace(site: Site, old, new, *, port: int | None = None) -> None:
    """Stop the old process as a release does, and start the new one in its place; visitors come in elsewhere."""
    if port:
        site.entrances.remove(port)
        time.sleep(1)
    old.stop()
    new.start()
    if port:
        site.wait_until(lambda: answers(port), seconds=90, what=f"{new.name} answers")
        site.entrances.append(port)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def test_a_release_goes_live_under_traffic_and_nobody_is_turned_away(own_server, release, tmp_path):
    with (
        old_database(own_server, release, tmp_path) as database,
        running_site(own_server, root=release, database=database) as site,
    ):
        other = free_port()
        second = site.web_server("web-2", other, release)
        second.start()
        site.wait_until(lambda: answers(other), seconds=90, what="the second web server answers")
        site.entrances.append(other)
        seconds = 3 if LENGTH.soak < 1 else 15
        traffic = Traffic(site)
        with traffic.flowing():
            time.sleep(seconds)
            with LockWatch(own_server, database).looking() as locks:
                site.manage("migrate", "-v0")
            site.manage("load_content", "-v0")
            time.sleep(seconds)  # the old code on the new tables
            new_second = site.web_server("web-2-new", other, ROOT)
            replace(site, second, new_second, port=other)
            for number, old in enumerate(list(site.jobs)):
                site.jobs[number] = site.worker(f"new-{old.name}", ROOT)
                replace(site, old, site.jobs[number])
            time.sleep(seconds)  # side by side
            old_web, site.web = site.web, site.web_server("web-new", site.port, ROOT)
            replace(site, old_web, site.web, port=site.port)
            time.sleep(seconds)
        site.control("deliveries", {"redeliver": "all"})
        site.wait_until(lambda: at_rest(site), seconds=240, what="all is booked and mailed")

        assert traffic.bad == []
        assert locks.longest < LONGEST_LOCK, locks
        paid = site.ask("SELECT count(*) FROM donations_donation WHERE status = 'succeeded'")
        assert paid == [(len(traffic.doras),)]
        assert site.ask("SELECT count(*) FROM pledges_pledge") == [(len(traffic.sams),)]
        assert site.run("examining") == "[]"
        new_second.stop()
        note(
            "10 a release goes live",
            "The last release and this code side by side on migrated tables, under traffic: nobody met an error.",
            answers=sum(traffic.answers.values()), gifts=len(traffic.doras), pledges=len(traffic.sams),
            longest_lock_seconds=round(locks.longest, 2), slowest_answer_seconds=round(traffic.slowest, 2),
        )  # fmt: skip


UNDONE = """
SELECT (SELECT count(*) FROM donations_stripeevent WHERE status = 'received')
    + (SELECT count(*) FROM donations_receiptorder WHERE next_attempt_at IS NOT NULL)
    + (SELECT count(*) FROM donations_refund WHERE next_attempt_at IS NOT NULL)
    + (SELECT count(*) FROM post_message WHERE status = 'waiting')
"""


def at_rest(site: Site) -> bool:
    return site.ask(UNDONE) == [(0,)]


def test_a_backup_is_restored_and_the_events_since_are_replayed(own_server, tmp_path):
    with running_site(own_server) as site:
        site.run("desk", "make_staff", "ada")
        before = [Dora(site).gives() for _gift in range(3)]
        Sam(site).pledges()
        dump = tmp_path / "portal.dump"
        pg("pg_dump", own_server, "--format=custom", f"--file={dump}", site.database)
        since = [Dora(site).gives() for _gift in range(3)]
        site.run("desk", "refund", before[0].session, "500")
        site.wait_until(lambda: refunded(site) == 500, seconds=60, what="the refund is booked")
        site.wait_until(lambda: at_rest(site), seconds=120, what="all is booked and mailed")

        for process in [site.web, *site.jobs]:
            process.stop()
        own_server.ask(f"DROP DATABASE {site.database} WITH (FORCE)")  # the machine is lost
        own_server.ask(f"CREATE DATABASE {site.database}")
        pg("pg_restore", own_server, f"--dbname={site.database}", "--exit-on-error", str(dump))
        assert site.ask("SELECT count(*) FROM donations_donation") == [(len(before),)]
        site.tend()
        site.wait_until(site.is_up, seconds=90, what="the portal answers again")
        site.manage("recover_events")
        site.wait_until(lambda: at_rest(site), seconds=240, what="what the backup knows is booked")
        said = site.manage("recover_gifts")
        site.wait_until(lambda: at_rest(site) and refunded(site) == 500, seconds=240, what="all is booked again")
        known = {session for (session,) in site.ask("SELECT stripe_checkout_session_id FROM donations_donation")}
        assert known == {dora.session for dora in before + since}
        assert site.run("examining") == "[]"
        Dora(site).gives()
        note(
            "10 a backup comes back",
            "pg_dump, gifts since, the database lost, pg_restore, events replayed: the books are what Stripe says.",
            gifts_before=len(before), gifts_since=len(since), recover_gifts=said.strip(),
        )  # fmt: skip


def refunded(site: Site) -> int:
    found = site.ask("SELECT coalesce(sum(amount_minor), 0) FROM donations_refund WHERE status = 'succeeded'")
    return int(found[0][0])


def pg(program: str, server: Server, *arguments: str) -> None:
    binaries = find_binaries(server.cluster.data)
    subprocess.run(
        [binaries.folder / program, f"--host={server.host}", f"--username={ROLE}", *arguments], check=True, timeout=120
    )
