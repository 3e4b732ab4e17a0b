"""Addresses that other sites put into their pages: no language in the path."""

from django.urls import path

from pledges import views

urlpatterns = [
    path("embed/counter/", views.embed_counter, name="embed_counter"),
    path("badge.svg", views.badge, name="badge"),
]
