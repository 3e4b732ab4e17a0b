"""Trial balance, general ledger and account statement: to read, to print, and as CSV."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from blueheart.money import CURRENCIES
from blueheart.tables import Cell, csv_download, csv_stream
from donations import accounts, ledger
from donations.accounts import Place, Wanted
from donations.amounts import in_units
from donations.forms.bookkeeping import LedgerForm, PeriodForm
from donations.models import Account, LedgerEntry

AS_CSV, AFTER = "as", "after"
BALANCES = ["account", "currency", "opening", "debits", "credits", "closing"]
ENTRIES = [
    "posted_on", "happened_at", "transaction", "purpose", "donation", "stripe_balance_transaction", "account",
    "currency", "debit", "credit",
]  # fmt: skip


def trial_balance(request: HttpRequest, model_admin: ModelAdmin[Any]) -> HttpResponseBase:
    """What stands on every account, per currency; the sum of all is nothing."""
    _require_view(request, model_admin)
    form = PeriodForm(request.GET)
    lines = accounts.trial_balance(form.period())
    if _wants_csv(request):
        return csv_download("trial-balance", BALANCES, [_balances(line) for line in lines])
    totals = accounts.totals(lines)
    groups = [(total, [line for line in lines if line.currency == total.currency]) for total in totals]
    context = {"title": _("Trial balance"), "form": form, "groups": groups, "closed_through": ledger.closed_through()}
    return _answer(request, model_admin, "trial_balance", context)


def general_ledger(request: HttpRequest, model_admin: ModelAdmin[Any]) -> HttpResponseBase:
    """All entries in order, by account, currency, campaign and period."""
    _require_view(request, model_admin)
    form = LedgerForm(request.GET, currencies=accounts.used_currencies())
    wanted = form.wanted()
    if _wants_csv(request):
        rows = (_entry(entry) for entry in accounts.all_entries(wanted))
        return csv_stream("general-ledger", ENTRIES, rows)
    page = accounts.page_of(wanted, _place(request))
    context = {"title": _("General ledger"), "form": form, "rows": page.entries, "next": _next(request, page.next)}
    return _answer(request, model_admin, "general_ledger", context)


def account_statement(
    request: HttpRequest, model_admin: ModelAdmin[Any], *, account: str, currency: str
) -> HttpResponseBase:
    """One account in one currency, with what stands on it after each entry."""
    _require_view(request, model_admin)
    if account not in Account or currency not in CURRENCIES:
        raise Http404("no such account")
    form = PeriodForm(request.GET)
    wanted, place = Wanted(form.period(), account, currency), _place(request)
    if _wants_csv(request):
        rows = _with_balance(wanted)
        return csv_stream(f"{account.lower()}-{currency.lower()}", [*ENTRIES, "balance"], rows)
    page = accounts.page_of(wanted, place)
    balance_minor = opening_minor = wanted.opening_minor(place)
    rows_with_balance = []
    for entry in page.entries:
        balance_minor += entry.amount_minor
        rows_with_balance.append((entry, balance_minor))
    context = {
        "title": _("Account statement: %(account)s, %(currency)s")
        % {"account": Account(account).label, "currency": currency},
        "form": form,
        "currency": currency,
        "rows": rows_with_balance,
        "opening_minor": opening_minor,
        "closing_minor": balance_minor,
        "is_first": place is None,
        "next": _next(request, page.next),
    }
    return _answer(request, model_admin, "account_statement", context)


def _with_balance(wanted: Wanted) -> Iterator[list[Cell]]:
    balance_minor = wanted.opening_minor(None)
    for entry in accounts.all_entries(wanted):
        balance_minor += entry.amount_minor
        yield [*_entry(entry), in_units(balance_minor, entry.currency)]


def _balances(line: accounts.Line) -> list[Cell]:
    amounts = (line.opening_minor, line.debits_minor, line.credits_minor, line.closing_minor)
    return [line.account.value, line.currency, *(in_units(amount, line.currency) for amount in amounts)]


def _entry(entry: LedgerEntry) -> list[Cell]:
    booked, amount = entry.transaction, in_units(abs(entry.amount_minor), entry.currency)
    return [
        booked.posted_on,
        booked.happened_at,
        booked.pk,
        booked.purpose,
        booked.donation.public_id if booked.donation else None,
        booked.stripe_balance_transaction_id,
        entry.account,
        entry.currency,
        amount if entry.amount_minor > 0 else None,
        amount if entry.amount_minor < 0 else None,
    ]


def _place(request: HttpRequest) -> Place | None:
    return Place.read(request.GET.get(AFTER, ""))


def _next(request: HttpRequest, place: Place | None) -> str:
    return _query(request, **{AFTER: str(place)}) if place else ""


def _query(request: HttpRequest, **changes: str) -> str:
    query = request.GET.copy()
    query.pop(AFTER, None)
    for name, value in changes.items():
        query[name] = value
    return query.urlencode()


def _wants_csv(request: HttpRequest) -> bool:
    return request.GET.get(AS_CSV) == "csv"


def _require_view(request: HttpRequest, model_admin: ModelAdmin[Any]) -> None:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied


def _answer(request: HttpRequest, model_admin: ModelAdmin[Any], page: str, context: dict[str, Any]) -> TemplateResponse:
    site = model_admin.admin_site.each_context(request)
    csv_query = _query(request, **{AS_CSV: "csv"})
    shared = {**site, "opts": model_admin.model._meta, "csv_query": csv_query, "first_query": _query(request)}
    return TemplateResponse(request, f"admin/donations/ledger/{page}.html", {**shared, **context})
