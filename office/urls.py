"""Addresses without a language that the office answers: health, reports of browsers, mail copies in development."""

from django.urls import URLPattern

app_name = "office"

urlpatterns: list[URLPattern] = []
