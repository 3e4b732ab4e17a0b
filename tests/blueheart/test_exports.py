"""Lists as files: what is filtered, guarded against formulas, for whoever may, and for nobody else."""

import csv
import datetime as dt
import io
import os
import zipfile
from xml.etree import ElementTree

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import OperationalError, connection, models, transaction
from django.db.models import F
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from blueheart.admin import exporting
from blueheart.admin.exporting import ExportedList
from blueheart.exports import jobs, reading, workbooks
from blueheart.exports.columns import Amount, Kind, declared_columns, masked
from blueheart.exports.copying import Copying
from blueheart.exports.lists import request_of
from blueheart.exports.models import PreparedExport, folder
from blueheart.exports.reading import Reading, Table
from blueheart.moderation.models import NameWord
from blueheart.tables import csv_text
from blueheart.trail.models import Entry
from donations.models import Donation
from tests.donations.factories import donation
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import PledgeFactory

WORDS = "/staff/moderation/nameword/export/"
DONATIONS = "/staff/donations/donation/export/"


def rows_of(response) -> list[list[str]]:
    content = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content, newline="")))


def export_of(desk, url, file_format="csv", query=""):
    return desk.post(f"{url}?{query}" if query else url, {"format": file_format})


def finance(*permissions: str) -> User:
    user = StaffFactory(username="fin", is_superuser=False)
    for name in permissions:
        app, codename = name.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return user


@pytest.fixture
def ada(db):
    return StaffFactory(username="ada")


@pytest.fixture
def desk(ada):
    return desk_of(ada)


def test_a_list_comes_as_it_is_filtered_and_sorted(desk):
    donation(public_id="one", amount_minor=2500, currency="USD")
    donation(public_id="two", amount_minor=3000, currency="JPY")
    donation(public_id="three", amount_minor=1250, currency="KWD")

    everything = rows_of(export_of(desk, DONATIONS))
    yen = rows_of(export_of(desk, DONATIONS, query="currency=JPY"))

    assert everything[0][:3] == ["public_id", "amount", "currency"]
    assert [row[:3] for row in everything[1:]] == [
        ["three", "1.250", "KWD"],
        ["two", "3000", "JPY"],
        ["one", "25.00", "USD"],
    ]
    assert [row[0] for row in yen[1:]] == ["two"]


def test_excel_knows_the_file_for_utf_8_and_runs_nothing_of_it(desk):
    for word in ("=1+1", "قلب, أزرق", "蓝心", 'say "heart"', " @SUM(A1)"):
        NameWord.objects.create(word=word, language="en", note="two\nlines")

    response = export_of(desk, WORDS)
    content = b"".join(response.streaming_content)

    assert content.startswith(b"\xef\xbb\xbf")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    cells = {row[1]: row[3] for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))}
    assert set(cells) >= {"'=1+1", "قلب, أزرق", "蓝心", 'say "heart"', "' @SUM(A1)"}
    assert cells["蓝心"] == "two\nlines"


# PostgreSQL keeps every text but the NUL; it leaves our separator out when it prints.
texts = st.text(st.characters(exclude_characters="\x00\x01", exclude_categories=["Cs"]), max_size=12)
nasty = st.text(st.sampled_from("=+-@＝＠\t\r\n \u00a0\u3000\",;|'a蓝\x02"), max_size=6)


class FakeReading(Reading):
    def __init__(self, columns):
        super().__init__(Table(None, columns), connection)


@settings(deadline=None)  # a busy machine is no fault of the texts
@given(st.lists(st.tuples(texts | nasty, texts | nasty), min_size=1, max_size=5))
def test_a_batch_reads_as_our_tables_write_it_whatever_the_texts(rows):
    columns = declared_columns(NameWord, ["word", "note"])
    source = FakeReading(columns)
    batch = [reading.SEPARATOR.join(row) for row in rows]

    assert source.csv(batch) == csv_text([], rows).removeprefix("\r\n")


def test_postgresql_prints_what_our_tables_write(db):
    words = [
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
        "'x",
        "\ttab",
        "plain",
        "a;=1",
        "b|+1",
    ]
    for word in words:
        NameWord.objects.create(word=word, language="en", note="=n")
    table = Table(NameWord.objects.filter(note="=n").order_by("pk"), declared_columns(NameWord, ["word", "note"]))

    with transaction.atomic():
        written = b"".join(Reading(table, connection).csv_chunks()).decode("utf-8-sig")

    assert written == csv_text(["word", "note"], [[word.replace("\x01", ""), "=n"] for word in words])


