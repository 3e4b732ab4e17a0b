"""Mallory has taken the web server over: what he can do in the database, and that the portal works with no more."""

import contextlib
import datetime as dt
import os
import re
import subprocess
import sys
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DatabaseError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from blueheart.days import utc_today
from blueheart.postgresql import embedded, roles
from blueheart.postgresql.cluster import APPLICATION_ROLE, ROLE
from blueheart.trail.models import Entry
from donations.books import findings
from donations.ledger.periods import close_period, closed_through
from donations.models import Donation, LedgerEntry
from office.jobs import lanes
from office.worker import work_once
from pledges.models import Pledge
from tests.blueheart.test_settings import PRODUCTION
from tests.donations import conftest as giving
from tests.office.factories import StaffFactory, desk_of
from tests.pledges import conftest as pledging
from tests.pledges.factories import GlobalCampaignFactory, WordingFactory

sandbox, _stand, dora_gives = giving.sandbox, giving._stand, giving.dora_gives
ADVISORY_LOCK = 7_306_009  # roles belong to the whole server, which other workers' tests use as well
MAKE_THE_ROLE = f"""
DO $$ BEGIN
    CREATE ROLE {APPLICATION_ROLE} LOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$
"""


FORBIDDEN = [
    "UPDATE donations_ledgerentry SET amount_minor = amount_minor + 1",
    "UPDATE donations_ledgertransaction SET id = id",
    "DELETE FROM donations_ledgerentry",
    "DELETE FROM trail_entry",
    "UPDATE trail_seal SET digest = ''",
    "INSERT INTO donations_ledgerentry SELECT * FROM donations_ledgerentry ON CONFLICT (id) DO UPDATE SET id = 1",
    "MERGE INTO donations_ledgerentry booked USING (SELECT 1) one ON true WHEN MATCHED THEN DELETE",
    "TRUNCATE donations_ledgerentry",
    "TRUNCATE donations_donation CASCADE",
    "ALTER TABLE donations_ledgerentry DISABLE TRIGGER ALL",
    "DROP TRIGGER donations_ledgerentry_keep_rows ON donations_ledgerentry",
    "CREATE TRIGGER mine BEFORE INSERT ON donations_donation FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
    "DROP TABLE donations_ledgerentry",
    "ALTER TABLE donations_ledgerentry RENAME TO gone",
    "CREATE TABLE mine (id int)",
    "CREATE TEMPORARY TABLE donations_closedperiod (id int)",
    "CREATE SCHEMA mine",
    "SELECT setval('donations_ledgerentry_id_seq', 1)",
    "DELETE FROM django_migrations",
    "SET session_replication_role = replica",
    f"SET ROLE {ROLE}",
    f"SET SESSION AUTHORIZATION {ROLE}",
    f"GRANT {ROLE} TO {APPLICATION_ROLE}",
    f"ALTER ROLE {APPLICATION_ROLE} SUPERUSER",
    "CREATE ROLE mine SUPERUSER",
    "COPY donations_ledgerentry TO PROGRAM 'true'",
    "SELECT pg_read_file('/etc/passwd')",
    "CREATE EXTENSION file_fdw",
]


@pytest.fixture
def granted(committed_db):
    """The application's role has what `grant_application_role` gives it; the connection is still the owner's."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ADVISORY_LOCK])
        cursor.execute(MAKE_THE_ROLE)
    call_command("grant_application_role", APPLICATION_ROLE)
    roles._judged.clear()
    return committed_db


@contextlib.contextmanager
def signed_in_as(role):
    """The portal's connection, signed in with another role, for real: RESET ROLE leads nowhere."""
    before = connection.settings_dict.copy()
    connection.close()
    connection.settings_dict.update(embedded.ensure() | {"USER": role, "EMBEDDED": False})
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


@pytest.fixture
def as_application(granted):
    with signed_in_as(APPLICATION_ROLE):
        yield


