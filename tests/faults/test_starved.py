"""The disk is full, the database read-only, or out of connections: people are told so, and nothing is half done."""

import contextlib
import http.client
import json
import random
import time
import urllib.parse
from collections.abc import Callable, Iterator

import psycopg2
import pytest

from tests.faults.length import IS_FULL
from tests.faults.results import SEED, note
from tests.faults.site.people import Answer, Dora, Sam, again
from tests.faults.site.resting import SHELVED, Clock
from tests.faults.site.running import Site, running_site
from tests.faults.site.server import Server
from tests.faults.site.webhooks import Webhooks

READS = 2.1  # seconds; faster than this nobody fills in a form
LASTS = 3.0  # seconds, in which workers try as well
TRIES = 200
FULL = """
CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$
"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
# What one act of somebody writes together: all of it is there, or none.
EFFECTS = """
SELECT (SELECT count(*) FROM donations_donation), (SELECT count(*) FROM donations_donation WHERE status = 'succeeded'),
    (SELECT count(*) FROM donations_ledgertransaction), (SELECT count(*) FROM donations_ledgerentry),
    (SELECT count(*) FROM donations_receiptorder), (SELECT count(*) FROM pledges_pledge),
    (SELECT count(*) FROM post_message)
"""
LATE_TABLES = ("donations_ledgerentry", "post_message", "donations_receiptorder")


@pytest.fixture(scope="module")
def site(own_server):
    with running_site(own_server, workers=1, own_clock=True, stripe_too=True) as site:
        yield site


Starving = Callable[[Site], contextlib.AbstractContextManager[Callable[[], list[tuple]]]]


@contextlib.contextmanager
def full_disk(site: Site) -> Iterator[Callable[[], list[tuple]]]:
    """As PostgreSQL says it: no row can be written, wherever."""
    with _full(site, [name for (name,) in site.ask(TABLES)]):
        yield lambda: site.ask(EFFECTS)


@contextlib.contextmanager
def disk_that_fills_up(site: Site) -> Iterator[Callable[[], list[tuple]]]:
    """The rows of an act that are written last find no room."""
    with _full(site, [random.Random(SEED).choice(LATE_TABLES)]):
        yield lambda: site.ask(EFFECTS)


@contextlib.contextmanager
def _full(site: Site, tables: list[str]) -> Iterator[None]:
    site.ask(FULL)
    for table in tables:
        site.ask(
            f"CREATE TRIGGER a_full_disk BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION full_disk()"
        )
    try:
        yield
    finally:
        site.ask("DROP FUNCTION full_disk() CASCADE")


@contextlib.contextmanager
def read_only(site: Site) -> Iterator[Callable[[], list[tuple]]]:
    """As a standby is that was not promoted."""
    site.server.ask(f"ALTER DATABASE {site.database} SET default_transaction_read_only = on")
    cut(site)
    try:
        yield lambda: site.ask(EFFECTS)
    finally:
        site.server.ask(f"ALTER DATABASE {site.database} RESET default_transaction_read_only")
        cut(site)


def cut(site: Site) -> None:
    """Whoever is connected has to connect anew, as behind a pool that switches servers."""
    site.server.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", site.database)


@contextlib.contextmanager
def no_connection_left(site: Site) -> Iterator[Callable[[], list[tuple]]]:
    """Somebody else has taken all that the server gives, those for its administrators too."""
    with contextlib.ExitStack() as taken, site.server.connection(site.database) as ours, ours.cursor() as cursor:
        deadline = time.monotonic() + 30
        while True:
            take_all(site.server, taken)
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = %s AND pid <> pg_backend_pid()", [site.database],
            )  # fmt: skip
            if cursor.fetchone() == (0,):
                break
            assert time.monotonic() < deadline, "the portal keeps its connections"

        def effects() -> list[tuple]:
            cursor.execute(EFFECTS)
            return cursor.fetchall()

        yield effects


def take_all(server: Server, taken: contextlib.ExitStack) -> None:
    while True:
        try:
            taken.enter_context(server.connection())
        except psycopg2.OperationalError:
            return


# Each with whether it stops all that writes.
KINDS: dict[str, tuple[Starving, bool]] = {
    "a full disk": (full_disk, True),
    "a read-only database": (read_only, True),
    "no connection left": (no_connection_left, True),
    "a disk that fills up within an act": (disk_that_fills_up, False),
}
CHOSEN = list(KINDS) if IS_FULL else [list(KINDS)[SEED % len(KINDS)]]


@pytest.mark.parametrize("kind", CHOSEN)
def test_who_is_kept_from_writing_says_so_and_all_is_done_once_in_the_end(site, kind):
    starving, stops_all = KINDS[kind]
    webhooks = Webhooks(site)
    payer, dora, sam = Dora(site), Dora(site), Sam(site)
    for act in (payer.opens_form, dora.opens_form, sam.opens_form):
        again(act, {200}, site)
    again(payer.sends_form, {302}, site)
    time.sleep(READS)
    webhooks.deliver_what_is_left()
    Clock(site, site.now).until_all_is_done()
    payer.pays()
    with starving(site) as effects:
        before = effects()
        answers = {"Dora": dora.sends_form(), "Sam": sam.sends_form(), "who paid": payer.lands()}
        told = [webhooks.deliver(*each) for each in left(webhooks).items()]
        raw = retry_after(site, dora)
        time.sleep(LASTS)
        after = effects()
        ready = site.status("/readyz")
    over = site.now()

    assert all(answer.status == 302 or is_sorry(answer) or is_page(answer) for answer in answers.values()), answers
    if stops_all:
        assert [is_sorry(answers[name]) for name in ("Dora", "Sam")] == [True, True], answers
        assert set(told) == {503}
        assert raw == (503, "30")
        assert after == before
    else:
        assert any(is_sorry(answer) for answer in answers.values()) or 503 in told or after[0][1] == before[0][1]
    assert not any(process.is_dead for process in site.processes)
    for person in (dora, sam):
        again(person.sends_form, {302}, site, tries=TRIES)
    dora.pays()
    clock = Clock(site, lambda: over)
    clock.until(lambda: not webhooks.deliver_what_is_left() and not left(webhooks), "all is told")
    clock.until_all_is_done()
    assert site.ask(SHELVED) == []
    stored = {key for (key,) in site.ask("SELECT stripe_event_id FROM donations_stripeevent")}
    assert webhooks.taken <= stored
    for donor in (payer, dora):
        again(donor.lands, {200}, site)
        assert site.ask(STATUS, donor.session) == [("succeeded",)]
    assert site.ask("SELECT count(*) FROM pledges_pledge WHERE email = %s", sam.email) == [(1,)]
    mails = [mail.to for mail in site.mail.mails() if mail.to in (payer.email, dora.email, sam.email)]
    assert sorted(mails) == sorted([payer.email, dora.email, sam.email])
    assert json.loads(site.run("examining")) == []
    note(
        f"9 starved: {kind}",
        "People get a clean page, Stripe no 2xx for what is not stored; nothing is half done, and all is done after.",
        webhooks_put_off=sum(status == 503 for status in told), readyz_meanwhile=ready,
        slowest_answer_in_seconds=max(answer.seconds for answer in answers.values()),
        waited_by_the_clock_in_seconds=clock.passed,
    )  # fmt: skip


STATUS = "SELECT status FROM donations_donation WHERE stripe_checkout_session_id = %s"


def left(webhooks: Webhooks) -> dict[str, bytes]:
    return {key: body for key, body in webhooks.events().items() if key not in webhooks.taken}


def is_page(answer: Answer) -> bool:
    return answer.status == 200 and answer.is_clean


def is_sorry(answer: Answer) -> bool:
    return answer.status == 503 and answer.is_clean and "does not answer" in answer.text and "/en/help/" in answer.text


def retry_after(site: Site, dora: Dora) -> tuple[int, str | None]:
    """What a machine reads of the answer to Dora's form."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    headers = {
        "X-Forwarded-For": dora.browser.address, "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": "; ".join(f"{name}={value}" for name, value in dora.browser.cookies.items()),
    }  # fmt: skip
    with contextlib.closing(connection):
        connection.request("POST", "/en/donate/", urllib.parse.urlencode(dora.form), headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Retry-After")
