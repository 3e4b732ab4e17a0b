"""Supporters and what they promised, as stories need them."""

import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from blueheart import names
from campaigns.models import Campaign
from pledges import addresses
from pledges.models import Pledge, PledgeTally, Precept, PreceptWording
from pledges.services import counting
from tests.campaigns.factories import CampaignFactory


class GlobalCampaignFactory(CampaignFactory):
    class Meta:
        model = Campaign
        django_get_or_create = ("slug",)

    slug = Campaign.GLOBAL_SLUG
    kind = Campaign.Kind.GLOBAL
    title = "The Blue Heart"


class PreceptFactory(DjangoModelFactory):
    class Meta:
        model = Precept

    slug = factory.Sequence(lambda n: f"precept-{n}")


class WordingFactory(DjangoModelFactory):
    class Meta:
        model = PreceptWording

    precept = factory.SubFactory(PreceptFactory)
    version = 1
    title = "Wear"
    text = "I will wear the heart."


class PledgeFactory(DjangoModelFactory):
    """A pledge that waits for its confirmation."""

    class Meta:
        model = Pledge
        skip_postgeneration_save = True

    campaign = factory.SubFactory(GlobalCampaignFactory)
    email = factory.Sequence(lambda n: f"sam-{n}@example.org")
    canonical_email = factory.LazyAttribute(lambda pledge: addresses.canonical(pledge.email))
    public_name = "Sam"
    name_key = factory.LazyAttribute(lambda pledge: names.key(pledge.public_name))
    is_16_or_older = True
    country = "PT"
    way = Pledge.Way.PIN
    words = ""
    words_status = factory.LazyAttribute(lambda pledge: "waiting" if pledge.words else "none")
    language = "en"
    asked_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def precepts(self, create, extracted, **kwargs):
        self.precepts.set(extracted or [WordingFactory()])


class HeartFactory(PledgeFactory):
    """A confirmed pledge, its change of the tally not yet added up."""

    status = Pledge.Status.CONFIRMED
    confirmed_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(minutes=1))
    number = factory.LazyFunction(counting.draw_number)

    @factory.post_generation
    def counted(self, create, extracted, **kwargs):
        counting.book(self, 1)


def tally(country: str, confirmed: int) -> PledgeTally:
    """As many confirmed pledges from the country as a story wants, without the pledges."""
    return PledgeTally.objects.create(
        campaign=GlobalCampaignFactory(), country=country, kind=Pledge.Kind.PERSON, confirmed=confirmed
    )
