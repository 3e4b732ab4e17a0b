"""Retention at the desk: every rule, what is due, a dry run that changes nothing, and a run that is in the trail."""

import datetime as dt

import pytest
from django.utils import timezone

from blueheart.trail.models import Entry
from office.jobs import lanes
from office.models import JobTurn
from office.privacy.retention import RULES
from pledges.models import Pledge
from tests.donations.money_desk import member
from tests.office.factories import desk_of
from tests.pledges.factories import HeartFactory, PledgeFactory

pytestmark = pytest.mark.django_db

PAGE = "/staff/privacy/retention/"


@pytest.fixture
def desk():
    return desk_of(member("olga", "run_retention"))


def an_old_one():
    ages_ago = timezone.now() - dt.timedelta(days=40)
    PledgeFactory(created_at=ages_ago, asked_at=ages_ago)
    HeartFactory(source_ip="192.0.2.7", email="kim@example.org")
    Pledge.objects.update(created_at=ages_ago)


def due_on(page):
    return {each.rule.name: each.due for each in page.context["rules"] if each.due}


def test_every_rule_is_named_after_its_job_and_says_what_is_due(desk):
    an_old_one()
    assert {rule.name for rule in RULES} <= {job.name for lane in lanes() for job in lane.jobs}
    page = desk.get(PAGE)
    assert due_on(page) == {"purge-unconfirmed": 1, "forget-sources": 1}
    assert all(str(rule.says)[1:] in page.content.decode() for rule in RULES)


def test_a_dry_run_says_how_many_and_changes_nothing(desk):
    an_old_one()
    said = desk.post(PAGE, {"act": "dry-run"}, follow=True).content.decode()
    assert "Nothing was changed" in said
    assert Pledge.objects.count() == 2
    tried = Entry.objects.filter(action="retention.tried", detail__count__gt=0).values_list("detail__rule", flat=True)
    assert set(tried) == {"purge-unconfirmed", "forget-sources"}
    assert not JobTurn.objects.filter(name="forget-sources").exists()


def test_one_rule_is_run_alone_and_kept_in_the_trail(desk):
    an_old_one()
    page = desk.post(PAGE, {"act": "run", "rule": "forget-sources"}, follow=True)
    assert due_on(page) == {"purge-unconfirmed": 1}
    entry = Entry.objects.get(action="retention.run")
    assert (entry.actor.username, entry.detail) == ("olga", {"rule": "forget-sources", "count": 1})
    assert JobTurn.objects.get(name="forget-sources").ended_at


def test_a_rule_that_is_not_there_runs_nothing(desk):
    an_old_one()
    desk.post(PAGE, {"act": "run", "rule": "everything"})
    assert not Entry.objects.filter(action="retention.run").exists()
