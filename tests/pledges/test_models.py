"""What the database refuses, whoever asks."""

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from pledges.models import Pledge, PreceptWording
from tests.pledges.factories import HeartFactory, PledgeFactory, WordingFactory

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
    old = WordingFactory(precept__order=2)
    new = WordingFactory(precept=old.precept, version=2)
    first = WordingFactory(precept__order=1)
    WordingFactory(precept__is_offered=False)

    assert list(PreceptWording.objects.offered()) == [first, new]


def test_public_ids_are_unlike_each_other_and_easy_to_read():
    ids = {Pledge().public_id for _pledge in range(1000)}

    assert len(ids) == 1000
    assert {len(public_id) for public_id in ids} == {10}
    assert not set("".join(ids)) & set("01oil")
