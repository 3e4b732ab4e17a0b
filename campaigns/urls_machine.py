"""Addresses that machines call: no language prefix in the path."""

from django.urls import path

from campaigns.views import machine, share

urlpatterns = [
    path("share/<slug:kind>/<slug:slug>/<slug:language>.png", share.share_picture, name="share_picture"),
    path("sitemap.xml", machine.sitemap, name="sitemap"),
]
