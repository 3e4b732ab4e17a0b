"""Rows of campaigns, as stories need them."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from campaigns.models import Campaign, Country, Fact, Helpline, Milestone, Source


class SourceFactory(DjangoModelFactory):
    class Meta:
        model = Source

    slug = factory.Sequence(lambda n: f"source-{n}")
    title = "A page about the Blue Heart"
    publisher = "UNODC"
    kind = Source.Kind.UN
    url = factory.LazyAttribute(lambda source: f"https://example.org/{source.slug}")
    year = 2016


class CountryFactory(DjangoModelFactory):
    class Meta:
        model = Country
        django_get_or_create = ("iso2",)

    iso2 = "MX"
    joined_on = dt.date(2010, 4, 14)
    joined_precision = "month"
    story = "The President launched it."
    source = factory.SubFactory(SourceFactory)
    certainty = "A"
    status = Country.Status.PUBLISHED


class CampaignFactory(DjangoModelFactory):
    class Meta:
        model = Campaign

    slug = factory.Sequence(lambda n: f"campaign-{n}")
    kind = Campaign.Kind.REGION
    title = factory.Sequence(lambda n: f"Campaign {n}")
    summary = "Wear the Blue Heart."
    body = "Trafficking is **never** far away."
    status = Campaign.Status.PUBLISHED


class FactFactory(DjangoModelFactory):
    class Meta:
        model = Fact

    slug = factory.Sequence(lambda n: f"fact-{n}")
    topic = Fact.Topic.SCALE
    statement = "People in forced labour because of trafficking at any one time."
    value = "2.5 million"
    unit = "people"
    scope = "World"
    year = 2010
    source = factory.SubFactory(SourceFactory)
    certainty = "A"
    status = Fact.Status.PUBLISHED


class MilestoneFactory(DjangoModelFactory):
    class Meta:
        model = Milestone

    slug = factory.Sequence(lambda n: f"milestone-{n}")
    kind = Milestone.Kind.CAMPAIGN
    happened_on = dt.date(2009, 3, 5)
    precision = "day"
    title = "Launch in Vienna"
    source = factory.SubFactory(SourceFactory)
    certainty = "A"
    status = Milestone.Status.PUBLISHED


class HelplineFactory(DjangoModelFactory):
    class Meta:
        model = Helpline

    slug = factory.Sequence(lambda n: f"helpline-{n}")
    iso2 = "PT"
    name = "Linha nacional"
    phones = "964 608 288"
    source_url = "https://example.org/helpline"
    source_kind = "government"
    read_on = dt.date(2026, 11, 22)
    grade = "A"
    status = Helpline.Status.PUBLISHED
