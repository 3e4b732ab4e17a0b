from django.urls import path

from pledges import views

app_name = "pledges"

urlpatterns = [
    path("pledge/", views.pledge, name="pledge"),
    path("pledge/check-your-mail/", views.check_mail, name="check_mail"),
    path("pledge/check-your-mail/code/", views.code, name="code"),
    path("pledge/confirm/<str:token>/", views.confirm, name="confirm"),
    path("pledge/thanks/", views.thanks, name="thanks"),
    path("pledge/kept/<str:token>/", views.kept, name="kept"),
    path("pledge/kept/<str:token>/thanks/", views.kept_thanks, name="kept_thanks"),
    path("pledge/<slug:slug>/", views.pledge, name="pledge_campaign"),
    path("groups/new/", views.group_new, name="group_new"),
    path("groups/new/check-your-mail/", views.group_sent, name="group_sent"),
    path("groups/keep/", views.keep, name="keep"),
    path("groups/keep/check-your-mail/", views.keep_sent, name="keep_sent"),
    path("groups/keep/home/", views.keep_home, name="keep_home"),
    path("groups/keep/leave/", views.keep_leave, name="keep_leave"),
    path("groups/keep/of/<slug:code>/", views.keep_group, name="keep_group"),
    path("groups/keep/of/<slug:code>/change/", views.keep_change, name="keep_change"),
    path("groups/keep/of/<slug:code>/close/", views.keep_close, name="keep_close"),
    path("groups/keep/of/<slug:code>/hearts/", views.keep_hearts, name="keep_hearts"),
    path("groups/keep/of/<slug:code>/hearts/count/", views.keep_count_in, name="keep_count_in"),
    path("groups/keep/of/<slug:code>/hearts/<int:pk>/", views.keep_take_back, name="keep_take_back"),
    path("groups/keep/<str:token>/", views.keep_open, name="keep_open"),
    path("groups/<slug:code>/", views.group, name="group"),
    path("groups/<slug:code>/join/", views.group_join, name="group_join"),
    path("groups/<slug:code>/joined/", views.group_joined, name="group_joined"),
    path("groups/<slug:code>/poster.pdf", views.group_poster_pdf, name="group_poster"),
    path("groups/<slug:code>/qr.svg", views.group_qr, name="group_qr"),
    path("groups/<slug:code>/sheet.pdf", views.group_sheet_pdf, name="group_sheet"),
    path("hearts/", views.hearts, name="hearts"),
    path("hearts/kept/", views.what_was_kept, name="what_was_kept"),
    path("hearts/thank-you/", views.reported, name="reported"),
    path("hearts/<slug:public_id>/", views.heart, name="heart"),
    path("hearts/<slug:public_id>/card.png", views.heart_card, name="heart_card"),
    path("hearts/<slug:public_id>/certificate.pdf", views.heart_certificate, name="heart_certificate"),
    path("hearts/<slug:public_id>/report/", views.report, name="report"),
]
