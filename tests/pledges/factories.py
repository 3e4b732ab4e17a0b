"""Supporters and what they promised, as stories need them."""

import datetime as dt

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from blueheart import mail_addresses, names
from campaigns.models import Campaign
from pledges.models import (
    Group,
    PaperSheet,
    Pledge,
    PledgeTally,
    PledgingBody,
    Precept,
    PreceptOffer,
    PreceptWording,
)
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


class OfferFactory(DjangoModelFactory):
    class Meta:
        model = PreceptOffer

    campaign = factory.SubFactory(GlobalCampaignFactory)
    precept = factory.SubFactory(PreceptFactory)


class WordingFactory(DjangoModelFactory):
    class Meta:
        model = PreceptWording
        skip_postgeneration_save = True

    precept = factory.SubFactory(PreceptFactory)
    version = 1
    title = "Wear"
    text = "I will wear the heart."

    @factory.post_generation
    def offered(self, create, extracted, **kwargs):
        """In the global campaign, and so in all that have no list of their own; `offered=False` for none."""
        if extracted is not False and not self.precept.offers.exists():
            OfferFactory(precept=self.precept)


class PledgeFactory(DjangoModelFactory):
    """A pledge that waits for its confirmation."""

    class Meta:
        model = Pledge
        skip_postgeneration_save = True

    campaign = factory.SubFactory(GlobalCampaignFactory)
    email = factory.Sequence(lambda n: f"sam-{n}@example.org")
    canonical_email = factory.LazyAttribute(lambda pledge: mail_addresses.canonical(pledge.email))
    public_name = "Sam"
    name_key = factory.LazyAttribute(lambda pledge: names.key(pledge.public_name))
    is_16_or_older = True
    country = "PT"
    way = Pledge.Way.PIN
    words = ""
    words_status = factory.LazyAttribute(lambda pledge: "waiting" if pledge.words else "none")
    language = "en"
    asked_at = factory.LazyFunction(timezone.now)
    withdrawn_at = factory.LazyAttribute(lambda pledge: timezone.now() if pledge.status == "withdrawn" else None)
    suspected_at = factory.LazyAttribute(lambda pledge: timezone.now() if pledge.standing == "suspected" else None)
    suspected_for = factory.LazyAttribute(lambda pledge: "burst" if pledge.standing == "suspected" else "")
    status = Pledge.Status.PENDING
    standing = Pledge.Standing.GOOD

    @factory.post_generation
    def precepts(self, create, extracted, **kwargs):
        self.precepts.set(extracted or [WordingFactory()])


class HeartFactory(PledgeFactory):
    """A confirmed pledge, its change of the tally not yet added up."""

    status = Pledge.Status.CONFIRMED
    confirmed_at = factory.LazyFunction(lambda: timezone.now() - dt.timedelta(minutes=1))
    number = factory.LazyFunction(counting.draw_number)


def tally(country: str, confirmed: int) -> PledgeTally:
    """As many confirmed pledges from the country as a story wants, without the pledges."""
    return PledgeTally.objects.create(
        campaign=GlobalCampaignFactory(), country=country, kind=Pledge.Kind.PERSON, confirmed=confirmed
    )


class GroupFactory(DjangoModelFactory):
    """A group that staff have approved and that one can join."""

    class Meta:
        model = Group

    campaign = factory.SubFactory(GlobalCampaignFactory)
    name = "Escola do Mar"
    kind = Group.Kind.SCHOOL
    country = "PT"
    language = "en"
    target = 100
    keeper_name = "Kim"
    keeper_email = factory.Sequence(lambda n: f"kim-{n}@example.org")
    keeper_confirmed_at = factory.LazyFunction(timezone.now)
    status = Group.Status.APPROVED
    decided_at = factory.LazyAttribute(lambda group: None if group.status == "waiting" else timezone.now())
    refused_for = factory.LazyAttribute(lambda group: "not a group" if group.status == "refused" else "")


class PaperSheetFactory(DjangoModelFactory):
    class Meta:
        model = PaperSheet

    group = factory.SubFactory(GroupFactory)
    hearts = 30
    way = PaperSheet.Way.TYPED


class BodyFactory(DjangoModelFactory):
    """An organisation that confirmed and that staff have verified."""

    class Meta:
        model = PledgingBody

    pledge = factory.SubFactory(
        HeartFactory, kind=Pledge.Kind.ORGANISATION, verification=Pledge.Verification.VERIFIED, public_name="Sea Rescue"
    )
    form = PledgingBody.Form.ASSOCIATION
    people = 120
    link = "https://example.org/"
    contact_name = "Olu"
    contact_role = "Director"
