"""A donor's receipts and yearly statements, to read, print and keep."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from blueheart.languages import page_language
from donations.models import Receipt
from donations.receipts import (
    ForgottenReceiptError,
    NothingGivenError,
    Sheet,
    pdf_response,
    receipt_pdf,
    sheet_pdf,
    statement_for,
)
from donations.views.giving import DonorRequest, donor_page
from donations.views.receipts import receipt_html, sheet_html


@donor_page
def giving_receipt(request: DonorRequest, number: str) -> HttpResponse:
    receipt = _receipt(request, number)
    pdf_url = reverse("donations:receipt_pdf", args=[number])
    back_url = reverse("donations:giving_gift", args=[receipt.donation.public_id])
    try:
        return receipt_html(request, receipt, pdf_url=pdf_url, back_url=back_url)
    except ForgottenReceiptError as error:
        raise Http404(_("This receipt is not kept any more.")) from error


@donor_page
def giving_receipt_pdf(request: DonorRequest, number: str) -> HttpResponse:
    receipt = _receipt(request, number)
    try:
        return pdf_response(receipt_pdf(receipt), receipt.number)
    except ForgottenReceiptError as error:
        raise Http404(_("This receipt is not kept any more.")) from error


@donor_page
def giving_statement(request: DonorRequest, year: int) -> HttpResponse:
    pdf_url = reverse("donations:statement_pdf", args=[year])
    return sheet_html(request, _statement(request, year), pdf_url=pdf_url, back_url=reverse("donations:giving_home"))


@donor_page
def giving_statement_pdf(request: DonorRequest, year: int) -> HttpResponse:
    return pdf_response(sheet_pdf(_statement(request, year)), f"blue-heart-{year}")


def _receipt(request: DonorRequest, number: str) -> Receipt:
    """Of this donor only; one that was voided, too: its sheet says so."""
    receipts = Receipt.objects.of_donor(request.donor).select_related("donation", "entity")
    return get_object_or_404(receipts, number=number)


def _statement(request: DonorRequest, year: int) -> Sheet:
    """In the language of the page: it is made anew each time."""
    try:
        return statement_for(request.donor, year, language=page_language())
    except NothingGivenError as error:
        raise Http404(_("There was no gift in this year.")) from error
