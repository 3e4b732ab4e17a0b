"""Rows of campaigns, as stories need them."""

import datetime as dt
from contextlib import nullcontext
from unittest.mock import patch

import factory
import modeltranslation.fields
from factory.django import DjangoModelFactory

from campaigns.models import (
    Campaign,
    Country,
    DataPoint,
    DataTable,
    Event,
    Fact,
    GrantCycle,
    Helpline,
    LegalInstrument,
    Milestone,
    NewsItem,
    Partner,
    PublishedGrant,
    ReportEdition,
    Resource,
    Source,
    WorldDayEdition,
)


class ContentFactory(DjangoModelFactory):
    class Meta:
        abstract = True

    @classmethod
    def _build(cls, model_class, *args, **kwargs):
        """Build it without switching the language for the default of each translated column: half of the time.

        The default is the same in all languages.
        """
        with patch.object(modeltranslation.fields, "override", nullcontext):
            return super()._build(model_class, *args, **kwargs)


class SourceFactory(ContentFactory):
    class Meta:
        model = Source

    slug = factory.Sequence(lambda n: f"source-{n}")
    title = "A page about the Blue Heart"
    publisher = "UNODC"
    kind = Source.Kind.UN
    url = factory.LazyAttribute(lambda source: f"https://example.org/{source.slug}")
    year = 2016


class CountryFactory(ContentFactory):
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


class CampaignFactory(ContentFactory):
    class Meta:
        model = Campaign

    slug = factory.Sequence(lambda n: f"campaign-{n}")
    kind = Campaign.Kind.REGION
    title = factory.Sequence(lambda n: f"Campaign {n}")
    summary = "Wear the Blue Heart."
    body = "Trafficking is **never** far away."
    status = Campaign.Status.PUBLISHED


class FactFactory(ContentFactory):
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


class MilestoneFactory(ContentFactory):
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


class HelplineFactory(ContentFactory):
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


class GrantCycleFactory(ContentFactory):
    class Meta:
        model = GrantCycle

    slug = factory.Sequence(lambda n: f"cycle-{n}")
    name = factory.Sequence(lambda n: f"Call {n}")
    announced_on = dt.date(2011, 10, 18)
    announced_precision = "day"
    source = factory.SubFactory(SourceFactory)
    certainty = "A"
    status = GrantCycle.Status.PUBLISHED


class PublishedGrantFactory(ContentFactory):
    class Meta:
        model = PublishedGrant

    slug = factory.Sequence(lambda n: f"grant-{n}")
    cycle = factory.SubFactory(GrantCycleFactory)
    organisation = factory.Sequence(lambda n: f"Organisation {n}")
    iso2 = "NP"
    source = factory.SubFactory(SourceFactory)
    certainty = "A"
    status = PublishedGrant.Status.PUBLISHED


class EditionFactory(ContentFactory):
    class Meta:
        model = WorldDayEdition
        django_get_or_create = ("year",)

    year = 2026
    theme = "Nobody is for sale"
    source = factory.SubFactory(SourceFactory)
    certainty = "A"
    status = WorldDayEdition.Status.PUBLISHED


class EventFactory(ContentFactory):
    """A walk in Cairo on World Day 2026, six to eight in the evening."""

    class Meta:
        model = Event

    slug = factory.Sequence(lambda n: f"event-{n}")
    title = "A walk in blue"
    edition = factory.SubFactory(EditionFactory)
    iso2 = "EG"
    place = "Citadel of Cairo"
    starts_on = dt.date(2026, 7, 30)
    start_time = dt.time(18)
    end_time = dt.time(20)
    time_zone = "Africa/Cairo"
    organiser = "Friends of the Citadel"
    status = Event.Status.PUBLISHED


class NewsFactory(ContentFactory):
    class Meta:
        model = NewsItem

    slug = factory.Sequence(lambda n: f"news-{n}")
    dated_on = dt.date(2026, 7, 30)
    title = factory.Sequence(lambda n: f"News {n}")
    summary = "Something happened."
    body = "It was **good**."
    status = NewsItem.Status.PUBLISHED


class ResourceFactory(ContentFactory):
    class Meta:
        model = Resource

    slug = factory.Sequence(lambda n: f"resource-{n}")
    kind = Resource.Kind.TOOLKIT
    title = "A kit"
    summary = "Pictures and texts."
    audiences = ["public"]
    publisher = "UNODC"
    url = factory.LazyAttribute(lambda resource: f"https://example.org/{resource.slug}")
    status = Resource.Status.PUBLISHED


class PartnerFactory(ContentFactory):
    class Meta:
        model = Partner

    slug = factory.Sequence(lambda n: f"partner-{n}")
    kind = Partner.Kind.AMBASSADOR
    name = "Mira Sorvino"
    role = "Goodwill Ambassador"
    since = dt.date(2009, 2, 12)
    since_precision = "day"
    text = "She speaks **up**."
    source = factory.SubFactory(SourceFactory)
    certainty = "A"
    status = Partner.Status.PUBLISHED


class ReportEditionFactory(ContentFactory):
    class Meta:
        model = ReportEdition

    year = factory.Sequence(lambda n: 2000 + n)
    released_on = factory.LazyAttribute(lambda edition: dt.date(edition.year, 12, 1))
    released_precision = "year"
    summary = "What authorities found."
    source = factory.SubFactory(SourceFactory)
    certainty = "A"
    status = ReportEdition.Status.PUBLISHED


class DataTableFactory(ContentFactory):
    class Meta:
        model = DataTable

    slug = factory.Sequence(lambda n: f"table-{n}")
    topic = DataTable.Topic.ORIGIN
    title = "Where victims came from"
    unit = "%"
    scope = "Europe"
    period = "2010"
    population = "detected victims"
    source = factory.SubFactory(SourceFactory)
    certainty = "A"
    status = DataTable.Status.PUBLISHED


class DataPointFactory(ContentFactory):
    class Meta:
        model = DataPoint

    table = factory.SubFactory(DataTableFactory)
    position = factory.Sequence(lambda n: n)
    label = factory.Sequence(lambda n: f"Region {n}")
    value = 5


class LegalInstrumentFactory(ContentFactory):
    class Meta:
        model = LegalInstrument

    slug = factory.Sequence(lambda n: f"instrument-{n}")
    kind = LegalInstrument.Kind.TREATY
    title = "A treaty"
    adopted_on = dt.date(2000, 11, 15)
    adopted_precision = "day"
    text = "It asks for **much**."
    source = factory.SubFactory(SourceFactory)
    certainty = "A"
    status = LegalInstrument.Status.PUBLISHED
