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
    path("hearts/", views.hearts, name="hearts"),
    path("hearts/kept/", views.what_was_kept, name="what_was_kept"),
    path("hearts/thank-you/", views.reported, name="reported"),
    path("hearts/<slug:public_id>/", views.heart, name="heart"),
    path("hearts/<slug:public_id>/card.png", views.heart_card, name="heart_card"),
    path("hearts/<slug:public_id>/certificate.pdf", views.heart_certificate, name="heart_certificate"),
    path("hearts/<slug:public_id>/report/", views.report, name="report"),
]
