"""A table that people open in a spreadsheet: what they see is what was meant, and nothing runs."""

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blueheart.tables import csv_download, csv_text


@pytest.mark.parametrize(
    "start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " =", "  +", "\u00a0=", "\u3000＠"]
)
def test_mallorys_formula_is_text(start):
    [[cell]] = csv.reader(io.StringIO(csv_text(["name"], [[f"{start}1+1"]])).readlines()[1:])

    assert cell == f"'{start}1+1"


PARTED_BY = {"comma": ",", "semicolon": ";", "bar": "|", "tab": "\t"}
ROWS = st.lists(
    st.lists(st.text(st.sampled_from("=+-@＝＋－＠\t\r\n ;|,\"'a1蓝"), max_size=8), min_size=2, max_size=3), max_size=4
)


@pytest.mark.parametrize("delimiter", PARTED_BY.values(), ids=PARTED_BY)
@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(rows=ROWS)
def test_mallorys_formula_is_text_by_whatever_sign_a_spreadsheet_parts_the_cells(delimiter, rows):
    read = csv.reader(io.StringIO(csv_text([], rows), newline=""), delimiter=delimiter)

    assert [cell for row in read for cell in row if cell.strip(" ").startswith(tuple("=+-@＝＋－＠"))] == []


@pytest.mark.parametrize("sign", [";", "|", "\t", "\n", "\r\n", "; ", ";;"])
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠"])
def test_formula_behind_a_sign_that_parts_cells_gets_its_mark(sign, start):
    [[cell]] = csv.reader(io.StringIO(csv_text([], [[f"Sam{sign}{start}1+1"]]).removeprefix("\r\n"), newline=""))

    assert cell == f"Sam{sign.rstrip(' ')}'{sign[len(sign.rstrip(' ')) :]}{start}1+1"


def test_words_without_a_formula_stay_as_they_were_written():
    words = ["Sam; Dora", "a | b", "one - two", "it’s 5;6", "two\nlines", "sam@example.org", "3-5"]

    assert [
        row[0] for row in csv.reader(io.StringIO(csv_text([], [[word] for word in words]), newline="")) if row
    ] == words


def test_numbers_stay_numbers():
    rows = [[-3, Decimal("-1.5000"), Decimal("2500000.0000"), Decimal("0.0000"), 7]]

    assert csv_text(["a", "b", "c", "d", "e"], rows) == "a,b,c,d,e\r\n-3,-1.5,2500000,0,7\r\n"


def test_every_kind_of_cell_is_printed():
    cells = ["قلب, أزرق", 'say "heart"', None, True, False, dt.date(2011, 10, 18)]

    printed = csv_text(["a"], [cells])

    assert printed == 'a\r\n"قلب, أزرق","say ""heart""",,true,false,2011-10-18\r\n'


def test_download_is_a_file_in_utf_8_that_excel_knows():
    response = csv_download("projects", ["name"], [["蓝心"]])

    assert response.content.decode("utf-8-sig") == "name\r\n蓝心\r\n"
    assert response.content.startswith(b"\xef\xbb\xbf")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="projects.csv"'
