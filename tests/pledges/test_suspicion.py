"""Suspected pledges are released by rule or by staff; Mallory notices nothing either way."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from blueheart.post.jobs import send_due
from blueheart.trail.models import Entry
from pledges.models import InvalidationCase, Pledge, PledgeTally, SourceRule
from pledges.services import counting, suspicion
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import HeartFactory

pytestmark = pytest.mark.django_db
LIST = "admin:pledges_suspectedpledge_changelist"


def ago(**time) -> dt.datetime:
    return timezone.now() - dt.timedelta(**time)


def suspect(suspected_for="burst", *, days=2.0, ip="198.51.100.7", **fields) -> Pledge:
    return HeartFactory(
        standing="suspected", suspected_for=suspected_for, suspected_at=ago(days=days), source_ip=ip, **fields
    )


@pytest.fixture
def ada():
    return StaffFactory(username="ada")


@pytest.fixture
def desk(ada):
    return desk_of(ada)


def standing(pledge: Pledge) -> str:
    return Pledge.objects.values_list("standing", flat=True).get(pk=pledge.pk)


def total() -> int:
    counting.close_windows()
    return PledgeTally.objects.total()


@pytest.mark.parametrize("reason", ["burst", "sustained", "one-mailbox", "whole-site"])
def test_what_a_limit_suspected_is_released_once_its_source_is_quiet(reason):
    pledge = suspect(reason)
    assert total() == 0

    assert suspicion.release_quiet() == 1
    assert (standing(pledge), total()) == ("good", 1)
    assert list(Entry.objects.values_list("action", "detail")) == [("pledges.released-by-rule", {"pledges": 1})]
    assert suspicion.release_quiet() == 0


@pytest.mark.parametrize("reason", ["blocked", "by-staff"])
def test_what_staff_block_or_suspect_is_released_by_staff_alone(reason):
    pledge = suspect(reason, days=30)

    assert (suspicion.release_quiet(), standing(pledge)) == (0, "suspected")


@pytest.mark.parametrize(
    ("ip", "noise", "released"),
    [
        ("198.51.100.7", {"ip": "198.51.100.7"}, 0),
        ("198.51.100.7", {"ip": "198.51.100.200"}, 0),
        ("198.51.100.7", {"ip": "198.51.101.7"}, 1),
        ("2001:db8:1:2::1", {"ip": "2001:db8:1:ffff::1"}, 0),
        ("2001:db8:1:2::1", {"ip": "2001:db8:2:2::1"}, 1),
        (None, {"ip": None}, 1),
        (None, {"ip": None, "email": "Sam@example.org", "public_name": "S"}, 0),
        ("198.51.100.7", {"ip": "198.51.100.7", "days": 1.01}, 2),
    ],
)
def test_source_is_loud_while_anything_around_it_was_suspected_in_24_hours(ip, noise, released):
    suspect(ip=ip, email="sam@example.org")
    suspect(**{"days": 0.5} | noise)

    assert suspicion.release_quiet() == released


def test_pledge_invalidated_today_is_noise_too():
    suspect()
    noise = suspect(days=0.5)
    Pledge.objects.filter(pk=noise.pk).update(standing="invalid")

    assert suspicion.release_quiet() == 0


def test_suspected_only_today_is_not_released():
    suspect(days=0.9)

    assert suspicion.release_quiet() == 0


@pytest.mark.parametrize(
    ("marks", "status", "released"),
    [
        ({"country": "PT"}, "draft", 0),
        ({"country": "PT"}, "running", 0),
        ({"country": "PT"}, "done", 1),
        ({"country": "BR"}, "draft", 1),
        ({"network": "198.51.100.0/24"}, "draft", 0),
        ({"network": "203.0.113.0/24"}, "draft", 1),
        ({"domain": "example.org"}, "draft", 0),
        ({"domain": "example.com"}, "draft", 1),
        ({"name": "SAM "}, "draft", 0),
    ],
)
def test_open_case_keeps_what_it_is_about_from_being_released(ada, marks, status, released):
    suspect(country="PT", public_name="Sam")
    InvalidationCase.objects.create(title="c", why="w", opened_by=ada, status=status, **marks)

    assert suspicion.release_quiet() == released


def test_pledge_without_a_source_is_released_beside_a_case_of_a_network(ada):
    suspect(ip=None)
    InvalidationCase.objects.create(title="c", why="w", opened_by=ada, network="198.51.100.0/24")

    assert suspicion.release_quiet() == 1


def test_many_are_released_in_batches(monkeypatch):
    monkeypatch.setattr(suspicion, "BATCH", 2)
    for _n in range(5):
        suspect()

    assert (suspicion.release_quiet(), Pledge.objects.suspected().count()) == (5, 0)


def test_suspected_heart_has_its_page_and_is_not_on_the_wall(client):
    pledge = suspect()

    assert client.get(pledge.get_absolute_url()).status_code == 200
    assert pledge not in Pledge.objects.shown()


def test_ada_releases_chosen_ones_and_each_is_in_the_trail(desk):
    first, second = suspect("blocked"), suspect()
    desk.post(reverse(LIST), {"action": "release", "_selected_action": [first.pk]}, follow=True)

    assert (standing(first), standing(second)) == ("good", "suspected")
    assert list(Entry.objects.acts().values_list("action", "target_id", "actor__username")) == [
        ("pledge.released", str(first.pk), "ada")
    ]


def test_ada_suspects_a_good_pledge_which_leaves_the_wall_and_the_count(desk):
    heart = HeartFactory(featured_at=timezone.now())
    assert total() == 1
    page = reverse("admin:pledges_suspectedpledge_review", args=[heart.pk])
    answer = desk.post(page, {"act": "suspect"}, follow=True)

    heart.refresh_from_db()
    assert "Suspected. It is not counted" in answer.content.decode()
    assert (heart.standing, heart.suspected_for, heart.featured_at, total()) == ("suspected", "by-staff", None, 0)
    assert Entry.objects.acts().get().action == "pledge.suspected"
    assert desk.post(page, {"act": "release"}).status_code == 302
    assert (standing(heart), total()) == ("good", 1)


def test_review_page_shows_the_source_and_masks_the_address(desk):
    page = desk.get(reverse("admin:pledges_suspectedpledge_review", args=[suspect(email="sam@example.org").pk]))

    assert "198.51.100.7" in page.content.decode()
    assert "sam@example.org" not in page.content.decode()


def test_invalid_pledge_has_no_button():
    ada = desk_of(StaffFactory())
    pledge = HeartFactory(standing="invalid")
    page = ada.get(reverse("admin:pledges_suspectedpledge_review", args=[pledge.pk]))

    assert page.context["buttons"] == []
    assert suspicion.release(ids=[pledge.pk], request=page.wsgi_request) == 0


def test_staff_without_the_permission_see_and_do_nothing():
    looker = StaffFactory(is_superuser=False)
    looker.user_permissions.set(Permission.objects.filter(codename__in=["view_pledge", "moderate_pledge"]))
    desk, pledge = desk_of(looker), suspect()

    assert desk.get(reverse(LIST)).status_code == 403
    assert desk.get(reverse("admin:pledges_suspectedpledge_review", args=[pledge.pk])).status_code == 403
    assert "198.51.100.7" not in desk.get(reverse("admin:pledges_pledge_change", args=[pledge.pk])).content.decode()
    desk.post(reverse("admin:pledges_pledge_changelist"), {"action": "release", "_selected_action": [pledge.pk]})
    assert standing(pledge) == "suspected"


@pytest.mark.parametrize("rows", [1, 60])
def test_list_needs_the_same_queries_at_one_and_sixty_rows(desk, django_assert_max_num_queries, rows):
    for _n in range(rows):
        suspect()
    with django_assert_max_num_queries(15) as queries:
        assert desk.get(reverse(LIST)).status_code == 200
    assert len(queries) <= 13


def test_whoever_may_release_is_told_daily_from_the_fifth_day_on(ada, time_machine):
    time_machine.move_to("2026-11-22T12:00:00Z", tick=False)
    StaffFactory(username="noor", is_superuser=False)
    suspect("blocked", days=4)
    assert suspicion.tell_of_old() == 0

    for _day in range(3):
        time_machine.shift(25 * 60 * 60)
        assert (suspicion.tell_of_old(), suspicion.tell_of_old()) == (1, 1)
        send_due()

    assert [letter.to for letter in mail.outbox] == [["ada@example.org"]] * 3
    assert [letter.subject for letter in mail.outbox] == [
        "Suspected pledges wait for review",
        "Suspected pledges wait for review",
        "Suspected pledges are overdue for review",
    ]
    assert "for more than five days" in mail.outbox[0].body
    assert "/staff/pledges/suspectedpledge/" in mail.outbox[0].body


def test_mail_that_came_too_late_is_not_sent(ada):
    pledge = suspect("blocked", days=6)
    suspicion.tell_of_old()
    Pledge.objects.filter(pk=pledge.pk).update(standing="good")
    send_due()

    assert mail.outbox == []


def test_office_counts_what_is_overdue_first(desk):
    suspect("blocked", days=8)
    suspect()
    page = desk.get(reverse("admin:index")).content.decode()

    overdue, waiting = page.index("for more than seven days"), page.index("Suspected pledges to be reviewed")
    assert overdue < waiting


def test_block_of_a_network_suspects_what_comes_from_it(sam_pledges):
    SourceRule.objects.create(act="block", network="127.0.0.0/8", comment="why")
    sam_pledges()
    pledge = Pledge.objects.get()

    assert (pledge.standing, pledge.suspected_for) == ("suspected", "blocked")
