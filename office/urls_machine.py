"""Addresses without a language that the office answers: health, reports of browsers, mail copies in development."""

from django.urls import path

from office import mail_copies, views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("csp-report/", views.csp_report, name="csp_report"),
    path("robots.txt", views.robots_txt, name="robots_txt"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    path("_mail/", mail_copies.mail_list, name="mail_list"),
    path("_mail/<str:name>/", mail_copies.mail_page, name="mail_page"),
    path("_mail/<str:name>/<int:number>/", mail_copies.mail_attached, name="mail_attached"),
]
