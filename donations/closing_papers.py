"""A closing's report as people read it: one sheet for the page and the PDF, rows for CSV. Nothing is counted here."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

from babel.dates import format_datetime, format_skeleton
from babel.numbers import format_decimal
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.languages import babel_locale, page_language
from blueheart.money import CURRENCIES
from blueheart.tables import Cell
from donations.closing_report import TOTALS, digest
from donations.models import Account, Closing, LegalEntity
from donations.receipts.sheets import Row, Sheet, Table, amount, day, isolated_id, watermark

ON_PAPER = 500  # rows of one table in the PDF; the CSV has them all
CSV_HEADER = [
    "section", "item", "reference", "day", "currency", "opening", "debits", "credits", "closing", "amount", "count",
    "value",
]  # fmt: skip

WHAT_IS_OPEN: dict[str, str | Promise] = {
    "suspense": gettext_lazy("Payments to be cleared up"),
    "bank-lines": gettext_lazy("Bank lines that are not matched"),
    "reversed": gettext_lazy("Bank lines that are matched with what was reversed"),
    "payouts": gettext_lazy("Payouts under way or not reconciled"),
    "processing": gettext_lazy("Donations that are processing"),
    "quarantined": gettext_lazy("Donations in quarantine"),
    "refunds": gettext_lazy("Refunds under way"),
    "disputes": gettext_lazy("Open disputes"),
    "events": gettext_lazy("Stripe events to be processed"),
    "receipts": gettext_lazy("Receipts to be issued"),
    "findings": gettext_lazy("Differences from what Stripe says"),
    "not-compared": gettext_lazy("The books could not be compared with Stripe"),
}
TOTAL_NAMES: dict[str, str | Promise] = {
    "received_minor": gettext_lazy("Received"),
    "in_kind_minor": gettext_lazy("In kind"),
    "refunds_minor": gettext_lazy("Refunds"),
    "disputes_minor": gettext_lazy("Disputes"),
    "fees_minor": gettext_lazy("Fees"),
    "promised_minor": gettext_lazy("Promised"),
    "paid_minor": gettext_lazy("Paid of what was promised"),
    "written_off_minor": gettext_lazy("Written off"),
    "granted_minor": gettext_lazy("Grants paid, less what came back"),
    "returned_minor": gettext_lazy("Grants that came back"),
    "outstanding_minor": gettext_lazy("Outstanding of what was promised, at the end"),
}
PARTS: dict[str, str | Promise] = {
    "accounts": gettext_lazy("Trial balance and movements"),
    "entries": gettext_lazy("Trial balance and movements"),
    "totals": gettext_lazy("Totals"),
    "promises": gettext_lazy("Open promises"),
    "receipts": gettext_lazy("Receipts"),
    "rates": gettext_lazy("Rates of exchange"),
    "open": gettext_lazy("What is still open"),
}


def name_of(kind: str, begins_on: dt.date) -> str:
    """The month or the year in the words of the page's language: March 2026, 2026."""
    skeleton = "y" if kind == Closing.Kind.YEAR else "yMMMM"
    return format_skeleton(skeleton, begins_on, locale=babel_locale(page_language()))


def parts_in_words(parts: list[str]) -> str:
    """The parts of the report that changed, each said once."""
    return ", ".join(dict.fromkeys(str(PARTS.get(part, part)) for part in parts))


def closing_sheet(closing: Closing) -> Sheet:
    """The stored report in the page's language, with its signatures; the same sheet for the same closing."""
    issuer = LegalEntity.objects.order_by("-is_default", "pk").first()
    return Sheet(
        language=page_language(),
        title=_("Closing of the books: %(period)s") % {"period": name_of(closing.kind, closing.begins_on)},
        made_at=closing.signed_at or closing.prepared_at,
        issuer=issuer.name if issuer else "",
        address=issuer.address if issuer else "",
        intro=_("All amounts come from the ledger of this portal. Test mode: no real money moved."),
        rows=tuple(_rows(closing)),
        tables=tuple(report_tables(closing.report)),
        notes=(_notes(closing),),
        watermark=watermark(),
        alarm=_alarm(closing),
    )


def report_tables(report: dict[str, Any]) -> Iterator[Table]:
    """The report as tables in the page's language; empty parts are left out, but never what is open."""
    for currency, accounts in groupby(report["accounts"], key=lambda line: line["currency"]):
        yield _trial_balance(currency, list(accounts))
    for total in report["totals"]:
        yield _totals(total)
    if report["promises"]:
        yield _promises(report["promises"])
    if report["receipts"]:
        yield _receipts(report["receipts"])
    yield from _rates(report["rates"])
    yield _open(report["open"])
    for heap in report["open"]:
        yield _listed(heap)


def shortened(table: Table, most: int) -> Table:
    """The table with so many rows at most; where some are left out, its note says how many there are."""
    if len(table.rows) <= most:
        return table
    said = _("%(shown)s of %(all)s lines are shown; the CSV file has all of them.") % {
        "shown": _number(most),
        "all": _number(len(table.rows)),
    }
    return Table(table.caption, table.head, table.rows[:most], table.total, note=said)


