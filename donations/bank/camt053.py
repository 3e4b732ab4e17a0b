"""ISO 20022 CAMT.053, "BankToCustomerStatement", of any version since .02, known by the local names of its elements.

https://www.iso20022.org/catalogue-messages: Bank-to-Customer Cash Management. No DTD and no entity is ever read.
"""

import datetime as dt
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from django.utils.translation import gettext as _

from donations.bank.camt_entries import Entry, movements_of
from donations.bank.camt_xml import amount_of, at, every, local_name, signed, text_at
from donations.bank.reading import (
    MOST_LINES,
    CellError,
    Movement,
    Own,
    Problems,
    Statement,
    StatementError,
    account_number,
    check_movement,
    clean,
    exponent_of,
    iso_date,
    refuse,
)

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element  # the type alone: reading is defusedxml's

FORMAT = "camt.053"
MESSAGE = re.compile(
    r"\{urn:iso:std:iso:20022:tech:xsd:(?P<name>[a-z]{4}\.[0-9]{3})\.[0-9]{3}\.(?P<version>[0-9]{2})\}"
)
OLDEST = 2
DEEPEST, MOST_ELEMENTS = 40, 1_000_000
# ISO 20022 external code set, BalanceType: opening booked, closing of the day before, closing booked.
OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)


@dataclass(frozen=True)
class _Part:
    """One `Stmt` of the file."""

    place: int
    iban: str
    statement: Statement


def read(content: bytes, own: Own) -> Statement:
    """The statement of `own`; several that follow each other are one. Raises `StatementError`.

    A file may hold statements of other accounts, too: these are left out. Zero entries and those that are not booked
    move nothing and are left out.
    """
    problems, parts, row = Problems(), [], 0
    for place, element in enumerate(_statements(content), 1):
        entries = every(element, "Ntry")
        iban = _own_number(element)
        if account_number(iban) == account_number(own.iban):
            parts.append(_Part(place, iban, _read_one(element, row, own, problems)))
        else:
            parts.append(_Part(place, iban, Statement(FORMAT, ())))
        row += len(entries)
    problems.check()
    if not parts:
        raise refuse(_("There is no statement in the file."))
    ours = [part.statement for part in parts if account_number(part.iban) == account_number(own.iban)]
    if not ours:
        names = ", ".join(sorted({part.iban or "–" for part in parts}))[:200]
        reason = _("The file is of the account %(theirs)s, not of %(ours)s.")
        raise refuse(reason % {"theirs": names, "ours": own.iban})
    return _joined(ours)


def _statements(content: bytes) -> "Iterator[Element]":
    """Each `Stmt` when it has been read to its end; a message of another kind, and what is not XML, is refused."""
    depth = count = entries = details = 0
    try:
        for event, element in iterparse(io.BytesIO(content), events=("start", "end"), forbid_dtd=True):
            if event == "end":
                depth -= 1
                if depth == 2 and local_name(element) == "Stmt":
                    yield element
                    element.clear()
                continue
            _check_message(element, depth)
            depth, count = depth + 1, count + 1
            entries += local_name(element) == "Ntry"
            details += local_name(element) == "TxDtls"  # each may become a movement
            if depth > DEEPEST or count > MOST_ELEMENTS or max(entries, details) > MOST_LINES:
                raise refuse(_("The file has more than 20,000 entries, or is nested too deeply."))
    except DefusedXmlException as error:
        raise refuse(_("The file defines entities or a document type. A bank’s statement has none.")) from error
    except ParseError as error:
        raise refuse(_("This is not XML as it should be: reading stopped here."), error.position[0]) from error
    except StatementError:
        raise
    except (LookupError, ValueError) as error:  # an encoding that nobody knows, or that has several bytes
        raise refuse(_("The encoding of the file cannot be read.")) from error


def _check_message(element: "Element", depth: int) -> None:
    if depth == 0:
        match = MESSAGE.match(element.tag)
        if local_name(element) != "Document" or (element.tag.startswith("{") and not match):
            raise refuse(_("This is not a statement of a bank: its outermost element is “%(name)s”.")
                         % {"name": local_name(element)[:40]})  # fmt: skip
        if match and (match["name"] != FORMAT or int(match["version"]) < OLDEST):
            found = f"{match['name']}, version {match['version']}"
            raise refuse(_("This is %(found)s. We read CAMT.053, from version 02 on.") % {"found": found})
    elif depth == 1 and local_name(element) != "BkToCstmrStmt":
        raise refuse(_("This is not a statement of a bank: it says “%(name)s”.") % {"name": local_name(element)[:40]})


