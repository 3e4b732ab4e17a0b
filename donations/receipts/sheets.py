"""What stands on a receipt or a yearly statement, line by line: the page and the PDF show the same."""

import datetime as dt
from dataclasses import dataclass

from babel.dates import format_date
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from blueheart.languages import babel_locale, is_rtl, page_language
from blueheart.money import format_amount
from donations.models import Donation, Interval, Receipt, Tribute
from donations.receipts.numbers import in_groups
from donations.receipts.snapshot import Snapshot


@dataclass(frozen=True)
class Row:
    """One line: what it is, and its value. The amounts that count are strong."""

    label: str
    value: str
    is_strong: bool = False


@dataclass(frozen=True)
class Table:
    """Columns of a statement; the last row is the sum, where there is one, and below it stands the note."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Sheet:
    """A document in one language. `alarm` says first that it is not valid any more."""

    language: str
    title: str
    made_at: dt.datetime
    issuer: str
    address: str
    intro: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    watermark: str
    alarm: str = ""
    tables: tuple[Table, ...] = ()
    number: str = ""
    check_code: str = ""
    check_url: str = ""
    check_words: str = ""

    @property
    def direction(self) -> str:
        return "rtl" if is_rtl(self.language) else "ltr"


def receipt_sheet(receipt: Receipt) -> Sheet:
    """The receipt in its own language. Raises `ForgottenReceiptError` once its words were taken out."""
    said = Snapshot.of(receipt)
    with translation.override(receipt.language):
        return Sheet(
            language=receipt.language,
            title=_("Receipt for a gift"),
            made_at=receipt.issued_at,
            issuer=said.entity,
            address=said.address,
            intro=_("We confirm that this gift has arrived. Thank you."),
            rows=tuple(_rows(said)),
            notes=tuple(note for note in (said.note, _value_note(said), not_for_taxes()) if note),
            watermark=watermark(),
            alarm=void_words(receipt),
            number=receipt.number,
            check_code=in_groups(receipt.code),
            check_url=check_url(receipt),
            check_words=_("Is it real? Scan the square, or enter number and check code at %(address)s")
            % {"address": isolated_id(f"{settings.SITE_URL}{reverse('donations:check_receipt')}")},
        )


def void_words(receipt: Receipt) -> str:
    """That the receipt is not valid any more, why, and which one replaces it; empty for a valid one."""
    if receipt.voided_at is None:
        return ""
    why = Receipt.VoidReason(receipt.void_reason).label
    words = [_("This receipt is not valid any more: %(why)s.") % {"why": why}]
    replacing = Receipt.objects.filter(replaces=receipt).values_list("number", flat=True).first()
    if replacing:
        words.append(_("It is replaced by number %(number)s.") % {"number": isolated_id(replacing)})
    return " ".join(words)


def check_url(receipt: Receipt) -> str:
    """Where anybody can check the receipt, with number and code filled in."""
    query = urlencode({"number": receipt.number, "code": in_groups(receipt.code)})
    return f"{settings.SITE_URL}{reverse('donations:check_receipt')}?{query}"


def amount(amount_minor: int, currency: str) -> str:
    """The amount in the language that is active."""
    return format_amount(amount_minor, currency, page_language())


def day(iso: str | dt.date) -> str:
    """The date in words of the language that is active."""
    date = dt.date.fromisoformat(iso) if isinstance(iso, str) else iso
    return format_date(date, "long", locale=babel_locale(page_language()))


def watermark() -> str:
    return _("TEST MODE")


def not_for_taxes() -> str:
    """That none of it happened with real money."""
    return _("Test mode: no real money moved, and this is no receipt for a tax office.")


def isolated_id(text: str) -> str:
    """An id within a sentence, which Arabic around it must not turn over."""
    return f"\u2066{text}\u2069"


def _rows(said: Snapshot) -> list[Row]:
    return [
        Row(_("Number"), said.number, is_strong=True),
        *([Row(_("Replaces number"), said.replaces)] if said.replaces else []),
        Row(_("Given by"), said.donor or _("A donor who gave no name")),
        *_way_rows(said),
        *_money_rows(said),
        Row(_("For"), said.campaign or _("The Trust Fund in general")),
        *([Row(_tribute_label(said.tribute), said.honoured)] if said.tribute else []),
        Row(_("How often"), str(Interval(said.interval).label)),
        Row(_("Received on"), day(said.given_on)),
        Row(_("Issued on"), day(said.issued_on)),
        Row(_("Reference"), said.reference),
    ]


def _way_rows(said: Snapshot) -> list[Row]:
    """How the gift came, where that was not through Stripe."""
    if said.method == Donation.Method.STRIPE:
        return []
    way = Row(_("How it came"), str(Donation.Method(said.method).label))
    return [way, Row(_("What was given"), said.in_kind)] if said.in_kind else [way]


def _value_note(said: Snapshot) -> str:
    if not said.in_kind:
        return ""
    return _("A gift in kind: no money was given. Its value is our estimate of the day on which we received it.")


def _money_rows(said: Snapshot) -> list[Row]:
    def row(label: str, minor: int, *, is_strong: bool = False) -> list[Row]:
        return [Row(label, amount(minor, said.currency), is_strong)] if minor else []

    has_gone = bool(said.refunded_minor or said.disputed_minor)
    return [
        *row(_("Estimated value") if said.in_kind else _("Amount"), said.amount_minor, is_strong=not has_gone),
        *row(_("Given back"), said.refunded_minor),
        *row(_("Taken back by the bank"), said.disputed_minor),
        *(row(_("What remains"), said.net_minor, is_strong=True) if has_gone else []),
        *row(_("Added by the donor to cover fees"), said.fee_cover_minor),
        *[Row(_("Fee that Stripe kept"), amount(fee_minor, currency)) for currency, fee_minor in said.fees],
    ]


def _tribute_label(kind: str) -> str:
    return _("In memory of") if kind == Tribute.Kind.MEMORY else _("In honour of")
