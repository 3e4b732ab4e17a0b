"""Addresses that machines call: no language in the path."""

from django.urls import path

from donations.webhooks import stripe_webhook

urlpatterns = [
    path("stripe/webhook/", stripe_webhook, name="stripe_webhook"),
]
