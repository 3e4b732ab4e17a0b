from django.urls import path

from pledges import views

app_name = "pledges"

urlpatterns = [
    path("pledge/", views.pledge, name="pledge"),
    path("pledge/check-your-mail/", views.check_mail, name="check_mail"),
    path("pledge/confirm/<str:token>/", views.confirm, name="confirm"),
    path("pledge/<slug:slug>/", views.pledge, name="pledge_campaign"),
    path("hearts/", views.hearts, name="hearts"),
    path("hearts/thank-you/", views.reported, name="reported"),
    path("hearts/<slug:public_id>/", views.heart, name="heart"),
    path("hearts/<slug:public_id>/report/", views.report, name="report"),
]
