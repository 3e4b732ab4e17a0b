"""Receipts as pages: one for its donor, a statement of a year, and the public page that tells whether one is real."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from blueheart.limits.addresses import client_address, subnet
from blueheart.limits.counting import seconds_left, spend
from blueheart.pages import form_page
from donations.forms.receipts import CheckForm
from donations.models import Receipt
from donations.receipts import Sheet, receipt_sheet

CHECKS, CHECKS_SECONDS = 30, 600


@require_safe
@form_page
def check_receipt(request: HttpRequest) -> HttpResponse:
    """Tell whether a receipt is real by number and code: its amount and day, never a name."""
    if not {"number", "code"} & set(request.GET):
        return _check_page(request, CheckForm())
    form = CheckForm(request.GET)
    if not form.is_valid():
        return _check_page(request, form)
    if not spend("check-receipt", subnet(client_address(request)), limit=CHECKS, seconds=CHECKS_SECONDS):
        page = _check_page(request, form, state="too-many", status=429)
        page.headers["Retry-After"] = str(seconds_left(CHECKS_SECONDS))
        return page
    number, code = form.asked()
    receipt = Receipt.objects.select_related("replaced_by").filter(number=number).first() if number else None
    if receipt is None or not constant_time_compare(receipt.code, code):
        return _check_page(request, form, state="unknown")
    return _check_page(request, form, state=_state(receipt), receipt=receipt)


def receipt_html(request: HttpRequest, receipt: Receipt, *, pdf_url: str = "", back_url: str = "") -> HttpResponse:
    """The receipt as a page for its donor; the caller has made sure that this visitor may see it."""
    return sheet_html(request, receipt_sheet(receipt), pdf_url=pdf_url, back_url=back_url)


def sheet_html(request: HttpRequest, sheet: Sheet, *, pdf_url: str = "", back_url: str = "") -> HttpResponse:
    """A receipt or a yearly statement as a page, in the document's own language."""
    context = {"sheet": sheet, "pdf_url": pdf_url, "back_url": back_url}
    return render(request, "donations/receipts/sheet.html", context)


def _check_page(
    request: HttpRequest, form: CheckForm, *, state: str = "", receipt: Receipt | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "state": state, "receipt": receipt}
    response = render(request, "donations/receipts/check.html", context, status=status)
    if request.GET:
        response["X-Robots-Tag"] = "noindex"
    return response


def _state(receipt: Receipt) -> str:
    if receipt.voided_at is None:
        return "valid"
    return "replaced" if hasattr(receipt, "replaced_by") else "voided"
