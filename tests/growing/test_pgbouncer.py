"""The portal behind PgBouncer in transaction mode: any statement may run on any connection, and nobody notices."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import global_settings
from django.db import transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from blueheart.postgresql import embedded
from tests.faults.site.people import Browser, Dora, Sam, hidden_fields
from tests.faults.site.running import running_site
from tests.growing.conftest import name_in
from tests.growing.pooler import CONNECTIONS, PgBouncer
from tests.office.conftest import Phone
from tests.office.factories import PASSWORD, StaffFactory
from tests.pledges.factories import WordingFactory

# What PgBouncer sets anew for each client, and nothing else.
FOLLOWED = {"application_name", "client_encoding", "DateStyle", "IntervalStyle", "TimeZone"}
LEFT = """
SELECT 'setting ' || name FROM pg_settings WHERE source = 'session'
UNION ALL SELECT 'cursor ' || name FROM pg_cursors WHERE name <> ''
UNION ALL SELECT 'prepared ' || name FROM pg_prepared_statements
UNION ALL SELECT 'listens to ' || channel FROM pg_listening_channels() AS channel
UNION ALL SELECT 'lock ' || objid FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()
UNION ALL SELECT 'temporary ' || relname FROM pg_class WHERE relpersistence = 't' AND relnamespace = pg_my_temp_schema()
UNION ALL SELECT 'role ' || current_user WHERE current_user <> session_user
"""


@pytest.fixture(scope="module")
def pooler(_migrated_db, django_db_blocker):
    with django_db_blocker.unblock():
        pooler = PgBouncer(embedded.ensure()["HOST"])
    yield pooler
    pooler.close()


@pytest.fixture(scope="module")
def name(copy):
    return name_in(copy)


@pytest.fixture(scope="module")
def pooled_site(pooler, name, content_rows):
    with transaction.atomic():
        content_rows.put_back()
        WordingFactory.create_batch(2)
    with running_site(pooler, workers=1, database=name) as site:
        yield site


def left_on_connections(pooler, database: str) -> set[str]:
    """What clients have left behind on any connection of the pool."""
    clients = [pooler.connect(database) for _number in range(CONNECTIONS)]
    found, backends = set(), set()
    with contextlib.ExitStack() as stack:
        for client in clients:  # each in a transaction of its own at the same time: all connections of the pool
            stack.enter_context(contextlib.closing(client))
            cursor = client.cursor()
            cursor.execute("SELECT pg_backend_pid()")
            backends |= set(cursor.fetchall())
            cursor.execute(LEFT)
            found |= {said for (said,) in cursor.fetchall()}
        for client in clients:
            client.rollback()
    assert len(backends) == CONNECTIONS
    return found - {f"setting {name}" for name in FOLLOWED}


def ada_signs_in(site, settings) -> Browser:
    """With her password and a code of her phone; what her office shows then."""
    settings.PASSWORD_HASHERS = global_settings.PASSWORD_HASHERS
    ada = StaffFactory(username="ada")
    phone = Phone(TOTPDevice.objects.create(user=ada, name="phone").key)
    browser = Browser(site)
    page = browser.get("/staff/login/")
    told = browser.post("/staff/login/", hidden_fields(page.text) | {"username": "ada", "password": PASSWORD})
    page = browser.get(told.url)
    told = browser.post(told.url, hidden_fields(page.text) | {"code": phone.code()})
    assert told.status == 302, told.text[-2000:]
    return browser


def test_gifts_pledges_the_worker_and_the_office_go_through_a_pool(pooled_site, pooler, name, settings):
    site = pooled_site
    with ThreadPoolExecutor(6) as crowd:
        gifts = [crowd.submit(Dora(site).gives) for _number in range(3)]
        hearts = [crowd.submit(Sam(site).pledges) for _number in range(3)]
        sessions = {gift.result().session for gift in gifts}
        mailboxes = {heart.result().email for heart in hearts}
        most = len(site.ask("SELECT FROM pg_stat_activity WHERE datname = %s", name))

    booked = "SELECT stripe_checkout_session_id FROM donations_donation WHERE status = 'succeeded'"
    site.wait_until(lambda: {row for (row,) in site.ask(booked)} == sessions, seconds=90, what="all gifts are booked")
    assert {row for (row,) in site.ask("SELECT email FROM pledges_pledge WHERE status = 'confirmed'")} == mailboxes
    office = ada_signs_in(site, settings)
    pages = ["/staff/", "/staff/donations/donation/", "/staff/pledges/pledge/", "/en/", "/en/tracker/", "/readyz"]
    assert [office.get(page).status for page in pages] == [200] * len(pages)
    assert site.manage("check_books").strip()
    assert site.manage("check_audit").strip()
    assert most <= CONNECTIONS + 2, "the pool, and whoever asked: the test's own connections go past it"
    assert left_on_connections(pooler, name) == set()


def test_what_a_client_leaves_on_a_connection_is_found(pooler, name):
    """The examination above can fail."""
    with contextlib.closing(pooler.connect(name)) as client, client.cursor() as cursor:
        cursor.execute("SELECT set_config('work_mem', '5MB', false), pg_advisory_lock(42)")
        client.commit()
    try:
        assert left_on_connections(pooler, name) == {"setting work_mem", "lock 42"}
    finally:
        pooler.ask("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = 42")
