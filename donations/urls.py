from django.urls import path

from donations import views

app_name = "donations"

urlpatterns = [
    path("donate/", views.donate, name="donate"),
    path("donate/thanks/", views.thanks, name="thanks"),
    path("donate/<slug:slug>/", views.donate, name="donate_campaign"),
    path("giving/", views.giving, name="giving"),
    path("giving/by-bank/", views.giving_by_bank, name="giving_by_bank"),
    path("giving/check-your-mail/", views.giving_sent, name="giving_sent"),
    path("giving/gifts/<slug:public_id>/", views.giving_gift, name="giving_gift"),
    path("giving/gifts/<slug:public_id>/refund/", views.giving_refund, name="giving_refund"),
    path("giving/gifts/<slug:public_id>/shown/", views.giving_shown, name="giving_shown"),
    path("giving/home/", views.giving_home, name="giving_home"),
    path("giving/leave/", views.giving_leave, name="giving_leave"),
    path("giving/privacy/", views.giving_privacy, name="giving_privacy"),
    path("giving/privacy/download/", views.giving_download, name="giving_download"),
    path("giving/privacy/erase/", views.giving_erase, name="giving_erase"),
    path("giving/monthly/<slug:public_id>/", views.monthly_gift, name="monthly_gift"),
    path("giving/monthly/<slug:public_id>/amount/", views.monthly_gift_amount, name="monthly_gift_amount"),
    path("giving/monthly/<slug:public_id>/card/", views.monthly_gift_card, name="monthly_gift_card"),
    path("giving/monthly/<slug:public_id>/end/", views.monthly_gift_end, name="monthly_gift_end"),
    path("giving/monthly/<slug:public_id>/pause/", views.monthly_gift_pause, name="monthly_gift_pause"),
    path("giving/monthly/<slug:public_id>/resume/", views.monthly_gift_resume, name="monthly_gift_resume"),
    path("giving/receipts/<slug:number>/", views.giving_receipt, name="receipt"),
    path("giving/receipts/<slug:number>/pdf/", views.giving_receipt_pdf, name="receipt_pdf"),
    path("giving/statements/<int:year>/", views.giving_statement, name="statement"),
    path("giving/statements/<int:year>/pdf/", views.giving_statement_pdf, name="statement_pdf"),
    # The last one below giving/: whatever is no page of ours is taken for the secret of a link.
    path("giving/<str:token>/", views.giving_open, name="giving_open"),
    path("receipts/check/", views.check_receipt, name="check_receipt"),
    path("trust-fund/grants/", views.grants, name="grants"),
    path("trust-fund/books/", views.books, name="books"),
    path("trust-fund/by-bank/", views.donate_by_bank, name="donate_by_bank"),
    path("trust-fund/by-bank/check-your-mail/", views.donate_by_bank_sent, name="donate_by_bank_sent"),
    path("trust-fund/contributions/", views.contributions, name="contributions"),
    path("trust-fund/donors/", views.donors, name="donors"),
    path("trust-fund/donors/thank-you/", views.donor_reported, name="donor_reported"),
    path("trust-fund/donors/<slug:public_id>/report/", views.report_donor, name="report_donor"),
]
