from django.urls import path

from campaigns.views import (
    campaigns,
    countries,
    facts,
    grants,
    help,
    home,
    news,
    people,
    resources,
    rules,
    search,
    world_day,
)

app_name = "campaigns"

urlpatterns = [
    path("", home.home, name="home"),
    path("about/", people.about, name="about"),
    path("accessibility/", rules.accessibility, name="accessibility"),
    path("assistance/", people.assistance, name="assistance"),
    path("campaigns/", campaigns.campaign_list, name="campaign_list"),
    path("campaigns/<slug:slug>/", campaigns.campaign_page, name="campaign"),
    path("contact/", help.contact, name="contact"),
    path("countries/", countries.country_list, name="country_list"),
    path("countries/<slug:iso2>/", countries.country_page, name="country"),
    path("facts/", facts.fact_list, name="fact_list"),
    path("facts/<slug:slug>/", facts.fact_page, name="fact"),
    path("help/", help.help_page, name="help"),
    path("join/", people.join, name="join"),
    path("news/", news.news_list, name="news"),
    path("news/feed/", news.news_feed, name="news_feed"),
    path("news/<slug:slug>/", news.news_item, name="news_item"),
    path("partners/", people.partners, name="partners"),
    path("privacy/", rules.privacy, name="privacy"),
    path("report/", help.report, name="report"),
    path("resources/", resources.resource_list, name="resources"),
    path("search/", search.search, name="search"),
    path("terms/", rules.terms, name="terms"),
    path("trust-fund/", grants.trust_fund, name="trust_fund"),
    path("trust-fund/projects/", grants.projects, name="projects"),
    path("world-day/", world_day.current_edition, name="world_day"),
    path("world-day/<int:year>/", world_day.edition, name="world_day_edition"),
    path("world-day/<int:year>/events.ics", world_day.events_file, name="world_day_events"),
]