def test_numbers_moments_and_truths_are_printed_for_programs(db):
    moment = dt.datetime(2026, 7, 30, 12, 5, 9, 999, tzinfo=dt.UTC)
    donation(created_at=moment, amount_minor=2500, currency="USD")
    fields = [
        ("minus", F("amount_minor") * -1), ("amount", Amount()), "created_at", "succeeded_at", "is_amount_shown",
        ("day", models.functions.TruncDate("created_at")),
    ]  # fmt: skip
    columns = declared_columns(Donation, fields)

    with transaction.atomic():
        lines = b"".join(Reading(Table(Donation.objects.all(), columns), connection).csv_chunks()).decode("utf-8-sig")

    assert [column.kind for column in columns] == [
        Kind.NUMBER, Kind.NUMBER, Kind.MOMENT, Kind.MOMENT, Kind.TRUTH, Kind.DATE,
    ]  # fmt: skip
    assert lines.split("\r\n")[1] == "-2500,25.00,2026-07-30T12:05:09Z,,false,2026-07-30"


def test_addresses_are_masked_as_in_the_list(db):
    for email in ("sam@example.org", "", "蓝@example.org"):
        PledgeFactory(email=email or "x@example.org")
    rows = PledgeFactory._meta.model.objects.order_by("pk")

    shown = list(rows.annotate(shown=masked("email")).values_list("shown", flat=True))

    desk = admin.site.get_model_admin(rows.model)
    assert shown == [desk.masked_email(pledge) for pledge in rows]


EXPORTED = [desk for desk in admin.site._registry.values() if isinstance(desk, ExportedList) and desk.is_exported]
# What a list shows by a method of another name than the column, or an amount stands beside.
SHOWN_OTHERWISE = {"currency", "email", "keeper_email", "country", "target_type", "target_id"}


@pytest.mark.parametrize("desk", EXPORTED, ids=lambda desk: desk.opts.label)
def test_every_list_can_be_exported_and_shows_no_column_that_it_hides(desk, ada):
    table = desk.table_to_export(request_of(ada, ""))

    with transaction.atomic():
        [first, *_rows] = Reading(table, connection).csv_chunks()

    header = first.decode("utf-8-sig").rstrip().split(",")
    assert header == table.header
    assert set(header) - set(map(str, desk.list_display)) <= SHOWN_OTHERWISE | {desk.opts.pk.name, "public_id"}
    assert {"payload", "password"} & set(header) == set()
    for column in table.columns:
        field = table.rows.annotate(shown=column.expression).query.annotations["shown"].output_field
        assert not isinstance(field, models.EmailField | models.GenericIPAddressField)


def test_only_whoever_may_see_the_list_and_export_lists_gets_it(db):
    sees = finance("donations.view_donation")
    assert export_of(desk_of(sees), DONATIONS).status_code == 403

    exports = StaffFactory(username="exp", is_superuser=False)
    exports.user_permissions.add(Permission.objects.get(codename="export_lists"))
    assert export_of(desk_of(exports), DONATIONS).status_code == 403

    exports.user_permissions.add(Permission.objects.get(codename="view_donation"))
    assert export_of(desk_of(exports), DONATIONS).status_code == 200


def test_the_trail_says_which_list_filtered_by_what_and_never_what_was_typed(desk, ada):
    donation()

    rows_of(export_of(desk, DONATIONS, query="q=dora@example.org&status=pending&p=1"))

    entry = Entry.objects.get(action="list.exported")
    assert (entry.actor, entry.target_type) == (ada, "donations.donation")
    assert entry.detail == {"filters": ["q", "status"], "rows": 1, "format": "csv"}
    assert "dora" not in str(entry.detail)


def test_a_file_that_breaks_off_says_so(desk, monkeypatch):
    donation()

    def lost(_reading, _batch):
        raise OperationalError("the database is away")

    monkeypatch.setattr(reading.Reading, "csv", lost)
    [_header, *rows] = rows_of(export_of(desk, DONATIONS))

    assert [row[0][:25] for row in rows] == ["THIS FILE IS NOT COMPLETE"]


def test_a_search_for_nobody_is_an_empty_file(desk):
    assert len(rows_of(export_of(desk, DONATIONS, query="q=nobody@example.org"))) == 1