def ask(sql, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchall() if cursor.description else []


def refusal(sql):
    try:
        ask(sql)
    except DatabaseError as error:
        return type(error.__cause__).__name__
    return "done"


def address(role):
    server = embedded.ensure()
    return f"postgres://{role}@/{connection.settings_dict['NAME']}?host={quote(server['HOST'])}"


def run(*command, **environment):
    return subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        text=True,
        cwd=settings.BASE_DIR,
        env={"PATH": os.defpath, "DJANGO_SETTINGS_MODULE": "blueheart.settings"} | environment,
        check=False,
    )


def test_the_portal_works_with_the_applications_role(as_application, client, sandbox, dora_gives, caplog, settings):
    """Sam pledges and confirms, Dora gives, the worker does each of its jobs, Ada closes the books and looks."""
    GlobalCampaignFactory()
    call_command("make_roles")
    sent = client.post("/en/pledge/", pledging.typed(WordingFactory()))
    assert sent.status_code == 302
    donation = dora_gives()
    sandbox.pay(donation)
    settings.STRIPE_WEBHOOK_SECRETS = []  # the worker asks Stripe
    work_once(lanes())
    (letter,) = [letter for letter in mail.outbox if "/pledge/confirm/" in letter.body]
    link = re.search(r"http://localhost:\d+(/\S+/pledge/confirm/\S+/)", letter.body)[1]
    seen = re.search(r'name="seen" value="(\w+)"', client.get(link).content.decode())[1]
    assert client.post(link, {"seen": seen}).status_code == 302
    work_once(lanes())
    ada = StaffFactory()
    period = close_period(utc_today() - dt.timedelta(days=1), by=ada)
    desk = desk_of(ada)
    pages = [
        "", "donations/donation/", "pledges/pledge/", "trail/entry/", "donations/ledgertransaction/",
        f"donations/donation/{donation.pk}/change/",
    ]  # fmt: skip

    assert {page: desk.get(f"/staff/{page}").status_code for page in pages} == dict.fromkeys(pages, 200)
    assert ask("SELECT session_user") == [(APPLICATION_ROLE,)]
    assert Pledge.objects.get().status == "confirmed"
    assert Donation.objects.get().status == "succeeded"
    assert LedgerEntry.objects.count() == 3
    assert closed_through() == period.closed_through
    assert findings() == []
    assert [record.getMessage() for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}] == []


def test_mallory_in_the_web_server_changes_no_booked_row_and_no_table(as_application):
    """Each of these is refused for want of the right, whatever the triggers say."""
    assert {sql: refusal(sql) for sql in FORBIDDEN} == dict.fromkeys(FORBIDDEN, "InsufficientPrivilege")


def test_each_table_that_stays_as_it_was_written_is_kept_from_the_application(as_application):
    kept = [table for (table,) in ask(roles.APPEND_ONLY)]

    assert {LedgerEntry._meta.db_table, Entry._meta.db_table, "trail_seal", "donations_paymentpart"} <= set(kept)
    for table in kept:
        rights = ask(
            f"SELECT has_table_privilege('{table}', r) FROM unnest('{{SELECT,INSERT,UPDATE,DELETE}}'::text[]) r"
        )
        assert (table, [may for (may,) in rights]) == (table, [True, True, False, False])


