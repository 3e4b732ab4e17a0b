"""Entries of a CAMT.053 statement: what was booked, and with whom."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from django.utils.translation import gettext as _

from donations.bank.camt_xml import amount_of, at, every, signed, text_at
from donations.bank.reading import (
    LONGEST,
    LONGEST_TEXT,
    CellError,
    Movement,
    Own,
    Problems,
    account_number,
    clean,
    iso_date,
)

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

T = TypeVar("T")

BOOKED = "BOOK"
NO_ID = "NOTPROVIDED"  # what banks write as end-to-end id where the payer gave none


@dataclass(frozen=True)
class Entry:
    """One `Ntry`, its place among the entries of the file, and the account of ours that it should move."""

    element: "Element"
    row: int
    own: Own


def movements_of(entry: Entry, problems: Problems) -> list[Movement]:
    """What the entry moved: one movement, one for each of its details where these add up to it, or nothing."""
    element = entry.element
    # Before version 08 the status is the text of `Sts` itself.
    status = text_at(element, "Sts", "Cd") or text_at(element, "Sts")
    if not status:
        problems.add(entry.row, "Sts", _("It is missing: nobody knows whether the entry is booked."))
    if status != BOOKED:
        return []
    amount_minor = _read(entry, problems, "Amt", lambda: amount_of(at(element, "Amt"), entry.own.currency))
    indicator = text_at(element, "CdtDbtInd")
    total = _read(entry, problems, "CdtDbtInd", lambda: signed(amount_minor or 0, indicator))
    booked_on = _read(entry, problems, "BookgDt", lambda: _day(element, "BookgDt"))
    valued_on = None
    if at(element, "ValDt") is not None:
        valued_on = _read(entry, problems, "ValDt", lambda: _day(element, "ValDt"))
    if amount_minor is None or total is None or booked_on is None or not total:
        return []
    details = [detail for group in every(element, "NtryDtls") for detail in every(group, "TxDtls")]
    amounts = _amounts_of(details, entry, 1 if total > 0 else -1)
    if len(details) > 1 and all(amounts) and sum(amounts) == total:
        parts = [(amount, [detail]) for amount, detail in zip(amounts, details, strict=True)]
    else:
        parts = [(total, details)]
    is_split = len(parts) > 1
    return [_movement(entry, booked_on, valued_on, amount, of, is_split=is_split) for amount, of in parts]


def _movement(
    entry: Entry,
    booked_on: dt.date,
    valued_on: dt.date | None,
    amount_minor: int,
    details: "list[Element]",
    *,
    is_split: bool,
) -> Movement:
    name, number = _counterparty(entry, amount_minor, details)
    ends = [clean(text_at(detail, "Refs", "EndToEndId")) for detail in details]
    end_to_end_id = ends[0] if len(ends) == 1 and ends[0] != NO_ID else ""
    return Movement(
        row=entry.row,
        booked_on=booked_on,
        valued_on=valued_on,
        amount_minor=amount_minor,
        currency=entry.own.currency,
        bank_reference=_reference(entry, details, is_split=is_split),
        end_to_end_id=end_to_end_id,
        counterparty=name[: LONGEST["counterparty"]],
        counterparty_iban=number,
        remittance=_remittance(entry, details, is_split=is_split),
    )


def _reference(entry: Entry, details: "list[Element]", *, is_split: bool) -> str:
    """What the bank calls the movement; a part of an entry, which shares the entry's, is told apart by its own ids.

    `NtryRef` is left out: many banks number the lines of the file with it.
    """
    whole = clean(text_at(entry.element, "AcctSvcrRef"))
    own = clean(text_at(details[0], "Refs", "AcctSvcrRef")) if len(details) == 1 else ""
    if not is_split:
        return whole or own
    ids = [clean(text_at(details[0], "Refs", name)) for name in ("TxId", "InstrId", "EndToEndId")]
    part = own if own != whole else ""
    part = part or next((known for known in ids if known and known != NO_ID), "")
    return "/".join(text for text in (whole, part) if text)


def _counterparty(entry: Entry, amount_minor: int, details: "list[Element]") -> tuple[str, str]:
    """Name and account of the other side: who paid where money came in, who was paid where it went out.

    In a reversal the parties keep the places that they had in the payment which is taken back.
    """
    if len(details) != 1:
        return "", ""
    is_reversal = text_at(entry.element, "RvslInd") in ("true", "1")
    sides = ["Dbtr", "Cdtr"] if (amount_minor > 0) != is_reversal else ["Cdtr", "Dbtr"]
    parties = at(details[0], "RltdPties")
    for side in sides:
        # Since version 08 there is a `Pty` (or the `Agt` of a bank) between the side and its name.
        party = at(parties, side)
        name = text_at(party, "Pty", "Nm") or text_at(party, "Nm") or text_at(party, "Agt", "FinInstnId", "Nm")
        account = at(parties, f"{side}Acct", "Id")
        number = account_number(text_at(account, "IBAN") or text_at(account, "Othr", "Id"))
        if (name or number) and number != account_number(entry.own.iban):
            return clean(name), number
    return "", ""


def _remittance(entry: Entry, details: "list[Element]", *, is_split: bool) -> str:
    texts: list[str] = []
    for detail in details:
        told = at(detail, "RmtInf")
        texts += [clean(each.text) for each in every(told, "Ustrd")]
        for structured in every(told, "Strd"):
            texts.append(clean(text_at(structured, "CdtrRefInf", "Ref")))
            texts += [clean(each.text) for each in every(structured, "AddtlRmtInf")]
        texts.append(clean(text_at(detail, "AddtlTxInf")))
    if not is_split:
        texts.append(clean(text_at(entry.element, "AddtlNtryInf")))
    whole = " · ".join(dict.fromkeys(text for text in texts if text))
    return whole[:LONGEST_TEXT] if len(details) > 1 else whole


def _amounts_of(details: "list[Element]", entry: Entry, sign: int) -> list[int]:
    """What each detail moved, with its sign; 0 where it does not say so in our currency."""
    return [_amount_of(detail, entry.own.currency, sign) for detail in details]


def _amount_of(detail: "Element", currency: str, sign: int) -> int:
    indicator = text_at(detail, "CdtDbtInd")
    for path in (("Amt",), ("AmtDtls", "TxAmt", "Amt")):
        try:
            amount_minor = amount_of(at(detail, *path), currency)
            return signed(amount_minor, indicator) if indicator else sign * amount_minor
        except CellError:
            continue
    return 0


def _read(entry: Entry, problems: Problems, column: str, reading: Callable[[], T]) -> T | None:
    """What `reading` finds; None, and a problem of the entry, where it cannot be read."""
    try:
        return reading()
    except CellError as error:
        problems.add(entry.row, column, str(error))
        return None


def _day(element: "Element", name: str) -> dt.date:
    return iso_date(text_at(element, name, "Dt") or text_at(element, name, "DtTm"))
