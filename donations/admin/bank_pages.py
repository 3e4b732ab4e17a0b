"""The page of the bank's desk on which staff say what a line is."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from blueheart.languages import page_language
from donations.admin.acts import linked, require, staff
from donations.admin.money import shown_amount
from donations.forms.bank import Parts, ReasonForm, parts_of
from donations.models import BankLine, Contributor
from donations.services.bank_matching import (
    BankError,
    ForBank,
    ForContributor,
    ForDonor,
    ForGrant,
    ForRecord,
    Part,
    heed_line,
    ignore_line,
    match_line,
    unmatch_line,
)
from donations.services.bank_statements import keep_as_own
from donations.services.bank_suggestions import Suggestion, suggestions_for

IMPORT = "donations.import_bankstatement"
MOST_NAMES = 500


def explain(request: HttpRequest, model_admin: ModelAdmin[Any], *, pk: int) -> HttpResponse:
    """Say what a line is: one of the suggestions, several parts, or nothing of ours; or take that back."""
    require(request, IMPORT)
    line = get_object_or_404(BankLine.objects.select_related("statement__account", "duplicate_of"), pk=pk)
    pressed = request.POST.get("act", "")
    typed = request.POST if pressed == "parts" else None
    parts = parts_of(line, typed)
    reason = ReasonForm(request.POST if pressed in ("ignore", "unmatch") else None)
    is_open = line.status == BankLine.Status.UNMATCHED
    suggestions = suggestions_for(line) if is_open else []
    refused = ""
    try:
        is_done = _do(request, line, parts, reason, suggestions)
    except BankError as error:
        refused = str(error)
    else:
        if is_done:
            messages.success(request, _("Done."))
            return HttpResponseRedirect(request.path)
    context = {
        "title": _("What a bank line is"),
        "line": line,
        "facts": _facts(line),
        "amount": shown_amount(line.amount_minor, line.currency),
        "matches": matches_of(line),
        "suggestions": [(each, *_named(each.part)) for each in suggestions],
        "parts": parts,
        "reason": reason,
        "refused": refused,
        "contributors": _names() if is_open else [],
    }
    return _page(request, model_admin, "explain", context)


def matches_of(line: BankLine) -> list[tuple[Any, SafeString, str, bool]]:
    """What a line is matched with: the name of its kind, the row, the amount, and whether the match booked it."""
    found = []
    standing = line.matches.standing()
    related = ("donation", "promise_payment", "grant_payment", "payout", "posting")
    for match in standing.select_related(*related).order_by("pk"):
        row = next(value for name in related if (value := getattr(match, name)) is not None)
        amount = shown_amount(match.amount_minor, line.currency)
        found.append((row._meta.verbose_name, linked(row), amount, match.is_made_here))
    return found


def _do(
    request: HttpRequest, line: BankLine, parts: Parts, reason: ReasonForm, suggestions: Sequence[Suggestion]
) -> bool:
    """Do what was pressed; False where nothing was, or what was typed is wrong. Raises `BankError`."""
    who: dict[str, Any] = {"by": staff(request), "request": request}
    match request.POST.get("act", ""):
        case "suggestion":
            match_line(line, [_chosen(suggestions, request.POST.get("what", ""))], **who)
        case "parts" if parts.is_valid():
            with transaction.atomic():  # a donor who is new stays only with the gift
                match_line(line, parts.parts(), **who)
        case "ignore" if reason.is_valid():
            ignore_line(line, why=reason.cleaned_data["why"], **who)
        case "unmatch" if reason.is_valid():
            unmatch_line(line, why=reason.cleaned_data["why"], **who)
        case "heed":
            heed_line(line, **who)
        case "keep":
            keep_as_own(line, **who)
        case _:
            return False
    return True


def _chosen(suggestions: Sequence[Suggestion], key: str) -> Part:
    for each in suggestions:
        if each.key == key:
            return each.part
    raise BankError(_("That is no longer suggested. Please look again."))


def _names() -> list[str]:
    """Contributors to choose from while typing."""
    return list(Contributor.objects.order_by("name").values_list("name", flat=True)[:MOST_NAMES])


def _facts(line: BankLine) -> list[tuple[str, Any]]:
    return [
        (_("Booked on"), line.booked_on),
        (_("Amount"), shown_amount(line.amount_minor, line.currency)),
        (_("Counterparty"), line.counterparty),
        (_("Counterparty’s account"), line.counterparty_iban),
        (_("Text"), line.remittance),
        (_("Bank’s reference"), line.bank_reference),
        (_("End-to-end id"), line.end_to_end_id),
        (_("Bank account"), line.statement.account),
        (_("Status"), line.get_status_display()),
        (_("Why it is ignored"), line.ignored_for),
    ]


def _named(part: Part) -> tuple[str, Any]:
    """What a part is, in words, and whose."""
    match part:
        case ForDonor():
            return _("Gift of a donor"), f"{part.donor.name} {part.donor.email or part.donor.public_id}".strip()
        case ForContributor():
            return _("Payment of a contributor"), part.contributor.name_in(page_language())
        case ForGrant():
            return _("Payment of a grant"), f"{part.grant.organisation} {part.grant}"
        case ForBank():
            return _("Fee of the bank’s"), ""
        case ForRecord():
            return f"{part.record._meta.verbose_name}", linked(part.record)


def _page(request: HttpRequest, model_admin: ModelAdmin[Any], page: str, context: dict[str, Any]) -> TemplateResponse:
    whole = {**model_admin.admin_site.each_context(request), "opts": model_admin.opts, **context}
    return TemplateResponse(request, f"admin/donations/bank/{page}.html", whole)
