"""Long lists as CSV: the same file by COPY as by a cursor, and a process that never outlives its reader."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.db.models import F, Func, TextField
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from blueheart.admin import exporting
from blueheart.admin.exporting import ExportedList
from blueheart.exports import copying
from blueheart.exports.columns import declared_columns
from blueheart.exports.copying import CopyError, Copying
from blueheart.exports.lists import request_of
from blueheart.exports.reading import Reading, Table
from blueheart.moderation.models import NameWord
from blueheart.tables import csv_text
from blueheart.trail import sealing
from blueheart.trail.sealing import ONLY_READS
from tests.office import rights_rows
from tests.office.factories import StaffFactory, desk_of

WORDS = "/staff/moderation/nameword/export/"
NASTY = [
    "=1",
    "a,b",
    'q"q',
    "line\r\nbreak",
    "\x01\x02",
    " -3",
    "＝2",
    "蓝",
    "",
    " ",
    "\\",
    "\\.",
    "\\,\\n",
    "\ttab",
    "a;=1",
    "b| ＋1",
    "\u00a0=1",
    "x",
]


class CopyingHere(Copying):
    """Copies on this process's own connection, which has no deadline in tests: what is not committed is seen."""

    def _lines(self, statement):
        copied = io.BytesIO()
        with connection.cursor() as cursor:
            cursor.copy_expert(statement, copied)
        if copied.tell():
            yield copied.getvalue()


def read_whole(source) -> str:
    with transaction.atomic():
        return b"".join(source.csv_chunks()).decode("utf-8-sig")


def words(*names: str) -> Table:
    columns = declared_columns(NameWord, [*names])
    return Table(NameWord.objects.filter(language="en", note="=n").order_by("pk"), columns)


def add_words(*written: str) -> None:
    NameWord.objects.bulk_create(NameWord(word=word, language="en", note="=n") for word in written)


def test_every_list_is_the_same_file_both_ways(db):
    rights_rows.make()
    ada = StaffFactory()
    lists = [desk for desk in admin.site._registry.values() if isinstance(desk, ExportedList) and desk.is_exported]

    tables = {desk.opts.label: desk.table_to_export(request_of(ada, "")) for desk in lists}
    by_cursor = {label: read_whole(Reading(table, connection)) for label, table in tables.items()}
    by_copy = {label: read_whole(CopyingHere(table, connection)) for label, table in tables.items()}

    assert by_copy == by_cursor
    assert sum(written.count("\r\n") > 1 for written in by_cursor.values()) > 0.8 * len(lists), "there is much to copy"


@pytest.mark.parametrize("names", [("word",), ("word", "note"), ("id", "word", "note")])
def test_texts_come_as_our_tables_write_them(db, names):
    add_words(*NASTY)

    table = words(*names)

    written = read_whole(CopyingHere(table, connection))
    assert written == read_whole(Reading(table, connection))
    if names == ("word", "note"):
        assert written == csv_text(names, [[word.replace("\x01", ""), "=n"] for word in NASTY])


