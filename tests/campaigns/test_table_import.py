"""Ada brings a table's numbers from a CSV file: read to the end, shown, and written as a whole or not at all."""

import time

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from blueheart.imports.models import FileImport
from blueheart.trail.models import Entry
from campaigns.models import DataPoint, DataTable
from campaigns.table_import import MOST_BYTES, MOST_ROWS, read
from tests.campaigns.factories import DataPointFactory, DataTableFactory
from tests.office.factories import StaffFactory, desk_of

GOOD = "row,column,value\nAfrica,Women,12.5\nAfrica,Men,7\nAsia,Women,3\n"


def points(text):
    reading = read(text.encode())
    assert reading.problems == []
    return [(point["label_en"], point.get("series_en", ""), point["value"]) for point in reading.points]


def problems(data):
    reading = read(data if isinstance(data, bytes) else data.encode())
    assert reading.problems
    return [(problem.line, problem.column) for problem in reading.problems]


def reason(data):
    return read(data if isinstance(data, bytes) else data.encode()).problems[0].reason


# Reading


def test_file_is_read_in_its_order():
    assert points(GOOD) == [("Africa", "Women", "12.5"), ("Africa", "Men", "7"), ("Asia", "Women", "3")]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffrow,value\r\nAfrica,5\r\n",
        "row;value\nAfrica;5\n",
        "row\tvalue\nAfrica\t5",
        "Value,ROW\n5, Africa \n",
        'row,value\n\n"Africa","5"\n,\n',
    ],
)
def test_what_spreadsheets_make_of_it_is_read_alike(text):
    assert points(text) == [("Africa", "", "5")]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("5808", "5808"),
        ("5,5", "5.5"),
        ("5.5", "5.5"),
        ("5 808", "5808"),
        ("202\u202f478", "202478"),
        ("1’234’567", "1234567"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("0", "0"),
    ],
)
def test_number_is_read_with_a_decimal_point_or_comma(written, meant):
    assert points(f"row;value\nAfrica;{written}\n") == [("Africa", "", meant)]


@pytest.mark.parametrize(
    "written",
    [
        "1,234",
        "12 %",
        "five",
        "1e5",
        "-5",
        "=1+1",
        "NaN",
        "Infinity",
        "٣٢",
        "1.2.3",
        "",
        "1.23456",
        "9" * 15,
        "1 23",
        "+5",
    ],
)
def test_number_that_is_none_or_could_be_two_is_named_by_line_and_column(written):
    assert problems(f"row;value\nAsia;1\nAfrica;{written}\n") == [(3, "value")]


def test_every_mistake_of_a_file_is_named():
    text = (
        f"row,column,value\n,Women,5\nAfrica,Women,x\n=cmd(),Men,5\nAsia,{'x' * 121},5\nAsia,Men\nEurope,a\u202eb,1\n"
    )

    assert problems(text) == [(2, "row"), (3, "value"), (4, "row"), (5, "column"), (6, ""), (7, "column")]


def test_same_place_twice_names_the_line_of_the_first():
    assert problems(GOOD + "Africa,Men,8\n") == [(5, "row")]
    assert "line 3" in reason(GOOD + "Africa,Men,8\n")


def test_lines_are_those_of_the_file_where_a_cell_has_several():
    assert problems('row,value\n"a\nb",5\n\nAfrica,x\n') == [(2, "row"), (5, "value")]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "'"])
def test_name_that_a_spreadsheet_would_run_is_refused(start):
    assert problems(f"row,value\n{start}SUM(A1),5\n") == [(2, "row")]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"row,value\n", "no rows"),
        (b",,\n", "row, value"),
        (b"label,value\nAfrica,5\n", "label"),
        (b"row,row,value\na,b,5\n", "twice"),
        (b"row,column\nAfrica,Men\n", "value"),
        (b'row,value\n"Africa,5\n', "quotation mark"),
        ("row,value\nEspa\u00f1a,5\n".encode("latin-1"), "UTF-8"),
        ("row,value\nAfrica,5\n".encode("utf-16"), "UTF-16"),
        (b"row,value\n" + b"x" * MOST_BYTES, "256 KB"),
        (b"row,value\nA\x00frica,5\n", "cannot be seen"),
    ],
)
def test_file_that_cannot_be_read_says_why(data, words):
    assert words in reason(data)


def test_bad_character_is_found_in_its_line():
    assert problems("row,value\nAfrica,5\nEspaña,5\n".encode("latin-1")) == [(3, "")]


def test_largest_file_is_read_and_one_row_more_is_not():
    rows = [f"Row {number},{number}" for number in range(MOST_ROWS + 1)]
    assert len(points("\n".join(["row,value", *rows[:-1]]))) == MOST_ROWS
    assert "2,000" in reason("\n".join(["row,value", *rows]))


