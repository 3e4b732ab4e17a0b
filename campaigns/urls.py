from django.urls import path

from campaigns import views

app_name = "campaigns"

urlpatterns = [
    path("", views.home, name="home"),
    path("about/", views.about, name="about"),
    path("help/", views.help_page, name="help"),
    path("privacy/", views.privacy, name="privacy"),
    path("campaigns/", views.campaign_list, name="campaign_list"),
    path("campaigns/<slug:slug>/", views.campaign_page, name="campaign"),
    path("countries/", views.country_list, name="country_list"),
    path("countries/<slug:iso2>/", views.country_page, name="country"),
    path("facts/", views.fact_list, name="fact_list"),
    path("facts/<slug:slug>/", views.fact_page, name="fact"),
]
