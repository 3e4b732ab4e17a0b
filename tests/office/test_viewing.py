"""Whoever looks at a person's data is written down, wherever in the office they look."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.utils import timezone

from blueheart.trail.models import Entry
from campaigns.models import Fact
from office.data_map import personal_models
from tests.campaigns.factories import FactFactory
from tests.donations.factories import donation, donor
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import GroupFactory, HeartFactory

pytestmark = pytest.mark.django_db
SHOWN_PERSONAL = sorted(personal_models() & set(admin.site._registry), key=lambda model: model._meta.label)


@pytest.fixture
def desk():
    return desk_of(StaffFactory(username="ada", first_name="Ada"))


def views():
    return [
        (entry.action, entry.target_type, entry.target_id, entry.detail)
        for entry in Entry.objects.exclude(action__startswith="office.").order_by("pk")
    ]


@pytest.mark.parametrize("model", SHOWN_PERSONAL, ids=lambda model: model._meta.label)
def test_every_list_of_a_personal_model_is_written_down(desk, model):
    desk.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))

    (entry,) = Entry.objects.filter(action__endswith=".listed")
    assert entry.target_type == model._meta.concrete_model._meta.label_lower
    assert (entry.target_id, entry.actor.username, entry.address) == ("", "ada", "127.0.0.1")
    assert set(entry.detail) == {"rows", "asked_by"}


def test_a_list_says_how_many_were_shown_and_by_what_was_asked_but_never_what_was_typed(desk):
    donor(email="dora@example.org"), donor(email="dan@example.org")

    desk.get(reverse("admin:donations_donor_changelist"), {"q": "dora@example.org", "language": "en"})

    assert views() == [("donor.listed", "donations.donor", "", {"rows": 1, "asked_by": ["language", "q"]})]


@pytest.mark.parametrize("page", ["change", "history", "password_change"])
def test_every_page_of_a_person_is_a_view_of_that_person(desk, page):
    ada = desk.get("/staff/").wsgi_request.user

    desk.get(reverse(f"admin:auth_user_{page}", args=[ada.pk]))

    assert views() == [("user.viewed", "auth.user", str(ada.pk), {"page": page})]


def test_pages_of_acts_are_views_too(desk):
    group, heart, gift = GroupFactory(), HeartFactory(), donation("succeeded")

    desk.get(reverse("admin:pledges_group_decide", args=[group.pk]))
    desk.get(reverse("admin:pledges_pledge_moderate", args=[heart.pk]))
    desk.get(reverse("admin:donations_refund_ask", args=[gift.pk]))

    assert views() == [
        ("group.viewed", "pledges.group", str(group.pk), {"page": "decide"}),
        ("pledge.viewed", "pledges.pledge", str(heart.pk), {"page": "moderate"}),
        ("donation.viewed", "donations.donation", str(gift.pk), {"page": "ask"}),
    ]


def test_looking_at_suspects_is_looking_at_pledges(desk):
    heart = HeartFactory(standing="suspected", suspected_at=timezone.now())

    desk.get(reverse("admin:pledges_suspectedpledge_changelist"))
    desk.get(reverse("admin:pledges_suspectedpledge_change", args=[heart.pk]))

    assert [view[:3] for view in views()] == [
        ("pledge.listed", "pledges.pledge", ""), ("pledge.viewed", "pledges.pledge", str(heart.pk))
    ]  # fmt: skip


def test_what_shows_nobody_is_not_written_down(desk):
    fact, dora = FactFactory(), donor()
    page = reverse("admin:donations_donor_change", args=[dora.pk])

    desk.get(reverse("admin:campaigns_fact_change", args=[fact.pk]))
    desk.get(reverse("admin:campaigns_fact_changelist"))
    desk.get("/staff/")
    desk.head(page)
    desk.post(page, {})
    desk.get(reverse("admin:donations_donor_change", args=[dora.pk + 1]))
    desk.get(reverse("admin:donations_donor_changelist"), {"email__startswith": "d"})
    desk.get(reverse("admin:donations_donor_add"))
    desk.get(page.removesuffix("/"))
    desk_of(StaffFactory(username="eve", is_superuser=False)).get(page)

    assert views() == []
    assert Fact.objects.exists()


@pytest.mark.parametrize("method", ["post", "put"])
def test_how_a_page_is_asked_for_does_not_pass_the_trail_by(desk, method):
    heart, dora = HeartFactory(), donor()

    getattr(desk, method)(reverse("admin:pledges_pledge_moderate", args=[heart.pk]))
    getattr(desk, method)(reverse("admin:donations_donor_changelist"))

    assert views() == [
        ("pledge.viewed", "pledges.pledge", str(heart.pk), {"page": "moderate"}),
        ("donor.listed", "donations.donor", "", {"rows": 1, "asked_by": []}),
    ]
    assert dora.pk


def test_a_view_costs_one_insert_and_no_read(desk):
    dora = donor()
    page = reverse("admin:donations_donor_change", args=[dora.pk])
    desk.get(page)

    with CaptureQueriesContext(connection) as asked:
        desk.get(page)
    of_the_trail = [query["sql"] for query in asked if "trail_entry" in query["sql"]]
    assert len(of_the_trail) == 1
    assert of_the_trail[0].startswith("INSERT")


def test_nobody_is_completed_while_somebody_types():
    """A field that completes what is typed would show people without a page of theirs being opened."""
    shown = {
        (model_admin.model._meta.label, name)
        for model_admin in admin.site._registry.values()
        for name in model_admin.autocomplete_fields
        if model_admin.model._meta.get_field(name).related_model in personal_models()
    }

    assert shown == set()


def test_every_page_with_a_person_in_its_address_tells_which():
    """Views read the row from `object_id`, `pk`, `id` or `<model>_pk`; another name would pass the trail by."""
    names = {f"{model._meta.app_label}_{model._meta.model_name}_" for model in SHOWN_PERSONAL}
    others = {f"{model._meta.model_name}_pk" for model in admin.site._registry}
    namespace = get_resolver().namespace_dict["admin"][1]
    captured = {
        parameter
        for name, routes in namespace.reverse_dict.lists()
        if isinstance(name, str) and any(name.startswith(start) for start in names)
        for possibilities, *_rest in routes
        for _route, parameters in possibilities
        for parameter in parameters
    }

    assert captured <= {"object_id", "pk", "id", "version"} | others
