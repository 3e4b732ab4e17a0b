"""What a donor may show: receipts and yearly statements, as words, as HTML and as PDF."""

from donations.receipts.downloads import pdf_response, receipt_pdf
from donations.receipts.printing import sheet_pdf
from donations.receipts.sheets import Sheet, check_url, receipt_sheet
from donations.receipts.snapshot import ForgottenReceiptError
from donations.receipts.statements import NothingGivenError, statement_for, years_of

__all__ = [
    "ForgottenReceiptError",
    "NothingGivenError",
    "Sheet",
    "check_url",
    "pdf_response",
    "receipt_pdf",
    "receipt_sheet",
    "sheet_pdf",
    "statement_for",
    "years_of",
]