def test_what_cannot_be_filtered_so_leads_back_to_the_list(desk):
    response = export_of(desk, DONATIONS, query="donor__email__startswith=a")

    assert response.status_code == 302
    assert not Entry.objects.filter(action="list.exported").exists()


def test_opening_the_address_exports_nothing(desk):
    assert desk.get(DONATIONS).status_code == 302


def test_the_list_offers_its_export_to_whoever_may(desk):
    page = desk.get("/staff/donations/donation/?status=pending").content.decode()
    assert 'action="/staff/donations/donation/export/?status=pending"' in page

    sees = desk_of(finance("donations.view_donation"))
    assert "donation/export/" not in sees.get("/staff/donations/donation/").content.decode()


def workbook_cells(content: bytes) -> list[list[tuple[str, str]]]:
    """The rows of the first sheet, each cell as its type and what it says."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        names = file.namelist()
        sheet = ElementTree.fromstring(file.read("xl/worksheets/sheet1.xml"))
        assert not any("sharedStrings" in name for name in names)
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    assert sheet.findall(f".//{space}f") == []
    return [
        [(cell.get("t", "n"), "".join(cell.itertext())) for cell in row.findall(f"{space}c")]
        for row in sheet.iter(f"{space}row")
    ]


def test_an_excel_file_has_texts_that_stay_texts_and_numbers_to_reckon_with(desk):
    donation(
        public_id="=1+1", amount_minor=2550, currency="USD", created_at=dt.datetime(2026, 7, 30, 12, tzinfo=dt.UTC)
    )

    response = export_of(desk, DONATIONS, "xlsx")
    [header, row] = workbook_cells(b"".join(response.streaming_content))

    assert header[0] == ("inlineStr", "public_id")
    assert row[:3] == [("inlineStr", "=1+1"), ("n", "25.50"), ("inlineStr", "USD")]
    assert ("n", "46233.5") in row


def test_an_excel_file_ends_at_its_limit_and_says_so(desk, monkeypatch):
    monkeypatch.setattr(workbooks, "MOST_ROWS", 3)
    monkeypatch.setattr(reading, "BATCH", 2)
    for _number in range(5):
        donation()

    rows = workbook_cells(b"".join(export_of(desk, DONATIONS, "xlsx").streaming_content))

    assert len(rows) == 1 + 3 + 1
    assert "100,000" in rows[-1][0][1]


@pytest.fixture
def long_lists(monkeypatch, committed_db, settings, tmp_path):
    """Every list is a long one, and the files are this test's own."""
    settings.VAR_DIR = tmp_path
    for file_format in PreparedExport.Format:
        monkeypatch.setitem(exporting.AT_ONCE, file_format, 1)
    for word in ("=1zz", "蓝zz", "zz, 3"):
        NameWord.objects.create(word=word, language="en")
    return desk_of(StaffFactory(username="ada"))


def asked(desk, file_format="csv", query="q=zz") -> PreparedExport:
    response = export_of(desk, WORDS, file_format, query)
    export = PreparedExport.objects.latest("pk")
    assert response.url == f"/staff/exports/preparedexport/{export.pk}/watch/"
    return export


def page(desk, export, name="watch"):
    return desk.get(f"/staff/exports/preparedexport/{export.pk}/{name}/")


def test_a_long_list_is_prepared_and_fetched_for_a_day_by_whoever_asked(long_lists):
    export = asked(long_lists)
    waiting = page(long_lists, export).content.decode()
    assert '<progress id="export-progress" max="100" value="0">' in waiting
    assert page(long_lists, export, "file").status_code == 404

    assert jobs.prepare_due() == 1
    assert jobs.prepare_due() == 0

    export.refresh_from_db()
    assert (export.status, export.rows_done, export.query) == ("ready", 3, "")
    assert dt.timedelta(hours=23) < export.expires_at - timezone.now() <= dt.timedelta(hours=24)
    assert f"/{export.pk}/file/" in page(long_lists, export).content.decode()
    fetched = page(long_lists, export, "file")
    assert {row[1] for row in rows_of(fetched)[1:]} == {"'=1zz", "蓝zz", "zz, 3"}
    assert "attachment" in fetched.headers["Content-Disposition"]
    assert list(Entry.objects.filter(action__startswith="list.").order_by("pk").values_list("action", flat=True)) == [
        "list.export-asked", "list.exported", "list.export-fetched",
    ]  # fmt: skip
    assert Entry.objects.get(action="list.exported").detail == {"filters": ["q"], "rows": 3, "format": "csv"}

    mallory = desk_of(StaffFactory(username="mallory"))
    assert {page(mallory, export, name).status_code for name in ("watch", "file", "cancel")} == {404}

    PreparedExport.objects.update(expires_at=timezone.now())
    assert page(long_lists, export, "file").status_code == 404
    assert jobs.forget_expired() == 1
    assert list(folder().iterdir()) == []
    assert "is deleted" in page(long_lists, export).content.decode()


