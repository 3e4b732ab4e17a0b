"""Pages of the office's that visitors see, in their language: those that know both hearts and money."""

from django.urls import path

from office.tracker_page import tracker_page

app_name = "office"

urlpatterns = [
    path("tracker/", tracker_page, name="tracker"),
]
