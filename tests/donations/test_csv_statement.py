"""CSV statements: found out where there is one reading, asked about where there are two, refused by line otherwise."""

import datetime as dt
import time

import pytest

from donations.bank import Hints, Own, StatementError, read_statement
from tests.donations.bank_files import IBAN, OWN, Moved, csv_file

GERMAN = """Auftragskonto;Buchungstag;Valutadatum;Buchungstext;Verwendungszweck;Beguenstigter/Zahlungspflichtiger;\
Kontonummer/IBAN;Betrag;Waehrung
ZZ31 TEST 0000 0000 0000 01;02.03.2026;03.03.2026;GUTSCHRIFT;"RF18 5390; 0754";Müller & Söhne;ZZ02X;1.234,50;USD
ZZ31TEST00000000000001;04.03.2026;;ENTGELT;Kontoführung;;;-12,00;USD
"""


def read(content, hints=None, own=OWN):
    return read_statement(content.encode() if isinstance(content, str) else content, own, hints)


def problems_of(content, hints=None, own=OWN):
    with pytest.raises(StatementError) as refused:
        read(content, hints, own)
    return [(problem.line, problem.reason) for problem in refused.value.problems]


def amounts(content, hints=None, own=OWN):
    return [movement.amount_minor for movement in read(content, hints, own).movements]


def one_column(*cells, own=OWN, hints=None):
    return amounts("Date,Amount\n" + "".join(f'2026-03-02,"{cell}"\n' for cell in cells), hints, own)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimiters_and_encodings_are_found_out(delimiter, encoding):
    moves = [Moved(2500, "B-1", "Zoë, “Müller”; Söhne", "Gift\tof 2026"), Moved(-100, "B-2", "Bank")]

    gift, fee = read(csv_file(moves, delimiter=delimiter, encoding=encoding)).movements

    assert (gift.amount_minor, gift.counterparty, gift.remittance) == (2500, "Zoë, “Müller”; Söhne", "Gift of 2026")
    assert (fee.amount_minor, fee.bank_reference, fee.row) == (-100, "B-2", 3)


@pytest.mark.parametrize("encoding", ["windows-1252", "iso-8859-1"])
def test_other_encodings_have_to_be_named(encoding):
    content = csv_file([Moved(2500, "B-1", "Zoë")], encoding=encoding)

    assert problems_of(content) == [(2, "A character is not in UTF-8. Say above which encoding the file has.")]
    assert read(content, Hints(encoding=encoding)).movements[0].counterparty == "Zoë"


def test_a_german_export_is_read_as_it_is():
    gift, fee = read(GERMAN).movements

    assert (gift.amount_minor, gift.booked_on, gift.valued_on) == (123450, dt.date(2026, 3, 2), dt.date(2026, 3, 3))
    assert (gift.counterparty, gift.counterparty_iban) == ("Müller & Söhne", "ZZ02X")
    assert gift.remittance == "GUTSCHRIFT · RF18 5390; 0754"
    assert (fee.amount_minor, fee.valued_on) == (-1200, None)


@pytest.mark.parametrize(
    "headings",
    [
        "Date de l’opération;Montant;Libellé",
        "Fecha de operación;Importe;Concepto",
        "Дата операции;Сумма;Назначение платежа",
        "交易日期;金额;摘要",
        "تاريخ العملية;المبلغ;البيان",
        "Data operação;Valor;Descrição",
        " BOOKING_DATE ;Amount (USD); Remittance-Information",
    ],
)
def test_the_columns_have_names_in_many_languages(headings):
    (movement,) = read(f"{headings}\n2026-03-02;25,00;for the Fund\n").movements

    assert (movement.amount_minor, movement.remittance) == (2500, "for the Fund")


def test_two_columns_for_the_two_sides():
    content = "Date,Debit,Credit\n2026-03-02,,25.00\n2026-03-02,10.00,\n2026-03-03,-1.50,0.00\n"

    assert amounts(content) == [2500, -1000, -150]


def test_a_column_may_say_the_direction():
    content = "Date;Amount;Soll/Haben\n02.03.2026;25,00;H\n02.03.2026;1,00;Soll\n"

    assert amounts(content) == [2500, -100]
    assert problems_of(content.replace("Soll\n", "X\n")) == [(3, "“x” says neither credit nor debit.")]