@settings(deadline=None, max_examples=60)  # a busy machine is no fault of the texts
@given(
    st.lists(
        st.lists(st.text("=+-@＝＠\t\r\n \u00a0\u3000\\\",;|'a蓝\x01\x02.b", max_size=6), min_size=2, max_size=2),
        max_size=5,
    )
)
def test_any_text_is_taken_apart_as_it_was(rows):
    copying_ = Copying(Table(None, declared_columns(NameWord, ["word", "note"])), connection)
    marks = {"\\": "\\\\", ",": "\\,", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    lines = "".join(",".join("".join(marks.get(c, c) for c in cell) for cell in row) + "\n" for row in rows)

    written = copying_._csv(lines.encode()).decode() if rows else ""

    assert written == csv_text([], [[cell.replace("\x01", "") for cell in row] for row in rows]).removeprefix("\r\n")


@pytest.fixture
def long_list(committed_db, monkeypatch):
    """Every list is long, and one has words in it."""
    monkeypatch.setattr(exporting, "SHORT", -1)
    add_words(*NASTY)


def copiers() -> list[int]:
    """The processes that copy for this one."""
    children = [Path(task, "children").read_text().split() for task in Path("/proc/self/task").iterdir()]
    return [int(pid) for pids in children for pid in pids if b"copier.py" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def copies_in_postgresql() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [ONLY_READS])
        return cursor.fetchone()[0]


def wait_until(is_so, seconds: float = 10) -> bool:
    until = time.monotonic() + seconds
    while not (found := is_so()) and time.monotonic() < until:
        time.sleep(0.02)
    return found


def endless(seconds: int = 60) -> Table:
    """A list whose rows take their time."""
    [column] = declared_columns(
        NameWord, [("word", Func(F("word"), template=SLOW % seconds, output_field=TextField()))]
    )
    return Table(NameWord.objects.filter(note="=n"), [column])


SLOW = "(SELECT %%(expressions)s FROM pg_sleep(%d))"


def test_a_long_list_is_copied_by_a_process_that_is_gone_afterwards(long_list):
    desk = desk_of(StaffFactory(username="ada"))

    response = desk.post(f"{WORDS}?q=", {"format": "csv"})
    content = b"".join(response.streaming_content).decode("utf-8-sig")

    table = admin.site.get_model_admin(NameWord).table_to_export(request_of(StaffFactory(username="bob"), ""))
    assert content == read_whole(Reading(table, connection))
    assert copiers() == []


def test_a_reader_who_goes_away_ends_process_and_statement(long_list):
    statement = "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 1000000)) TO STDOUT"
    chunks = Copying(words("word"), connection)._lines(statement)
    next(chunks)
    assert len(copiers()) == 1

    chunks.close()

    assert copiers() == []
    assert wait_until(lambda: copies_in_postgresql() == 0)


def test_a_process_whose_parent_is_killed_ends_and_so_does_its_statement(long_list):
    source = Copying(endless(), connection)
    connect = connection.get_connection_params() | {"application_name": ONLY_READS}
    del connect["cursor_factory"]
    asked = {"connect": connect, "settings": copying.SETTINGS, "statement": source._statement()}
    process = subprocess.Popen([sys.executable, "-I", copying.COPIER], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    with process:
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        process.stdin.flush()
        assert wait_until(lambda: copies_in_postgresql() == 1)

        process.stdin.close()  # as the kernel does for whoever is killed

        assert process.wait(10) == 1
    assert wait_until(lambda: copies_in_postgresql() == 0), "PostgreSQL sees within a second that its client is gone"


@pytest.mark.parametrize(("end", "said"), [(signal.SIGKILL, "ended with -9"), (signal.SIGTERM, "ended with -15")])
def test_a_process_that_is_killed_leaves_a_file_that_says_so(long_list, end, said, caplog):
    chunks = exporting._csv(endless(), rows=1)
    next(chunks)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(copying, "_ask", lambda process, asked: os.kill(process.pid, end))
        rest = b"".join(chunks).decode()

    assert rest.startswith("THIS FILE IS NOT COMPLETE")
    assert said in caplog.text


def test_postgresql_gives_up_a_statement_that_takes_too_long(long_list, monkeypatch):
    monkeypatch.setitem(copying.SETTINGS, "statement_timeout", "50ms")

    with pytest.raises(CopyError, match="QueryCanceled 57014"):
        read_whole(Copying(endless(), connection))


def test_nobody_waits_for_a_database_that_says_nothing(long_list, monkeypatch):
    monkeypatch.setattr(copying, "SILENCE_SECONDS", 0.3)

    with pytest.raises(CopyError, match="said nothing"):
        read_whole(Copying(endless(), connection))

    assert copiers() == []


def test_how_to_connect_stands_in_no_list_of_processes(long_list):
    source = Copying(endless(), connection)
    with source._copier(source._statement()):
        [pid] = wait_until(copiers)
        command, variables = (Path(f"/proc/{pid}/{name}").read_text() for name in ("cmdline", "environ"))

    assert connection.settings_dict["NAME"] not in command + variables


def test_what_is_copied_cannot_write(long_list):
    source = Copying(endless(), connection)
    statement = "COPY (DELETE FROM moderation_nameword RETURNING id) TO STDOUT"

    with pytest.raises(CopyError, match="ReadOnlySqlTransaction 25006"):
        list(source._lines(statement))


def test_no_seal_waits_for_a_copy(long_list):
    source = Copying(endless(), connection)
    with source._copier(source._statement()):
        assert wait_until(lambda: copies_in_postgresql() == 1)
        began = timezone.now()
        with transaction.atomic():
            assert began < sealing._open_since()
