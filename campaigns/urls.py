from django.urls import path

from campaigns.views import campaigns, countries, facts, help, home

app_name = "campaigns"

urlpatterns = [
    path("", home.home, name="home"),
    path("about/", home.about, name="about"),
    path("campaigns/", campaigns.campaign_list, name="campaign_list"),
    path("campaigns/<slug:slug>/", campaigns.campaign_page, name="campaign"),
    path("countries/", countries.country_list, name="country_list"),
    path("countries/<slug:iso2>/", countries.country_page, name="country"),
    path("facts/", facts.fact_list, name="fact_list"),
    path("facts/<slug:slug>/", facts.fact_page, name="fact"),
    path("help/", help.help_page, name="help"),
    path("privacy/", home.privacy, name="privacy"),
]
