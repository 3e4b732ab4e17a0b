"""Which networks and domains are loud, hour by hour."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from blueheart.trail.models import Entry
from pledges.models import SourceRule, TrendingSource
from pledges.services import trending
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import HeartFactory, PledgeFactory

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
LIST = "admin:pledges_trendingsource_changelist"


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOON + dt.timedelta(minutes=30), tick=False)
    return time_machine


@pytest.fixture
def desk():
    return desk_of(StaffFactory(username="ada"))


def made(minute: int, ip: str | None, email: str, *, by=HeartFactory, **fields):
    return by(created_at=NOON + dt.timedelta(minutes=minute), source_ip=ip, email=email, **fields)


def rows(kind: str) -> list[tuple]:
    found = TrendingSource.objects.filter(kind=kind).order_by("hour", "-pledges", "source")
    return [(row.hour.hour, row.source, row.pledges, row.confirmed, row.suspected) for row in found]


def test_each_hour_has_its_networks_and_domains():
    made(-30, "198.51.100.7", "a@trash.example", standing="suspected")
    made(-29, "198.51.100.200", "b@trash.example", by=PledgeFactory)
    made(1, "2001:db8:1:2::1", "c@example.org")
    made(2, "2001:db8:1:3::1", "d@example.org")
    made(3, None, "e@example.com")
    made(-200, "203.0.113.1", "f@example.org")

    assert trending.note_trends() == 5
    assert rows("network") == [(11, "198.51.100.0/24", 2, 1, 1), (12, "2001:db8:1::/48", 2, 2, 0)]
    assert rows("domain") == [
        (11, "trash.example", 2, 1, 1), (12, "example.org", 2, 2, 0), (12, "example.com", 1, 1, 0),
    ]  # fmt: skip


def test_hour_is_counted_anew_until_it_is_over(clock):
    made(1, "198.51.100.7", "a@example.org")
    trending.note_trends()
    trending.note_trends()
    made(59, "198.51.100.7", "b@example.org")
    clock.move_to(NOON + dt.timedelta(minutes=65))
    trending.note_trends()
    clock.move_to(NOON + dt.timedelta(minutes=75))
    trending.note_trends()

    assert rows("domain") == [(12, "example.org", 2, 2, 0)]


def test_hours_of_an_outage_are_caught_up_with(clock):
    made(0, "198.51.100.7", "a@example.org")
    trending.note_trends()
    made(90, "198.51.100.7", "b@example.org")
    clock.move_to(NOON + dt.timedelta(hours=5))
    trending.note_trends()

    assert [row[0] for row in rows("domain")] == [12, 13]


def test_only_the_loudest_are_kept_and_only_for_thirty_days(monkeypatch, clock):
    monkeypatch.setattr(trending, "LOUDEST", 2)
    for number in range(4):
        for again in range(number + 1):
            made(again, f"198.51.{number}.7", f"{again}@d{number}.example")
    trending.note_trends()
    assert [row[1:3] for row in rows("network")] == [("198.51.3.0/24", 4), ("198.51.2.0/24", 3)]
    assert [row[1:3] for row in rows("domain")] == [("d3.example", 4), ("d2.example", 3)]

    clock.shift(31 * 24 * 60 * 60)
    trending.note_trends()
    assert not TrendingSource.objects.exists()


@pytest.mark.parametrize(
    ("kind", "source", "query"),
    [("network", "198.51.100.0/24", "network=198.51.100.0%2F24"), ("domain", "trash.example", "domain=trash.example")],
)
def test_list_leads_to_a_case_and_to_rules_filled_in(desk, kind, source, query):
    TrendingSource.objects.create(hour=NOON, kind=kind, source=source, pledges=9, confirmed=5, suspected=4)
    page = desk.get(reverse(LIST)).content.decode()

    assert f"{reverse('admin:pledges_invalidationcase_add')}?{query}&amp;title=" in page
    for act in ("block", "allow"):
        assert f"{reverse('admin:pledges_sourcerule_add')}?{query}&amp;act={act}" in page


@pytest.mark.parametrize("number", [1, 60])
def test_lists_need_the_same_queries_at_one_and_sixty_rows(desk, django_assert_max_num_queries, number):
    TrendingSource.objects.bulk_create(
        TrendingSource(hour=NOON, kind="domain", source=f"d{n}", pledges=n, confirmed=0, suspected=0)
        for n in range(number)
    )
    SourceRule.objects.bulk_create(SourceRule(act="block", domain=f"d{n}", comment="why") for n in range(number))
    for name in (LIST, "admin:pledges_sourcerule_changelist"):
        with django_assert_max_num_queries(15) as queries:
            assert desk.get(reverse(name)).status_code == 200
        assert len(queries) <= 12


def test_rules_are_in_the_trail_from_their_beginning_to_their_end(desk):
    add = reverse("admin:pledges_sourcerule_add")
    desk.post(add, {"act": "block", "network": "198.51.100.7/24", "domain": "", "comment": "a flood"})
    rule = SourceRule.objects.get()
    change = reverse("admin:pledges_sourcerule_change", args=[rule.pk])
    desk.post(change, {"act": "allow", "network": "198.51.100.0/24", "domain": "", "comment": "a school"})
    desk.post(reverse("admin:pledges_sourcerule_delete", args=[rule.pk]), {"post": "yes"})

    kept = Entry.objects.filter(target_type="pledges.sourcerule").order_by("pk").values_list("action", "detail")
    assert [(action, detail["act"], detail["network"]) for action, detail in kept] == [
        ("source-rule.created", "block", "198.51.100.0/24"),
        ("source-rule.changed", "allow", "198.51.100.0/24"),
        ("source-rule.deleted", "allow", "198.51.100.0/24"),
    ]
    assert not SourceRule.objects.exists()


def test_rule_says_since_when_it_is(desk):
    SourceRule.objects.create(act="block", domain="trash.example", comment="why", until=timezone.now())

    assert "trash.example" in desk.get(reverse("admin:pledges_sourcerule_changelist")).content.decode()