def test_who_lost_the_right_to_the_list_gets_no_file_of_it(long_lists):
    person = finance("moderation.view_nameword", "exports.export_lists")
    desk = desk_of(person)
    ready, waiting = asked(desk), asked(desk)
    jobs.prepare_due()
    assert len(rows_of(page(desk, ready, "file"))) == 4

    person.user_permissions.remove(Permission.objects.get(codename="view_nameword"))

    assert page(desk, ready, "file").status_code == 404
    jobs.prepare_due()
    waiting.refresh_from_db()
    assert (waiting.status, waiting.file) == ("failed", "")
    assert page(desk_of(StaffFactory(username="boss")), ready, "file").status_code == 404


def test_a_killed_worker_loses_nothing(long_lists, monkeypatch):
    export = asked(long_lists, "xlsx")

    class KilledError(BaseException):
        pass

    def kill(*_args, **_kwargs):
        monkeypatch.setattr(jobs.Path, "unlink", lambda *_a, **_k: None)  # nothing of it is tidied up
        raise KilledError

    with monkeypatch.context() as killed:
        killed.setattr(jobs, "_book", kill)
        with pytest.raises(KilledError):
            jobs.prepare_due()
    monkeypatch.undo()
    assert jobs.prepare_due() == 0, "it is held until the lease runs out"
    [half] = folder().iterdir()

    PreparedExport.objects.update(leased_until=timezone.now())
    assert jobs.prepare_due() == 1

    export.refresh_from_db()
    assert export.status == "ready"
    assert len(workbook_cells(export.path.read_bytes())) == 4
    jobs.forget_expired()
    assert half.exists(), "another worker might be writing it"
    old = (timezone.now() - dt.timedelta(days=2)).timestamp()
    os.utime(half, (old, old))
    jobs.forget_expired()
    assert [path.name for path in folder().iterdir()] == [export.file]


def test_a_cancelled_export_ends_and_leaves_no_file(long_lists, monkeypatch):
    waiting = asked(long_lists)
    cancel = f"/staff/exports/preparedexport/{waiting.pk}/cancel/"
    assert long_lists.get(cancel).status_code == 302
    assert PreparedExport.objects.get(pk=waiting.pk).status == "waiting"
    long_lists.post(cancel)
    assert jobs.prepare_due() == 0

    running = asked(long_lists)
    whole = Copying._csv

    def cancelled_meanwhile(self, batch):
        long_lists.post(f"/staff/exports/preparedexport/{running.pk}/cancel/")
        return whole(self, batch)

    monkeypatch.setattr(jobs, "TOLD_EVERY_SECONDS", 0.0)
    monkeypatch.setattr(Copying, "_csv", cancelled_meanwhile)
    jobs.prepare_due()

    assert set(PreparedExport.objects.values_list("status", "query")) == {("cancelled", "")}
    assert list(folder().iterdir()) == []


def test_nobody_asks_for_more_than_five_long_exports_at_a_time(long_lists):
    for _number in range(5):
        asked(long_lists)

    response = long_lists.post(f"{WORDS}?q=zz", {"format": "csv"}, follow=True)

    assert PreparedExport.objects.count() == 5
    assert "asked for 5 exports already" in response.content.decode()


def test_everybody_sees_their_own_exports_and_an_auditor_that_there_were_others(long_lists):
    asked(long_lists)
    fin = desk_of(finance("moderation.view_nameword", "exports.export_lists"))
    assert len(fin.get("/staff/exports/preparedexport/").context["cl"].result_list) == 0

    auditor = StaffFactory(username="aud", is_superuser=False)
    auditor.user_permissions.add(Permission.objects.get(codename="view_preparedexport"))
    assert len(desk_of(auditor).get("/staff/exports/preparedexport/").context["cl"].result_list) == 1
