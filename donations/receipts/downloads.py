"""Documents as files that somebody downloads."""

from django.http import HttpResponse

from donations.models import Receipt
from donations.receipts.printing import sheet_pdf
from donations.receipts.sheets import receipt_sheet

PDF = "application/pdf"


def receipt_pdf(receipt: Receipt) -> bytes:
    """The receipt as a file: the same bytes each time, until it is voided. Raises `ForgottenReceiptError`."""
    return sheet_pdf(receipt_sheet(receipt))


def pdf_response(content: bytes, name: str) -> HttpResponse:
    """The file as a download that no cache keeps and no search engine lists."""
    response = HttpResponse(content, content_type=PDF)
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