def test_a_table_of_the_next_release_is_the_applications_at_once_and_its_owner_stays_the_owner(granted):
    """Old processes run beside the migration: what its triggers write, they write."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE next_release (id serial)")

    with signed_in_as(APPLICATION_ROLE):
        ask("INSERT INTO next_release DEFAULT VALUES")
        with pytest.raises(ProgrammingError, match="permission denied"):
            ask("TRUNCATE next_release")


def test_granting_again_takes_what_was_given_by_hand(granted):
    with connection.cursor() as cursor:
        cursor.execute(f"GRANT UPDATE (amount_minor), TRUNCATE ON donations_ledgerentry TO {APPLICATION_ROLE}")
        cursor.execute(f"GRANT CREATE ON SCHEMA public TO {APPLICATION_ROLE}")
    with signed_in_as(APPLICATION_ROLE):
        given = {said for (said,) in ask(roles.EXCESS)}
    call_command("grant_application_role", APPLICATION_ROLE)

    assert given == {
        "may change rows that stay as they were written (donations_ledgerentry)",
        "may empty tables or put triggers on them (donations_ledgerentry)",
        "may make tables (public)",
    }
    with signed_in_as(APPLICATION_ROLE):
        assert ask(roles.EXCESS) == []


def test_the_owners_own_role_is_not_made_the_applications(granted):
    with pytest.raises(CommandError, match="the application needs another"):
        call_command("grant_application_role", ROLE)


def test_a_role_that_may_become_the_owner_is_not_made_the_applications(granted):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE nearly LOGIN NOINHERIT; GRANT {ROLE} TO nearly")
        with pytest.raises(roles.RoleError):
            roles.grant_application_role(connection, "nearly")
        transaction.set_rollback(True)


def test_production_refuses_the_owner_and_takes_the_applications_role(granted, settings):
    settings.PRODUCTION = True

    with signed_in_as(ROLE), pytest.raises(ImproperlyConfigured, match="is a superuser") as refused:
        connection.ensure_connection()
    with signed_in_as(APPLICATION_ROLE):
        assert ask("SELECT 1") == [(1,)]

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("command", [["manage.py", "work"], ["-c", "import blueheart.wsgi"]], ids=["worker", "web"])
def test_servers_do_not_start_as_the_owner_and_say_so_in_one_line(granted, command):
    refused = run(*command, **PRODUCTION | {"DATABASE_URL": address(ROLE)})

    assert refused.returncode == 1
    said = refused.stderr.splitlines()[-1]
    assert "The role of DATABASE_URL is a superuser, or may make roles (blueheart)" in said
    assert "DATABASE_OWNER_URL" in said


def test_web_server_starts_as_the_application_and_while_postgresql_is_away(granted):
    start = ("-c", "import blueheart.wsgi")
    there = run(*start, **PRODUCTION | {"DATABASE_URL": address(APPLICATION_ROLE)})
    away = run(*start, **PRODUCTION | {"DATABASE_URL": f"postgres://{APPLICATION_ROLE}@127.0.0.1:9/gone"})

    assert (there.returncode, "PostgreSQL is away" in there.stderr) == (0, False), there.stderr
    assert (away.returncode, "PostgreSQL is away" in away.stderr) == (0, True), away.stderr


def test_migrate_signs_in_as_the_owner_and_then_gives_the_application_its_rights(granted):
    with connection.cursor() as cursor:
        cursor.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {APPLICATION_ROLE}")
    both = {"DATABASE_URL": address(APPLICATION_ROLE), "DATABASE_OWNER_URL": address(ROLE)}

    migrated = run("manage.py", "migrate", **PRODUCTION | both)

    assert migrated.returncode == 0, migrated.stderr
    assert (
        migrated.stdout.splitlines()[-1] == f"The role {APPLICATION_ROLE}, which may read and write rows and no more."
    )
    with signed_in_as(APPLICATION_ROLE):
        assert ask(roles.EXCESS) == []
        assert Permission.objects.exists()


def test_the_first_migration_makes_the_role_that_nobody_can_sign_in_with_yet(granted):
    newcomer = f"{APPLICATION_ROLE}_of_a_first_start"
    both = {"DATABASE_URL": address(newcomer), "DATABASE_OWNER_URL": address(ROLE)}
    try:
        migrated = run("manage.py", "migrate", **PRODUCTION | both)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [newcomer])
            if cursor.fetchone():
                cursor.execute(f"DROP OWNED BY {newcomer}; DROP ROLE {newcomer}")

    assert migrated.returncode == 0, migrated.stderr
    assert migrated.stdout.splitlines()[-1] == f"Made the role {newcomer}, which may read and write rows and no more."


def test_a_role_that_is_missing_is_made_and_its_password_sent_as_a_digest(granted):
    with transaction.atomic(), connection.cursor() as cursor, CaptureQueriesContext(connection) as sent:
        is_new = roles.grant_application_role(connection, "made", password="a secret of hers")
        cursor.execute("SELECT rolpassword, rolsuper, rolcreaterole FROM pg_authid WHERE rolname = 'made'")
        password, *powers = cursor.fetchone()
        transaction.set_rollback(True)

    assert (is_new, powers) == (True, [False, False])
    assert password.startswith("SCRAM-SHA-256$")
    assert "a secret of hers" not in str(sent.captured_queries)