def _own_number(statement: "Element") -> str:
    account = at(statement, "Acct", "Id")
    return clean(text_at(account, "IBAN") or text_at(account, "Othr", "Id"))[:40]


def _read_one(element: "Element", row: int, own: Own, problems: Problems) -> Statement:
    before = len(problems.found)
    currency = text_at(element, "Acct", "Ccy") or own.currency
    if currency != own.currency:
        reason = _("The statement is in %(theirs)s, the account in %(ours)s.")
        raise refuse(reason % {"theirs": clean(currency)[:10], "ours": own.currency})
    opening, opened_on = _balance(element, OPENING, own, problems)
    closing, closed_on = _balance(element, CLOSING, own, problems)
    movements: list[Movement] = []
    for number, entry in enumerate(every(element, "Ntry"), row + 1):
        movements += movements_of(Entry(entry, number, own), problems)
    for movement in movements:
        check_movement(movement, own, problems)
    if len(problems.found) == before and opening is not None and closing is not None:
        _check_sum(opening, closing, movements, own.currency, problems)
    days = [movement.booked_on for movement in movements]
    return Statement(
        format=FORMAT,
        movements=tuple(movements),
        number=clean(text_at(element, "LglSeqNb") or text_at(element, "ElctrncSeqNb") or text_at(element, "Id"))[:70],
        from_on=_day(element, "FrDtTm") or min(days, default=opened_on),
        until_on=_day(element, "ToDtTm") or max(days, default=closed_on),
        opening_minor=opening,
        closing_minor=closing,
    )


def _balance(
    element: "Element", kinds: tuple[str, ...], own: Own, problems: Problems
) -> tuple[int | None, dt.date | None]:
    """The first balance of these kinds and its day; a statement without one cannot be checked and is refused."""
    found = {text_at(balance, "Tp", "CdOrPrtry", "Cd"): balance for balance in reversed(every(element, "Bal"))}
    balance = next((found[kind] for kind in kinds if kind in found), None)
    column = _("opening balance") if kinds == OPENING else _("closing balance")
    if balance is None:
        problems.add(0, column, _("It is missing (%(kinds)s).") % {"kinds": ", ".join(kinds)})
        return None, None
    try:
        amount = amount_of(at(balance, "Amt"), own.currency)
        day = text_at(balance, "Dt", "Dt") or text_at(balance, "Dt", "DtTm")
        return signed(amount, text_at(balance, "CdtDbtInd")), iso_date(day)
    except CellError as error:
        problems.add(0, column, str(error))
        return None, None


def _check_sum(opening: int, closing: int, movements: list[Movement], currency: str, problems: Problems) -> None:
    reached = opening + sum(movement.amount_minor for movement in movements)
    if reached != closing:
        reason = _("The opening balance and the entries come to %(reached)s, the closing balance is %(closing)s.")
        problems.add(0, _("closing balance"), reason % {
            "reached": _figure(reached, currency), "closing": _figure(closing, currency),
        })  # fmt: skip


def _figure(amount_minor: int, currency: str) -> str:
    from_minor = Decimal(amount_minor).scaleb(-exponent_of(currency))
    return f"{from_minor:f} {currency}"


def _day(element: "Element", name: str) -> dt.date | None:
    try:
        return iso_date(text_at(element, "FrToDt", name))
    except CellError:
        return None


def _joined(statements: list[Statement]) -> Statement:
    """Statements of one account as one, each going on where the one before it ended."""
    ordered = sorted(statements, key=lambda each: (each.from_on or dt.date.min, each.until_on or dt.date.min))
    first, last = ordered[0], ordered[-1]
    for one, following in pairwise(ordered):
        if one.closing_minor != following.opening_minor:
            reason = _("The statements in the file do not follow each other: %(next)s does not begin as %(one)s ends.")
            raise refuse(reason % {"one": one.number, "next": following.number})
    return replace(
        first,
        movements=tuple(movement for each in ordered for movement in each.movements),
        number=first.number if first is last else f"{first.number[:34]}–{last.number[:34]}",
        until_on=last.until_on,
        closing_minor=last.closing_minor,
    )
