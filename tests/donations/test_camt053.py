"""CAMT.053: what banks really send, and what nobody should have to trust."""

import datetime as dt
import time

import pytest

from donations.bank import Own, StatementError, read_statement
from donations.bank.reading import MOST_BYTES
from tests.donations.bank_files import IBAN, OWN, Moved, amount, camt, document, entry, statement

GIFT = Moved(2500, "B-1", "Dora Donor", "RF18 5390 0754 7034")


def read(content, own=OWN):
    return read_statement(content, own)


def problems_of(content, own=OWN):
    with pytest.raises(StatementError) as refused:
        read_statement(content, own)
    return refused.value.problems


def reasons_of(content, own=OWN):
    return [problem.reason for problem in problems_of(content, own)]


def test_a_statement_says_what_moved():
    content = camt([GIFT, Moved(-1250, "B-2", "Safe Harbour", "Grant 7", dt.date(2026, 3, 5), "ZZ02X")], number="17")

    found = read(content)

    assert (found.number, found.opening_minor, found.closing_minor) == ("17", 10000, 11250)
    assert (found.from_on, found.until_on) == (dt.date(2026, 3, 2), dt.date(2026, 3, 5))
    gift, grant = found.movements
    assert (gift.amount_minor, gift.counterparty, gift.remittance) == (2500, "Dora Donor", "RF18 5390 0754 7034")
    assert (gift.booked_on, gift.valued_on, gift.bank_reference) == (dt.date(2026, 3, 2), dt.date(2026, 3, 2), "B-1")
    assert (grant.amount_minor, grant.counterparty, grant.counterparty_iban) == (-1250, "Safe Harbour", "ZZ02X")


def old_version(version):
    """Before version 08 a status is a text, parties have no `Pty`, and a detail's amount stands deeper."""
    details = (
        "<TxDtls><Refs><EndToEndId>E-1</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy='USD'>25.00</Amt></TxAmt></AmtDtls>"
        "<RltdPties><Dbtr><Nm>Dora  Donor</Nm></Dbtr><DbtrAcct><Id><Othr><Id>77 88</Id></Othr></Id></DbtrAcct>"
        "</RltdPties><RmtInf><Strd><CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>"
    )
    one = entry(GIFT, status="<Sts>BOOK</Sts>", details=details)
    return document(statement([one], total=2500), version=version)


@pytest.mark.parametrize("version", ["02", "04", "06", "13"])
def test_every_version_is_known_by_its_names(version):
    (gift,) = read(old_version(version)).movements

    assert (gift.counterparty, gift.counterparty_iban, gift.end_to_end_id) == ("Dora Donor", "7788", "E-1")
    assert gift.remittance == "RF18539007547034"


def test_a_moment_is_the_day_that_the_bank_wrote():
    one = entry(GIFT).replace("<BookgDt><Dt>2026-03-02</Dt>", "<BookgDt><DtTm>2026-03-02T23:30:00+05:00</DtTm>")

    (gift,) = read(document(statement([one], total=2500))).movements

    assert gift.booked_on == dt.date(2026, 3, 2)


def test_what_is_not_booked_or_of_nothing_moves_nothing():
    waiting = entry(GIFT, status="<Sts><Cd>PDNG</Cd></Sts>")
    nothing = entry(Moved(0, "B-3"))

    found = read(document(statement([waiting, nothing, entry(GIFT)], total=2500)))

    assert [movement.amount_minor for movement in found.movements] == [2500]


def detail(amount_minor, name, reference, side="Dbtr", currency="USD"):
    return (
        f"<TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs>{amount(amount_minor, currency)}"
        f"<RltdPties><{side}><Pty><Nm>{name}</Nm></Pty></{side}></RltdPties></TxDtls>"
    )


