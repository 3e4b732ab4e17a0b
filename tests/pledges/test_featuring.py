"""The few hearts above the wall: chosen by staff who may, six at most, and only hearts that anyone may see."""

import pytest
from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.utils import IntegrityError
from django.urls import reverse_lazy
from django.utils import timezone

from blueheart.trail.models import Entry
from pledges import wall
from pledges.models import Pledge
from pledges.services import featuring, moderation
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import HeartFactory, PledgeFactory

pytestmark = pytest.mark.django_db
LIST = reverse_lazy("admin:pledges_pledge_changelist")


@pytest.fixture
def ada(rf, admin_user):
    request = rf.get("/")
    request.user = admin_user
    return request


def above():
    return [heart.pledge.public_name for heart in wall.page().featured]


def feature(heart, request):
    return featuring.feature_heart(pledge_id=heart.pk, request=request)


def test_featured_hearts_stand_above_the_wall_the_last_one_first_and_in_it_too(client, ada):
    first, second = HeartFactory(public_name="Sam"), HeartFactory(public_name="Dora")
    HeartFactory(public_name="Ana")
    assert (feature(first, ada), feature(second, ada), feature(second, ada)) == (True, True, False)

    page = client.get("/en/hearts/")
    assert above() == ["Dora", "Sam"]
    assert [heart.pledge.public_name for heart in page.context["page"].hearts] == ["Ana", "Dora", "Sam"]
    assert 'id="featured"' in page.content.decode()
    assert list(Entry.objects.acts().values_list("action", "target_id").order_by("pk")) == [
        ("pledge.featured", str(first.pk)),
        ("pledge.featured", str(second.pk)),
    ]


@pytest.mark.parametrize("query", ["country=PT", "kind=person", "before=999999", "after=0", "on=2099-01-01"])
def test_featured_hearts_stand_above_the_first_page_of_all_only(client, ada, query):
    feature(HeartFactory(country="PT"), ada)

    assert 'id="featured"' not in client.get(f"/en/hearts/?{query}").content.decode()


def test_there_is_room_for_six(ada):
    hearts = [HeartFactory() for _heart in range(7)]
    assert all(feature(heart, ada) for heart in hearts[:6])

    with pytest.raises(featuring.TooManyFeaturedError):
        feature(hearts[6], ada)
    featuring.unfeature_heart(pledge_id=hearts[0].pk, request=ada)
    assert feature(hearts[6], ada)


@pytest.mark.parametrize(
    "make",
    [
        PledgeFactory,
        lambda: HeartFactory(standing="suspected"),
        lambda: HeartFactory(hidden_at=timezone.now(), hidden_reason="abuse"),
        lambda: HeartFactory(status="withdrawn"),
    ],
)
def test_heart_that_nobody_may_see_is_not_featured(ada, make):
    heart = make()

    assert not feature(heart, ada)
    with pytest.raises(IntegrityError), transaction.atomic():
        Pledge.objects.filter(pk=heart.pk).update(featured_at=timezone.now())


def test_hidden_heart_leaves_the_place_above_the_wall(ada):
    heart = HeartFactory()
    feature(heart, ada)
    moderation.hide_pledge(pledge_id=heart.pk, reason="abuse", request=ada)

    assert above() == []
    assert not featuring.unfeature_heart(pledge_id=heart.pk, request=ada)


def test_staff_with_the_permission_feature_from_the_list_and_are_told_when_there_is_no_room():
    desk = desk_of(StaffFactory(username="ada"))
    hearts = [HeartFactory() for _heart in range(7)]
    fields = {"action": "feature", "_selected_action": [heart.pk for heart in hearts], "reason": ""}
    page = desk.post(LIST, fields, follow=True).content.decode()

    assert "6 of 7 changed" in page
    assert "Take one away first" in page
    desk.post(LIST, fields | {"action": "unfeature"})
    assert above() == []


def test_staff_without_the_permission_are_not_offered_it():
    staff = StaffFactory(username="kim", is_superuser=False)
    staff.user_permissions.set(Permission.objects.filter(codename__in=["view_pledge", "moderate_pledge"]))
    heart = HeartFactory()
    desk = desk_of(staff)
    desk.post(LIST, {"action": "feature", "_selected_action": [heart.pk], "reason": ""})

    assert 'value="feature"' not in desk.get(LIST).content.decode()
    assert above() == []
