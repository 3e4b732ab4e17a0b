from donations.views.books import books
from donations.views.contributions import contributions
from donations.views.donors import donor_reported, donors, report_donor
from donations.views.giving import giving, giving_leave, giving_open, giving_sent
from donations.views.giving_form import donate, thanks
from donations.views.giving_home import giving_gift, giving_home, giving_refund, giving_shown
from donations.views.giving_privacy import giving_download, giving_erase, giving_privacy
from donations.views.giving_receipts import (
    giving_receipt,
    giving_receipt_pdf,
    giving_statement,
    giving_statement_pdf,
)
from donations.views.grants import grants
from donations.views.monthly_gifts import (
    monthly_gift,
    monthly_gift_amount,
    monthly_gift_card,
    monthly_gift_end,
    monthly_gift_pause,
    monthly_gift_resume,
)
from donations.views.receipts import check_receipt
from donations.views.transfers import donate_by_bank, donate_by_bank_sent, giving_by_bank

__all__ = [
    "books",
    "check_receipt",
    "contributions",
    "donate",
    "donate_by_bank",
    "donate_by_bank_sent",
    "donor_reported",
    "donors",
    "giving",
    "giving_by_bank",
    "giving_download",
    "giving_erase",
    "giving_gift",
    "giving_home",
    "giving_leave",
    "giving_open",
    "giving_privacy",
    "giving_receipt",
    "giving_receipt_pdf",
    "giving_refund",
    "giving_sent",
    "giving_shown",
    "giving_statement",
    "giving_statement_pdf",
    "grants",
    "monthly_gift",
    "monthly_gift_amount",
    "monthly_gift_card",
    "monthly_gift_end",
    "monthly_gift_pause",
    "monthly_gift_resume",
    "report_donor",
    "thanks",
]