def test_a_batch_is_split_where_its_details_add_up():
    details = detail(1000, "Dora", "E-1") + detail(1500, "Sam", "E-2")

    found = read(document(statement([entry(GIFT, details=details)], total=2500)))

    assert [(each.amount_minor, each.counterparty, each.bank_reference) for each in found.movements] == [
        (1000, "Dora", "B-1/E-1"), (1500, "Sam", "B-1/E-2"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "details",
    [
        detail(1000, "Dora", "E-1") + detail(1400, "Sam", "E-2"),
        detail(1000, "Dora", "E-1") + detail(1500, "Sam", "E-2", currency="EUR"),
        "<TxDtls/><TxDtls/>",
    ],
)
def test_a_batch_whose_details_do_not_add_up_is_kept_whole(details):
    (whole,) = read(document(statement([entry(GIFT, details=details)], total=2500))).movements

    assert (whole.amount_minor, whole.bank_reference, whole.counterparty) == (2500, "B-1", "")


def test_a_reversal_goes_as_its_indicator_says_and_keeps_the_parties():
    """A credit that is taken back is a debit; the one who had paid is still its debtor."""
    details = detail(2500, "Dora Donor", "E-1").replace("CRDT", "DBIT")
    back = entry(Moved(-2500, "B-9"), details=details, extra="<RvslInd>true</RvslInd>")

    (movement,) = read(document(statement([back], total=-2500))).movements

    assert (movement.amount_minor, movement.counterparty) == (-2500, "Dora Donor")


def test_a_sum_that_is_not_right_is_refused_with_both_figures():
    content = document(statement([entry(GIFT)], opening=10000, closing=12600))

    assert reasons_of(content) == [
        "The opening balance and the entries come to 125.00 USD, the closing balance is 126.00 USD."
    ]


def test_an_overdrawn_balance_is_below_zero():
    found = read(document(statement([entry(GIFT)], opening=-3000, total=2500)))

    assert (found.opening_minor, found.closing_minor) == (-3000, -500)


def test_several_statements_that_follow_each_other_are_one():
    first = statement([entry(GIFT)], total=2500, number="1")
    second = statement([entry(Moved(100, "B-5", day=dt.date(2026, 3, 9)))], opening=12500, total=100, number="2")

    found = read(document(second, first))

    assert (found.number, found.opening_minor, found.closing_minor) == ("1–2", 10000, 12600)
    assert [movement.amount_minor for movement in found.movements] == [2500, 100]


def test_several_statements_with_a_gap_between_them_are_refused():
    first = statement([entry(GIFT)], total=2500, number="1")
    second = statement([entry(Moved(100, day=dt.date(2026, 3, 9)))], opening=13000, total=100, number="3")

    assert reasons_of(document(first, second)) == [
        "The statements in the file do not follow each other: 3 does not begin as 1 ends."
    ]


def test_statements_of_other_accounts_are_left_out_but_one_has_to_be_ours():
    theirs = statement([entry(Moved(77))], total=77, iban="ZZ02OTHER")
    ours = statement([entry(GIFT)], total=2500)

    assert [each.amount_minor for each in read(document(theirs, ours)).movements] == [2500]
    assert reasons_of(document(theirs)) == [f"The file is of the account ZZ02OTHER, not of {IBAN}."]


def test_a_statement_in_another_currency_is_refused():
    content = document(statement([], currency="EUR"))

    assert reasons_of(content) == ["The statement is in EUR, the account in USD."]


def test_yen_and_dinars_have_their_own_decimals():
    def moved_in(currency, text):
        one, nothing = entry(GIFT, currency=currency).replace("25.00", text), f'<Amt Ccy="{currency}">0.00'
        head, closing, rest = document(statement([one], opening=0, currency=currency)).decode().partition("CLBD")
        return (head + closing + rest.replace(nothing, nothing.replace("0.00", text), 1)).encode()

    def minor(currency, text):
        return read(moved_in(currency, text), Own(IBAN, currency, OWN.today)).movements[0].amount_minor

    assert (minor("JPY", "3000"), minor("KWD", "1.234"), minor("USD", "3.10000")) == (3000, 1234, 310)
    assert (
        reasons_of(moved_in("JPY", "30.5"), Own(IBAN, "JPY", OWN.today))[0] == "30.5 is more precise than JPY allows."
    )


NO_DIRECTION = "“” is neither CRDT nor DBIT: nobody knows whether it came in or went out."
NO_YEAR = "0001-01-01 cannot be right: it is not in this century."


@pytest.mark.parametrize(
    ("was", "becomes", "reason"),
    [
        (">25.00<", ">NaN<", "“NaN” is no amount."),
        (">25.00<", ">1e999<", "“1e999” is no amount."),
        (">25.00<", ">-25.00<", "“-25.00” is no amount."),
        (">25.00<", "><", "“” is no amount."),
        (">25.00<", ">999999999999999999<", "The amount is too large."),
        (">25.00<", ">25.001<", "25.001 is more precise than USD allows."),
        ('Ccy="USD">25.00', 'Ccy="EUR">25.00', "It is in “EUR”, the account in USD."),
        ("CRDT</CdtDbtInd><Sts", "</CdtDbtInd><Sts", NO_DIRECTION),
        ("<BookgDt><Dt>2026-03-02", "<BookgDt><Dt>0001-01-01", NO_YEAR),
        ("<BookgDt><Dt>2026-03-02", "<BookgDt><Dt>2026-02-30", "There is no 2026-02-30."),
        ("<BookgDt><Dt>2026-03-02", "<BookgDt><Dt>2026-06-02", "This day has not come yet."),
        ("<BookgDt><Dt>2026-03-02</Dt></BookgDt>", "", "“” is no date."),
        ("<Sts><Cd>BOOK</Cd></Sts>", "", "It is missing: nobody knows whether the entry is booked."),
        ("<AcctSvcrRef>B-1", "<AcctSvcrRef>" + "B" * 141, "There are more than 140 characters."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_entry_is_named_by_its_place(was, becomes, reason):
    content = document(statement([entry(Moved(100, "B-0")), entry(GIFT).replace(was, becomes)], total=2600))

    found = problems_of(content)

    assert [(problem.line, problem.reason) for problem in found] == [(2, reason)]


def test_all_that_is_wrong_is_told_at_once_and_no_more_than_fifty():
    wrong = [entry(Moved(100)).replace(">1.00<", ">x<") for _number in range(60)]

    assert [problem.line for problem in problems_of(document(statement(wrong)))] == list(range(1, 51))


@pytest.mark.parametrize(("kind", "column"), [("OPBD", "opening balance"), ("CLBD", "closing balance")])
def test_a_statement_without_its_balances_is_refused(kind, column):
    (problem,) = problems_of(camt([GIFT]).replace(kind.encode(), b"ITAV"))

    assert (problem.column, problem.reason[:14]) == (column, "It is missing ")


BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><Document><BkToCstmrStmt><Stmt>&c;</Stmt></BkToCstmrStmt></Document>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<Document><BkToCstmrStmt><Stmt><Id>&x;</Id></Stmt></BkToCstmrStmt></Document>"""
OUTER_DTD = b"""<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/x.dtd"><Document/>"""
NO_DTD = "The file defines entities or a document type. A bank’s statement has none."


@pytest.mark.parametrize("content", [BOMB, OUTSIDE, OUTER_DTD, BOMB.decode().encode("utf-16")])
def test_entities_and_document_types_are_never_read(content):
    assert reasons_of(content) == [NO_DTD]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "The file is empty."),
        (b" \r\n\xef\xbb\xbf", "The file is empty."),
        (b"<" + b"x" * MOST_BYTES, "The file is larger than 10 MB. Ask the bank for a shorter period."),
        (b"<Document><BkToCstmrStmt>", "This is not XML as it should be: reading stopped here."),
        (b"<Document>\x00</Document>", "This is not XML as it should be: reading stopped here."),
        (b"<Document/>", "There is no statement in the file."),
        (b"<html/>", "This is not a statement of a bank: its outermost element is “html”."),
        (b'<?xml version="1.0" encoding="utf-99"?><Document/>', "The encoding of the file cannot be read."),
        (b'<?xml version="1.0" encoding="gb18030"?><Document/>', "The encoding of the file cannot be read."),
        (b"<Document>" * 50, "This is not a statement of a bank: it says “Document”."),
        (document(message="camt.052"), "This is camt.052, version 08. We read CAMT.053, from version 02 on."),
        (document(version="01"), "This is camt.053, version 01. We read CAMT.053, from version 02 on."),
        (document(body="BkToCstmrAcctRpt"), "This is not a statement of a bank: it says “BkToCstmrAcctRpt”."),
        (b"<Document><BkToCstmrStmt>" + b"<a>" * 50, "The file has more than 20,000 entries, or is nested too deeply."),
        (b"PK\x03\x04", "This is a spreadsheet, a PDF or an archive. We read CAMT.053 (XML) and CSV."),
    ],
)  # fmt: skip
def test_what_is_no_statement_is_refused_with_its_reason(content, reason):
    assert reasons_of(content) == [reason]


def test_a_hundred_megabytes_are_refused_before_any_is_read():
    content = b"<" + b" " * 100_000_000
    before = time.perf_counter()

    assert reasons_of(content)[0].startswith("The file is larger than 10 MB.")
    assert time.perf_counter() - before < 0.1


@pytest.mark.parametrize("content", [b"<Ntry/>" * 20_001, b"<Ntry><NtryDtls>" + b"<TxDtls/>" * 20_001])
def test_more_entries_than_anybody_can_match_are_refused(content):
    content = b"<Document><BkToCstmrStmt><Stmt>" + content

    assert reasons_of(content) == ["The file has more than 20,000 entries, or is nested too deeply."]


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "windows-1252"])
def test_an_encoding_that_the_file_names_is_read(encoding):
    text = camt([Moved(2500, "B-1", "Zoë Müller")]).decode().replace('encoding="UTF-8"', f'encoding="{encoding}"')

    assert read(text.encode(encoding)).movements[0].counterparty == "Zoë Müller"


def test_a_wrong_encoding_is_refused():
    content = camt([Moved(2500, "B-1", "Zoë Müller")]).decode().encode("windows-1252")

    assert reasons_of(content) == ["This is not XML as it should be: reading stopped here."]


def test_texts_lose_what_cannot_be_seen_and_formulas_are_data():
    moved = Moved(2500, "B-1", "=HYPERLINK(&quot;http://x&quot;)", "\u202eabc\u2066 \n  d\u200fe")

    (movement,) = read(camt([moved])).movements

    assert (movement.counterparty, movement.remittance) == ('=HYPERLINK("http://x")', "abc de")