def on_paper(sheet: Sheet) -> Sheet:
    """The sheet with tables that paper can bear."""
    tables = tuple(shortened(table, ON_PAPER) for table in sheet.tables)
    return Sheet(**{**vars(sheet), "tables": tables})


def csv_rows(closing: Closing) -> Iterator[list[Cell]]:
    """The whole report, one line per figure, in units of each currency; under `CSV_HEADER`."""
    report = closing.report
    yield from _csv_about(closing)
    for line in report["accounts"]:
        names = ("opening_minor", "debits_minor", "credits_minor", "closing_minor")
        yield _csv("trial-balance", line["account"], currency=line["currency"],
                   balances=[line[name] for name in names])  # fmt: skip
    for total in report["totals"]:
        for name in (*TOTALS, "outstanding_minor"):
            yield _csv("totals", name.removesuffix("_minor").replace("_", "-"), currency=total["currency"],
                       amount_minor=total[name])  # fmt: skip
    yield from _csv_promises(report["promises"])
    for series in report["receipts"]:
        span = f"{series['first']}–{series['last']}" if series["issued"] else ""
        yield _csv("receipts-issued", series["entity"], str(series["year"]), count=series["issued"], value=span)
        for number in series["voided"]:
            yield _csv("receipts-voided", series["entity"], number, count=1)
    for rate in report["rates"]["applied"]:
        value = f"{rate['lowest']}–{rate['highest']}"
        yield _csv("rates-applied", rate["of"], rate["into"], count=rate["count"], value=value)
    for rate in report["rates"]["published"]:
        yield _csv("rates-published", rate["source"], day=rate["valid_from"], currency=rate["currency"],
                   value=rate["units_per_usd"])  # fmt: skip
    for heap in report["open"]:
        yield _csv("open", heap["what"], count=heap["count"])
        for item in heap["listed"]:
            yield _csv("open-item", heap["what"], item["reference"], day=item["day"], currency=item["currency"],
                       amount_minor=item["amount_minor"])  # fmt: skip


# What stands above and below the tables


def _rows(closing: Closing) -> Iterator[Row]:
    yield Row(_("Period"), _("%(first)s – %(last)s") % {"first": day(closing.begins_on), "last": day(closing.ends_on)})
    yield Row(_("Status"), closing.get_status_display(), is_strong=True)
    yield Row(_("Prepared by"), _by(closing.prepared_by, closing.prepared_at))
    if closing.signed_by and closing.signed_at:
        yield Row(_("Signed by"), _by(closing.signed_by, closing.signed_at))
    if closing.note:
        yield Row(_("Note"), closing.note)
    yield Row(_("Entries in the ledger"), _number(closing.report["entries"]))
    yield Row("SHA-256", in_groups(digest(closing.report)))


def in_groups(sha256: str) -> str:
    """The digest in groups of eight, as eyes compare it."""
    return " ".join(sha256[at : at + 8] for at in range(0, len(sha256), 8))


def _by(person: AbstractBaseUser, moment: dt.datetime) -> str:
    name = getattr(person, "get_full_name", str)() or person.get_username()
    at = format_datetime(moment, "medium", tzinfo=dt.UTC, locale=babel_locale(page_language()))
    return _("%(name)s, %(moment)s UTC") % {"name": f"\u2068{name}\u2069", "moment": at}


def _alarm(closing: Closing) -> str:
    match closing.status:
        case Closing.Status.PREPARED:
            return _("Draft: nobody has signed it yet.")
        case Closing.Status.WITHDRAWN:
            return _("This closing was withdrawn.")
    return ""


def _notes(closing: Closing) -> str:
    return _(
        "Debits are positive, credits negative. The SHA-256 is that of the report as JSON: whoever downloads it "
        "with closing %(number)s in the office can check this copy."
    ) % {"number": closing.pk}


# Tables


def _trial_balance(currency: str, lines: list[dict[str, Any]]) -> Table:
    names = ("opening_minor", "debits_minor", "credits_minor", "closing_minor")
    sums = tuple(sum(line[name] for line in lines) for name in names)
    return Table(
        _("Trial balance and movements: %(currency)s") % {"currency": isolated_id(currency)},
        (_("Account"), _("Opening"), _("Debits"), _("Credits"), _("Closing")),
        tuple(
            (str(Account(line["account"]).label), *(amount(line[name], currency) for name in names)) for line in lines
        ),
        (_("Sum"), *(amount(minor, currency) for minor in sums)),
    )


def _totals(total: dict[str, Any]) -> Table:
    currency = total["currency"]
    rows = tuple((str(words), amount(total[name], currency)) for name, words in TOTAL_NAMES.items() if total[name])
    return Table(
        _("Totals of the period: %(currency)s") % {"currency": isolated_id(currency)}, (_("What"), _("Amount")), rows
    )