def test_names_in_other_languages_stand_beside_the_english():
    reading = read("row,row_fr,row_zh-hans,value\nAfrica,Afrique,非洲,5\n".encode())

    assert reading.points == [{"label_en": "Africa", "label_fr": "Afrique", "label_zh_hans": "非洲", "value": "5"}]


# At the desk


@pytest.fixture
def table(db):
    table = DataTableFactory(slug="origins")
    DataPointFactory(table=table, position=1, label="Old", value=1)
    return table


@pytest.fixture
def desk(db):
    return desk_of(StaffFactory(username="ada"))


def address(table, name="new"):
    return f"{reverse(f'admin:import_{name}', args=['data-table'])}?into={table.pk}"


def upload(desk, table, text=GOOD, name="origins.csv"):
    return desk.post(address(table), {"file": SimpleUploadedFile(name, text.encode())}, follow=True)


def confirm(desk):
    return desk.post(reverse("admin:import_file", args=[FileImport.objects.latest("pk").pk]), {"act": "confirm"})


def numbers(table):
    return list(table.points.values_list("label_en", "series_en", "value"))


def test_file_is_shown_before_anything_is_written(desk, table):
    page = upload(desk, table)

    rows = page.context["preview"].rows
    assert rows == [("Africa", "Women", "12.5"), ("Africa", "Men", "7"), ("Asia", "Women", "3")]
    assert [label for label, *_rest in numbers(table)] == ["Old"]


def test_confirmed_file_takes_the_place_of_all_numbers_and_is_in_the_trail(desk, table):
    upload(desk, table)

    answer = confirm(desk)

    assert answer.status_code == 302
    assert [(label, series, float(value)) for label, series, value in numbers(table)] == [
        ("Africa", "Women", 12.5),
        ("Africa", "Men", 7.0),
        ("Asia", "Women", 3.0),
    ]
    entry = Entry.objects.get(action="data-table.imported")
    assert (entry.target_id, entry.actor.username) == (str(table.pk), "ada")
    assert (entry.detail["file"], entry.detail["rows"], len(entry.detail["sha256"])) == ("origins.csv", 3, 64)
    assert table.history.first().history_change_reason == "numbers imported from a file"


def test_file_with_a_mistake_is_told_line_by_line_and_writes_nothing(desk, table):
    page = upload(desk, table, GOOD + "Europe,Men,many\n")

    assert [(problem.line, problem.column) for problem in page.context["preview"].problems] == [(5, "value")]
    assert "many" in page.content.decode()
    assert [label for label, *_rest in numbers(table)] == ["Old"]


def test_numbers_stay_as_they_were_when_writing_fails(desk, table, monkeypatch):
    upload(desk, table)
    desk.raise_request_exception = False

    def fail(*args, **kwargs):
        raise OSError("the disk is full")

    monkeypatch.setattr("campaigns.importers.record", fail)
    assert confirm(desk).status_code == 500
    assert [label for label, *_rest in numbers(table)] == ["Old"]
    assert FileImport.objects.get().status == FileImport.Status.WAITING


def test_numbers_of_a_published_table_are_changed_by_those_who_may_publish(table):
    writer = StaffFactory(is_superuser=False)
    writer.user_permissions.set(Permission.objects.filter(codename__in=["change_datatable", "view_datatable"]))
    desk = desk_of(writer)
    DataTable.objects.filter(pk=table.pk).update(status=DataTable.Status.PUBLISHED)
    upload(desk, table)

    assert "is published" in confirm(desk).content.decode()
    assert [label for label, *_rest in numbers(table)] == ["Old"]


def test_staff_without_the_permission_import_nothing(db, table):
    sam = StaffFactory(is_superuser=False)
    sam.user_permissions.set(Permission.objects.filter(codename="view_datatable"))
    desk = desk_of(sam)

    assert desk.get(address(table)).status_code == 403
    assert upload(desk, table).status_code == 403
    assert desk.get(address(table, "example")).status_code == 403


def test_file_to_start_from_is_read_back_as_it_is(desk, table):
    DataPointFactory(table=table, position=2, label="New", label_fr="Nouveau", value="2.5")

    data = desk.get(address(table, "example")).content

    assert points(data.decode("utf-8-sig")) == [("Old", "", "1"), ("New", "", "2.5")]
    assert read(data).points[1]["label_fr"] == "Nouveau"


def test_form_leads_to_the_import_and_shows_the_numbers_without_changing_them(desk, table):
    page = desk.get(reverse("admin:campaigns_datatable_change", args=[table.pk])).content.decode()

    assert address(table) in page
    assert "Old" in page
    assert DataPoint.objects.count() == DataTable.objects.count() == 1


def test_file_of_headings_alone_is_refused_at_once():
    started = time.monotonic()

    (problem,) = read(("row," * 60_000 + "value").encode()).problems

    assert "names a column twice: row" in problem.reason
    assert time.monotonic() - started < 2