def test_lines_above_the_columns_are_passed_over():
    content = f"Test Bank\n\nAccount:;{IBAN}\nPeriod:;March\n\nDate;Amount\n02.03.2026;25,00\n"

    assert amounts(content) == [2500]
    assert problems_of(content.replace(IBAN, "GB82 WEST 1234 5698 7654 32")) == [
        (0, f"The file is of the account GB82WEST12345698765432, not of {IBAN}.")
    ]


def test_a_column_of_balances_gives_both_ends_in_either_order():
    lines = ["2026-03-02,25.00,125.00\n", "2026-03-03,-5.00,120.00\n", "2026-03-04,1.00,121.00\n"]
    head = "Date,Amount,Balance\n"

    def ends(rows):
        found = read(head + "".join(rows))
        return found.opening_minor, found.closing_minor

    assert ends(lines) == ends(lines[::-1]) == (10000, 12100)
    assert ends([lines[1], lines[0], lines[2]]) == (None, None)


@pytest.mark.parametrize(
    ("cells", "minor"),
    [
        (["1,234.50", "10"], [123450, 1000]),
        (["1.234,50", "1.000"], [123450, 100000]),
        (["1 234,5", "−7"], [123450, -700]),
        (["1'234.50", "(12.00)"], [123450, -1200]),
        (["12.00-", "+3.10"], [-1200, 310]),
        (["1,234,567"], [123456700]),
        (["1.234"], [123400]),
        (["1\u202f234,00"], [123400]),
        (["5", "12"], [500, 1200]),
    ],
)
def test_the_column_decides_what_stands_before_the_decimals(cells, minor):
    assert one_column(*cells) == minor


def test_a_number_that_can_be_two_is_asked_about():
    reason = "“1.000” can be two numbers. Say above which sign stands before the decimals."

    with pytest.raises(StatementError) as refused:
        one_column("12", "1.000")

    assert [tuple(problem) for problem in refused.value.problems] == [(3, "Amount", reason)]
    assert one_column("12", "1.000", hints=Hints(decimal=",")) == [1200, 100000]
    assert one_column("12", "1.000", hints=Hints(decimal=".")) == [1200, 100]


def test_dinars_have_three_decimals_and_yen_none():
    assert one_column("1.234", "0.500", own=Own(IBAN, "KWD", OWN.today), hints=Hints(decimal=".")) == [1234, 500]
    assert one_column("3.000", own=Own(IBAN, "JPY", OWN.today), hints=Hints(decimal=",")) == [3000]


@pytest.mark.parametrize(
    ("days", "booked_on"),
    [
        (["2026-03-02"], dt.date(2026, 3, 2)),
        (["2026-03-02 14:05:00"], dt.date(2026, 3, 2)),
        (["2026-03-02T23:59:59+05:00"], dt.date(2026, 3, 2)),
        (["2.3.2026"], dt.date(2026, 3, 2)),
        (["02/03/2026", "25/02/2026"], dt.date(2026, 3, 2)),
        (["03/02/2026", "02/25/2026"], dt.date(2026, 3, 2)),
        (["03/03/2026"], dt.date(2026, 3, 3)),
    ],
)
def test_the_column_decides_how_days_are_written(days, booked_on):
    content = "Date,Amount\n" + "".join(f"{day},1.00\n" for day in days)

    assert read(content).movements[0].booked_on == booked_on


def test_a_day_that_can_be_two_is_asked_about():
    content = "Date,Amount\n03/03/2026,1.00\n02/03/2026,1.00\n"

    assert problems_of(content) == [(3, "“02/03/2026” can be two days. Say above how the days are written.")]
    assert read(content, Hints(dates="day-first")).movements[1].booked_on == dt.date(2026, 3, 2)
    assert read(content, Hints(dates="month-first")).movements[1].booked_on == dt.date(2026, 2, 3)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2026-03-02,NaN,USD", "“NaN” is no amount."),
        ("2026-03-02,1e999,USD", "“1e999” is no amount."),
        ("2026-03-02,inf,USD", "“inf” is no amount."),
        ("2026-03-02,=1+1,USD", "“=1+1” is no amount."),
        ("2026-03-02,1.2.3,USD", "“1.2.3” is no amount."),
        ("2026-03-02,9223372036854775808,USD", "The amount is too large."),
        ("2026-03-02,1.005,USD", "1.005 is more precise than USD allows."),
        ("2026-03-02,,USD", "The amount is missing."),
        (",1.00,USD", "The date is missing."),
        ("0001-01-01,1.00,USD", "0001-01-01 cannot be right: it is not in this century."),
        ("2026-02-30,1.00,USD", "There is no 2026-02-30."),
        ("2026-13-01,1.00,USD", "There is no 2026-13-01."),
        ("02.03.2026,1.00,USD", "“02.03.2026” is no date as they are written in this file."),
        ("2026-06-01,1.00,USD", "This day has not come yet."),
        ("2026-03-02,1.00,EUR", "The line is in “EUR”, the account in USD."),
        ("2026-03-02,1.00", "There are 2 cells where the names of the columns are 3."),
        ("2026-03-02,1.00,USD,x", "There are 4 cells where the names of the columns are 3."),
        ('2026-03-02,1.00,"USD', "This is not CSV: a quotation mark stands where it cannot, or is not closed."),
    ],
)
def test_what_is_wrong_is_named_by_its_line(line, reason):
    good = "2026-03-02,25.10,USD\n2026-03-02,1.00,USD\n"

    assert problems_of(f"Date,Amount,Currency\n{good}{line}\n") == [(4, reason)]


