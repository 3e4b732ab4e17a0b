"""Files as banks write them, from movements: CAMT.053 and CSV."""

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import NamedTuple

from donations.bank import Own

IBAN = "ZZ31TEST00000000000001"
TODAY = dt.date(2026, 3, 31)
OWN = Own(IBAN, "USD", TODAY)
HEADINGS = ["Date", "Amount", "Currency", "Reference", "Name", "IBAN", "Text"]


class Moved(NamedTuple):
    """What the bank moved: in minor units, above zero where it came in."""

    amount_minor: int
    reference: str = ""
    name: str = ""
    text: str = ""
    day: dt.date = dt.date(2026, 3, 2)
    iban: str = ""


def decimal(amount_minor):
    return f"{Decimal(abs(amount_minor)).scaleb(-2):f}"


def amount(amount_minor, currency="USD"):
    sign = "CRDT" if amount_minor >= 0 else "DBIT"
    return f'<Amt Ccy="{currency}">{decimal(amount_minor)}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'


def balance(kind, amount_minor, day=dt.date(2026, 3, 1), currency="USD"):
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>{amount(amount_minor, currency)}"
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def entry(moved, *, status="<Sts><Cd>BOOK</Cd></Sts>", details=None, currency="USD", extra=""):
    """One `Ntry` of version 08."""
    side = "Dbtr" if moved.amount_minor > 0 else "Cdtr"
    if details is None:
        name = f"<{side}><Pty><Nm>{moved.name}</Nm></Pty></{side}>" if moved.name else ""
        number = f"<{side}Acct><Id><IBAN>{moved.iban}</IBAN></Id></{side}Acct>" if moved.iban else ""
        text = f"<RmtInf><Ustrd>{moved.text}</Ustrd></RmtInf>" if moved.text else ""
        details = f"<TxDtls><RltdPties>{name}{number}</RltdPties>{text}</TxDtls>"
    return (
        f"<Ntry>{amount(moved.amount_minor, currency)}{extra}{status}<BookgDt><Dt>{moved.day}</Dt></BookgDt>"
        f"<ValDt><Dt>{moved.day}</Dt></ValDt>"
        f"<AcctSvcrRef>{moved.reference}</AcctSvcrRef><NtryDtls>{details}</NtryDtls></Ntry>"
    )


def statement(entries, *, opening=10000, closing=None, total=0, iban=IBAN, number="1", currency="USD", head=""):
    closing = opening + total if closing is None else closing
    return (
        f"<Stmt><Id>{number}</Id>{head}<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>{currency}</Ccy></Acct>"
        f"{balance('OPBD', opening, currency=currency)}{balance('CLBD', closing, currency=currency)}"
        f"{''.join(entries)}</Stmt>"
    )


def document(*statements, version="08", message="camt.053", body="BkToCstmrStmt"):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{message}.001.{version}"><{body}>'
        f"<GrpHdr><MsgId>M</MsgId></GrpHdr>{''.join(statements)}</{body}></Document>"
    ).encode()


def camt(moves, *, opening=10000, **options):
    """A whole file of these movements."""
    total = sum(moved.amount_minor for moved in moves)
    return document(statement([entry(moved) for moved in moves], opening=opening, total=total, **options))


def csv_file(moves, *, delimiter=",", encoding="utf-8"):
    lines = io.StringIO()
    writer = csv.writer(lines, delimiter=delimiter)
    writer.writerow(HEADINGS)
    for moved in moves:
        sign = "-" if moved.amount_minor < 0 else ""
        shown = sign + decimal(moved.amount_minor)
        writer.writerow([moved.day, shown, "USD", moved.reference, moved.name, moved.iban, moved.text])
    return lines.getvalue().encode(encoding)
