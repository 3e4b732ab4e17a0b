"""Looking into elements by their local names: the same in every version of a message."""

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from donations.bank.reading import CellError, clean, to_minor

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# ISO 20022, ActiveOrHistoricCurrencyAndAmount: 18 digits, 5 of them behind the point, never below zero.
AMOUNT = re.compile(r"\+?[0-9]{1,18}(?:\.[0-9]{0,5})?")
SIGNS = {"CRDT": 1, "DBIT": -1}


def local_name(element: "Element") -> str:
    return element.tag.rpartition("}")[2]


def every(element: "Element | None", name: str) -> "list[Element]":
    """The children of this name."""
    return [child for child in element if local_name(child) == name] if element is not None else []


def at(element: "Element | None", *path: str) -> "Element | None":
    """The first element along the path of names, if there is one."""
    for name in path:
        element = next(iter(every(element, name)), None)
    return element


def text_at(element: "Element | None", *path: str) -> str:
    """The text of the element along the path; empty where there is none."""
    found = at(element, *path)
    return (found.text or "").strip() if found is not None else ""


def amount_of(amount: "Element | None", currency: str) -> int:
    """The minor units of an amount in this currency. Raises `CellError`."""
    if amount is None:
        raise CellError(_("It is missing."))
    text, written_in = (amount.text or "").strip(), amount.get("Ccy", "")
    if not AMOUNT.fullmatch(text):
        raise CellError(_("“%(text)s” is no amount.") % {"text": clean(text)[:40]})
    if written_in != currency:
        reason = _("It is in “%(theirs)s”, the account in %(ours)s.")
        raise CellError(reason % {"theirs": clean(written_in)[:10], "ours": currency})
    return to_minor(Decimal(text), currency)


def signed(amount_minor: int, indicator: str) -> int:
    """The amount above zero where the account was credited, below where it was debited. Raises `CellError`."""
    if indicator not in SIGNS:
        reason = _("“%(text)s” is neither CRDT nor DBIT: nobody knows whether it came in or went out.")
        raise CellError(reason % {"text": clean(indicator)[:20]})
    return SIGNS[indicator] * amount_minor
