"""Addresses that machines call: no language in the path."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
