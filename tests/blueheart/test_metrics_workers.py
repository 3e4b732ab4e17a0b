"""What workers count is in the database, so that it is seen wherever they run and outlives them."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from blueheart.metrics import figures, of_workers
from blueheart.metrics.models import Figure
from tests.blueheart.figures_told import told

SENT = ("blueheart_worker_mails_total", ("outcome", "sent"))
OF_WEB = ("blueheart_stripe_call_seconds_count", ("outcome", "answered"))


@pytest.fixture
def worker(monkeypatch):
    """A worker that has just begun, of which what other tests counted is not told again."""
    monkeypatch.setattr(of_workers, "_told", {})
    of_workers.tell()
    Figure.objects.all().delete()


def another_worker(name):
    """One that counts what it is told to, on another machine as it were: with a folder of its own."""
    code = f"""
import django; django.setup()
from django.conf import settings
from django.db import connection
connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = {name!r}
from blueheart.metrics import figures, of_workers
of_workers.begin()
for _ in range(40): figures.count_mail("sent")
figures.count_stripe_call("answered", 0.3)
of_workers.tell()
figures.count_mail("sent")
of_workers.tell()
of_workers.tell()
"""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "blueheart.settings"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def test_workers_of_two_machines_are_added_up(committed_db, worker):
    before = told()
    figures.count_mail("sent")
    figures.count_mail("sent")
    of_workers.tell()
    another_worker(committed_db)
    seen = told()

    assert seen[SENT] == 43
    assert seen["blueheart_worker_stripe_call_seconds_count", ("outcome", "answered")] == 1
    assert seen["blueheart_worker_stripe_call_seconds_sum", ("outcome", "answered")] == pytest.approx(0.3)
    name = "blueheart_worker_stripe_call_seconds_bucket"
    classes = {dict(labels)["le"]: value for (series, *labels), value in seen.items() if series == name}
    assert classes == {"0.1": 0, "0.25": 0, "0.5": 1, "1.0": 1, "2.5": 1, "5.0": 1, "10.0": 1, "+Inf": 1}
    assert seen.get(OF_WEB) == before.get(OF_WEB)


def test_what_could_not_be_told_is_told_the_next_time(db, worker, monkeypatch):
    def gone():
        raise OperationalError("server closed the connection")

    figures.count_mail("sent")
    with monkeypatch.context() as patched:
        patched.setattr(of_workers, "connection", SimpleNamespace(cursor=gone))
        with pytest.raises(OperationalError):
            of_workers.tell()
    figures.count_mail("sent")
    of_workers.tell()
    assert of_workers.tell() == 0

    assert told()[SENT] == 2


def test_nobody_reads_a_workers_count_twice(db, worker):
    """The web server's own folder may hold some, where one process was both."""
    figures.count_mail("sent")
    of_workers.tell()
    answer = told()  # the parser would show one of two

    assert answer[SENT] == 1


def test_worker_keeps_its_figures_in_a_folder_that_goes_with_it(tmp_path):
    code = """
import os
from blueheart.metrics import shared
import django; django.setup()
from blueheart.metrics import figures, of_workers
of_workers.begin()
figures.count_mail("sent")
print(os.listdir(shared.folder_of(os.getpid())), shared.make_ready() == shared.folder_of(os.getpid()))
"""
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "blueheart.settings", "TMPDIR": str(tmp_path)}
    ended = subprocess.run(
        [sys.executable, "-c", code], check=True, env=environment, capture_output=True, text=True
    ).stdout
    files, is_its_own = ended.rsplit(" ", 1)
    assert "counter_" in files
    assert is_its_own.strip() == "True"


@pytest.mark.parametrize(
    ("command", "check"), [("check_books", "books"), ("check_audit", "trail"), ("recount_pledges", "pledges")]
)
def test_a_check_says_what_it_found_whoever_makes_it(db, command, check, capsys):
    of_workers.tell_check(check, 7)
    call_command(command)
    seen = told()

    assert seen["blueheart_check_findings", ("check", check)] == 0
    assert seen["blueheart_check_timestamp_seconds", ("check", check)] > 1_700_000_000


def test_books_that_are_not_true_are_told(db, capsys):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO donations_ledgertotal"
            " (currency, received_minor, refunded_minor, disputed_minor, donations) VALUES ('USD', 500, 0, 0, 1)"
        )
    with pytest.raises(CommandError):
        call_command("check_books")

    assert told()["blueheart_check_findings", ("check", "books")] == 1
