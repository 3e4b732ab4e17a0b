"""A table that people open in a spreadsheet: what they see is what was meant, and nothing runs."""

import csv
import datetime as dt
import io
from decimal import Decimal

import pytest

from blueheart.tables import csv_download, csv_text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " =", "  +"])
def test_mallorys_formula_is_text(start):
    [[cell]] = csv.reader(io.StringIO(csv_text(["name"], [[f"{start}1+1"]])).readlines()[1:])

    assert cell == f"'{start}1+1"


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