def _promises(promises: list[dict[str, Any]]) -> Table:
    head = (_("Promised by"), _("Due on"), _("Outstanding"))
    rows: list[tuple[str, ...]] = []
    for promise in promises:
        name = f"{promise['contributor']}\n{promise['reference']}"
        for each in promise["instalments"]:
            rows.append((name, day(each["due_on"]), amount(each["outstanding_minor"], promise["currency"])))
        if not promise["instalments"]:
            rows.append((name, _("changed since"), amount(promise["outstanding_minor"], promise["currency"])))
    return Table(_("Promises that are open at the end"), head, tuple(rows))


def _receipts(series: list[dict[str, Any]]) -> Table:
    head = (_("Series"), _("Issued"), _("Numbers"), _("Voided"))
    rows = tuple(
        (
            f"{each['entity']}-{each['year']}",
            _number(each["issued"]),
            f"{each['first']}–{each['last']}" if each["issued"] else "–",
            _number(len(each["voided"])),
        )
        for each in series
    )
    return Table(_("Receipts"), head, rows)


def _rates(rates: dict[str, list[dict[str, Any]]]) -> Iterator[Table]:
    if rates["applied"]:
        yield Table(
            _("Rates that Stripe applied"),
            (_("Exchange"), _("Gifts"), _("Lowest"), _("Highest")),
            tuple(
                (f"{rate['of']} → {rate['into']}", _number(rate["count"]), rate["lowest"], rate["highest"])
                for rate in rates["applied"]
            ),
        )
    if rates["published"]:
        yield Table(
            _("UN operational rates on the last day, for one US dollar"),
            (_("Currency"), _("Valid from"), _("Units")),
            tuple(
                (f"{rate['currency']}\n{rate['source']}", day(rate["valid_from"]), rate["units_per_usd"])
                for rate in rates["published"]
            ),
        )


def _open(heaps: list[dict[str, Any]]) -> Table:
    rows = tuple((str(WHAT_IS_OPEN[heap["what"]]), _number(heap["count"])) for heap in heaps)
    return Table(_("Still open when it was prepared"), (_("What"), _("How many")), rows or ((_("Nothing"), "–"),))


def _listed(heap: dict[str, Any]) -> Table:
    left_out = heap["count"] - len(heap["listed"])
    return Table(
        str(WHAT_IS_OPEN[heap["what"]]),
        (_("Reference"), _("Since"), _("Amount")),
        tuple(
            (
                item["reference"],
                day(item["day"]) if item["day"] else "–",
                "–" if item["amount_minor"] is None else amount(item["amount_minor"], item["currency"]),
            )
            for item in heap["listed"]
        ),
        note=_("%(number)s more are counted and not listed.") % {"number": _number(left_out)} if left_out else "",
    )


def _number(value: int) -> str:
    return format_decimal(value, locale=babel_locale(page_language()))


# CSV


def _csv_about(closing: Closing) -> Iterator[list[Cell]]:
    about: list[tuple[str, Any]] = [
        ("kind", closing.kind),
        ("from", closing.begins_on),
        ("through", closing.ends_on),
        ("status", closing.status),
        ("prepared-by", closing.prepared_by.get_username()),
        ("prepared-at", closing.prepared_at),
        ("signed-by", closing.signed_by.get_username() if closing.signed_by else ""),
        ("signed-at", closing.signed_at or ""),
        ("sha256", digest(closing.report)),
    ]
    for name, value in about:
        yield _csv("closing", name, value=value.isoformat() if isinstance(value, dt.date) else value)
    yield _csv("closing", "entries", count=closing.report["entries"])


def _csv_promises(promises: list[dict[str, Any]]) -> Iterator[list[Cell]]:
    for promise in promises:
        for name in ("promised", "paid", "written_off", "outstanding"):
            yield _csv(f"promise-{name.replace('_', '-')}", promise["contributor"], promise["reference"],
                       currency=promise["currency"], amount_minor=promise[f"{name}_minor"])  # fmt: skip
        for each in promise["instalments"]:
            yield _csv("instalment-outstanding", promise["contributor"], promise["reference"], day=each["due_on"],
                       currency=promise["currency"], amount_minor=each["outstanding_minor"])  # fmt: skip


def _csv(
    section: str,
    item: str,
    reference: str = "",
    *,
    day: str | None = None,
    currency: str = "",
    balances: list[int] | None = None,
    amount_minor: int | None = None,
    count: int | None = None,
    value: str = "",
) -> list[Cell]:
    four: list[Cell] = [_units(minor, currency) for minor in balances] if balances else [None] * 4
    one = None if amount_minor is None else _units(amount_minor, currency)
    return [section, item, reference, day, currency, *four, one, count, value]


def _units(amount_minor: int, currency: str) -> Decimal:
    exponent = CURRENCIES[currency].exponent if currency in CURRENCIES else 2
    return Decimal(amount_minor).scaleb(-exponent)