def test_all_lines_that_are_wrong_are_told_at_once():
    content = "Date,Amount\n2026-03-02,x\n2026-03-02,1.00\ny,2.00\n"

    assert [line for line, _reason in problems_of(content)] == [2, 4]
    assert len(problems_of("Date,Amount\n" + "2026-03-02,x\n" * 60)) == 50


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"Date,Amount\n2026-03-02,1.00\x00\n", 2,
         "There is a NUL character: this is no text, or in UTF-16 without its mark."),
        ("Date,Amount\n2026-03-02,1.00\n".encode("utf-16-le"), 1,
         "There is a NUL character: this is no text, or in UTF-16 without its mark."),
        (b"\xff\xfeD", 1, "A character is not in UTF-16. Say above which encoding the file has."),
        (b"name,address\nx,y\n", 1,
         "No line names the columns: one for the date, and one for the amount or two for debit and credit."),
        (b"Date,Amount\n", 0, "There are no rows below the names of the columns."),
        (b"Date,Amount,Betrag\n2026-03-02,1,2\n", 1, "Two columns mean the same: Amount, Betrag. Delete one of them."),
        (b"Date,Debit (USD),Credit (EUR)\n", 0, "The columns are in several currencies: EUR, USD."),
        (b"Date,Amount (EUR)\n2026-03-02,1.00\n", 2, "The line is in “EUR”, the account in USD."),
        (b"Own account,Date,Amount\nZZ02OTHER,2026-03-02,1.00\n", 2,
         f"The line is of the account ZZ02OTHER, not of {IBAN}."),
        (b"Date,Debit,Credit\n2026-03-02,1.00,2.00\n", 2, "There is an amount on both sides."),
        (b"Date,Debit,Credit\n2026-03-02,,-2.00\n", 2, "A credit cannot be below zero."),
        (b"Date,Amount\n" + b"2026-03-02,1.00\n" * 20_001, 0,
         "The file has more than 20,000 lines. Ask the bank for a shorter period."),
        (b"Date,Amount" + b",x" * 199 + b"\n", 1, "There are more than 200 columns."),
        (b"Date,Amount\n" + b"x" * 11_000_000, 0, "The file is larger than 10 MB. Ask the bank for a shorter period."),
        (b'Date,Amount\n2026-03-02,"' + b"1" * 200_000 + b'"\n', 2,
         "This is not CSV: a quotation mark stands where it cannot, or is not closed."),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_its_reason(content, line, reason):
    assert problems_of(content) == [(line, reason)]


def test_ten_megabytes_of_columns_are_refused_soon():
    before = time.perf_counter()

    assert len(problems_of(b";" * 10_000_000 + b"\n")) == 1
    assert time.perf_counter() - before < 10  # names were sought in each of ten million columns, for half a minute


def test_formulas_are_data():
    content = 'Date,Amount,Name,Text\n2026-03-02,1.00,"=cmd|\'/C calc\'!A0","@SUM(1)"\n2026-03-02,2.00,+1,-1\n'

    one, two = read(content).movements

    assert (one.counterparty, one.remittance) == ("=cmd|'/C calc'!A0", "@SUM(1)")
    assert (two.counterparty, two.remittance) == ("+1", "-1")


def test_a_line_of_nothing_moves_nothing():
    assert amounts("Date,Amount\n2026-03-02,0.00\n2026-03-02,1.00\n") == [100]
