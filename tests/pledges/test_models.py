"""What the database refuses, whoever asks."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Sum

from pledges.models import Group, Pledge, PledgeDelta, PreceptWording
from tests.campaigns.factories import CampaignFactory
from tests.pledges.factories import (
    GlobalCampaignFactory,
    GroupFactory,
    HeartFactory,
    OfferFactory,
    PaperSheetFactory,
    PledgeFactory,
    WordingFactory,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"status": "confirmed"}, "pledge_has_a_number_once_confirmed"),
        ({"number": 5}, "pledge_has_a_number_once_confirmed"),
        ({"is_16_or_older": False}, "public_name_or_words_need_16_years"),
        ({"is_16_or_older": False, "public_name": "", "words": "x", "words_status": "waiting"}, "need_16_years"),
        ({"words": "x"}, "words_wait_until_a_person_approves"),
        ({"words_status": "approved"}, "words_wait_until_a_person_approves"),
        ({"hidden_at": "2026-11-22T00:00Z"}, "hidden_pledge_has_a_reason"),
        ({"hidden_reason": "abuse"}, "hidden_pledge_has_a_reason"),
        ({"country": "pt"}, "pledge_country_is_an_iso_code"),
    ],
)
def test_pledge_that_breaks_a_rule_is_refused(change, rule):
    pledge = PledgeFactory()

    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        Pledge.objects.filter(pk=pledge.pk).update(**change)


def test_second_pledge_of_one_address_and_name_is_refused_and_erased_ones_are_no_doubles():
    PledgeFactory(email="sam@example.org")
    with pytest.raises(IntegrityError, match="one_pledge_per_campaign_address_and_name"), transaction.atomic():
        PledgeFactory(email="SAM@example.org", public_name="sam")

    for _erased in range(2):
        HeartFactory(email="", canonical_email=None, public_name="")
    assert Pledge.objects.count() == 3


@pytest.mark.parametrize(
    "statement", ["UPDATE pledges_preceptwording SET text_en = 'else'", "DELETE FROM pledges_preceptwording"]
)
def test_wording_that_was_signed_can_never_be_changed(statement):
    WordingFactory()

    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        connection.cursor().execute(statement)


def test_offered_wordings_are_the_newest_of_each_offered_precept():
    old = WordingFactory()
    new = WordingFactory(precept=old.precept, version=2)
    first = WordingFactory()
    old.precept.offers.update(order=2)
    first.precept.offers.update(order=1)
    WordingFactory(offered=False)

    assert list(PreceptWording.objects.offered(GlobalCampaignFactory())) == [first, new]


def test_campaign_offers_the_precepts_of_the_global_one_until_it_has_its_own():
    of_all, own = WordingFactory(), WordingFactory(offered=False)
    schools, others = CampaignFactory(slug="schools"), CampaignFactory(slug="others")
    OfferFactory(campaign=schools, precept=own.precept)

    assert list(PreceptWording.objects.offered(schools)) == [own]
    assert list(PreceptWording.objects.offered(others)) == [of_all]


def test_public_ids_are_unlike_each_other_and_easy_to_read():
    ids = {Pledge().public_id for _pledge in range(1000)}

    assert len(ids) == 1000
    assert {len(public_id) for public_id in ids} == {10}
    assert not set("".join(ids)) & set("01oil")


def confirmed_changes() -> int:
    return PledgeDelta.objects.aggregate(total=Sum("confirmed"))["total"] or 0


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "withdrawn", "withdrawn_at": "2026-11-22T00:00Z"},
        {"standing": "suspected", "suspected_at": "2026-11-22T00:00Z", "suspected_for": "burst"},
        {"standing": "invalid"},
        {"kind": "organisation", "verification": "waiting"},
    ],
)
def test_tallies_follow_a_pledge_whatever_changes_it(changes):
    heart = HeartFactory()
    before = {name: getattr(heart, name) for name in changes}

    Pledge.objects.filter(pk=heart.pk).update(**changes)
    assert confirmed_changes() == 0

    Pledge.objects.filter(pk=heart.pk).update(**before)
    assert confirmed_changes() == 1


def test_tallies_follow_many_pledges_of_one_statement_by_one_change():
    hearts = [HeartFactory(country="PT") for _heart in range(3)]
    PledgeDelta.objects.all().delete()

    Pledge.objects.filter(pk__in=[heart.pk for heart in hearts]).update(country="BR")

    assert sorted(PledgeDelta.objects.values_list("country", "confirmed")) == [("BR", 3), ("PT", -3)]


def test_tallies_follow_what_is_kept_and_who_is_deleted():
    heart = HeartFactory()
    Pledge.objects.filter(pk=heart.pk).update(fulfilled_at="2026-11-22T00:00Z")
    assert PledgeDelta.objects.aggregate(total=Sum("fulfilled"))["total"] == 1

    Pledge.objects.filter(pk=heart.pk).delete()
    assert PledgeDelta.objects.aggregate(a=Sum("confirmed"), b=Sum("fulfilled")) == {"a": 0, "b": 0}


def test_tallies_follow_sheets_and_forget_those_that_are_taken_back():
    sheet = PaperSheetFactory(hearts=30)
    sheet.taken_back_at = "2026-11-22T00:00Z"
    sheet.save()

    assert sorted(PledgeDelta.objects.values_list("group", "on_paper")) == [(sheet.group_id, -30), (sheet.group_id, 30)]


def test_group_of_pupils_never_holds_a_pledge():
    with pytest.raises(IntegrityError, match="a group of pupils holds no pledge"):
        PledgeFactory(group=GroupFactory(is_of_pupils=True))


def test_what_a_group_counts_for_never_changes():
    group = GroupFactory(country="PT")

    with pytest.raises(DatabaseError, match="never changes"):
        Group.objects.filter(pk=group.pk).update(country="BR")
