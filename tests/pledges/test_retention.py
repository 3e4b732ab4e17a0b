"""What is forgotten of pledges after its time, and what a hold keeps."""

import datetime as dt
import io
import threading

import pytest
from django.core.management import call_command
from django.db import connections
from django.utils import timezone

from blueheart.trail.models import Entry
from office.jobs import lanes
from office.privacy.retention import RULES
from pledges.models import (
    CampaignTerms,
    Fulfilment,
    HeartPhoto,
    HeartReport,
    InvalidationCase,
    MailedLink,
    Pledge,
    PledgeTally,
)
from pledges.services import counting, photos, retention
from tests.campaigns.factories import CampaignFactory
from tests.donations.money_desk import member
from tests.pledges.factories import BodyFactory, HeartFactory, PledgeFactory, WordingFactory

TODAY = "2026-11-22T12:00:00Z"


@pytest.fixture(autouse=True)
def _today(time_machine):
    time_machine.move_to(TODAY, tick=False)


def ended(on, **terms):
    campaign = CampaignFactory(starts_on=dt.date(2020, 1, 1), ends_on=on)
    if terms:
        CampaignTerms.objects.create(campaign=campaign, **terms)
    return campaign


def days_ago(days):
    return timezone.now() - dt.timedelta(days=days)


def enforce(*options):
    said = io.StringIO()
    call_command("enforce_retention", *options, stdout=said)
    lines = said.getvalue().splitlines()
    return {
        name: int(count) for count, _space, name in (line.strip().partition("  ") for line in lines if "  " in line)
    }


def state():
    pledges = Pledge.objects.order_by("pk").values("pk", "email", "public_name", "source_ip", "erased_at", "status")
    return list(pledges), MailedLink.objects.count(), Entry.objects.count()


def test_sources_are_forgotten_after_30_days_unless_held(db):
    new = HeartFactory(source_ip="192.0.2.1", created_at=days_ago(29))
    old = HeartFactory(source_ip="2001:db8::1", created_at=days_ago(31))
    held = HeartFactory(
        source_ip="192.0.2.3", created_at=days_ago(31), campaign=ended(None, is_held=True, held_for="a court asks")
    )
    assert retention.forget_sources() == 1
    left = dict(Pledge.objects.values_list("pk", "source_ip"))
    assert left == {new.pk: "192.0.2.1", old.pk: None, held.pk: "192.0.2.3"}


def test_names_are_forgotten_months_after_the_campaign_and_counts_stay(db):
    wording = WordingFactory()
    over = ended(dt.date(2024, 11, 22))
    sam = HeartFactory(campaign=over, words="Hope", precepts=[wording], fulfilled_at=timezone.now())
    Fulfilment.objects.create(pledge=sam, answer="done", words="Did it", words_status="approved")
    HeartReport.objects.create(pledge=sam, reason="other", words="Sam")
    photos.put(sam, webp=b"webp", size=(4, 4), alt="Sam")
    body = BodyFactory(pledge__campaign=over)
    withdrawn = HeartFactory(campaign=over, status="withdrawn")
    lasting = [
        HeartFactory(campaign=ended(dt.date(2024, 11, 23))),
        HeartFactory(campaign=ended(dt.date(2024, 11, 22), anonymise_after_months=25)),
        HeartFactory(campaign=ended(dt.date(2020, 2, 1), is_held=True, held_for="a court asks")),
        HeartFactory(),
    ]
    counting.close_windows()
    before = sorted(PledgeTally.objects.values_list("campaign", "country", "kind", "confirmed", "fulfilled"))

    assert retention.names_due().count() == 3
    assert retention.forget_names() == 3
    assert retention.forget_names() == 0

    counting.close_windows()
    assert sorted(PledgeTally.objects.values_list("campaign", "country", "kind", "confirmed", "fulfilled")) == before
    sam.refresh_from_db()
    assert (sam.email, sam.canonical_email, sam.public_name, sam.words) == ("", None, "", "")
    assert (sam.country, sam.precepts.get(), sam.is_shown, sam.fulfilment.words) == ("PT", wording, True, "")
    assert (HeartPhoto.objects.count(), HeartReport.objects.get().words) == (0, "")
    body.refresh_from_db()
    assert (body.pledge.public_name, body.pledge.email, body.contact_name) == ("Sea Rescue", "", "")
    withdrawn.refresh_from_db()
    assert (withdrawn.status, withdrawn.public_name) == ("withdrawn", "")
    assert all(Pledge.objects.get(pk=pledge.pk).email for pledge in lasting)
    assert Entry.objects.get(action="pledges.names-forgotten").detail == {"pledges": 3}


def test_who_took_a_pledge_back_is_forgotten_though_the_campaign_goes_on(db):
    HeartFactory(status="withdrawn", withdrawn_at=days_ago(800))
    HeartFactory(status="withdrawn", withdrawn_at=days_ago(700), public_name="Kim")
    assert retention.forget_names() == 1
    assert list(Pledge.objects.exclude(email="").values_list("public_name", flat=True)) == ["Kim"]


def test_names_that_old_cases_looked_for_are_blotted_out(db):
    ada = member("ada", "view_pledge")
    fields = {"title": "a flood", "why": "a flood", "opened_by": ada}
    old = InvalidationCase.objects.create(name="Sam", status="done", opened_at=days_ago(366), **fields)
    InvalidationCase.objects.create(name="Kim", status="done", opened_at=days_ago(360), **fields)
    InvalidationCase.objects.create(name="Ola", status="draft", opened_at=days_ago(366), **fields)
    assert (retention.forget_names_of_cases(), retention.forget_names_of_cases()) == (1, 0)
    old.refresh_from_db()
    assert old.name == "[erased]"


def test_a_dry_run_counts_what_the_command_does_and_changes_nothing(db):
    HeartFactory(campaign=ended(dt.date(2020, 2, 1)), source_ip="192.0.2.1", created_at=days_ago(40))
    waiting = PledgeFactory(created_at=days_ago(8), asked_at=days_ago(8), public_name="Kim")
    MailedLink.objects.create(pledge=waiting, purpose="confirm", digest="d", expires_at=days_ago(1))
    before = state()

    dry = enforce("--dry-run")
    assert state() == before
    assert enforce() == dry
    assert {name: count for name, count in dry.items() if count} == {
        "unconfirmed pledges, after 7 days; links and codes": 1,
        "where pledges came from, after 30 days": 1,
        "who pledged, months after the campaign": 1,
    }
    assert not any(enforce().values())
    assert len(dry) == len(RULES)


def test_every_rule_runs_as_a_job_of_the_worker():
    jobs = {job.name: job for lane in lanes() for job in lane.jobs}
    done = {job.run for job in jobs.values()}
    assert [rule.name for rule in RULES if rule.forget not in done] == []
    assert [rule.name for rule in RULES if rule.is_nightly and rule.name not in jobs] == []


def test_batches_are_short_and_two_runs_at_once_share_them(committed_db, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 7)
    over = ended(dt.date(2020, 2, 1))
    wording = WordingFactory()
    for number in range(40):
        HeartFactory(campaign=over, public_name=f"S{number}", precepts=[wording])
    forgotten = []

    def run():
        forgotten.append(retention.forget_names())
        connections.close_all()

    threads = [threading.Thread(target=run) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(forgotten) == 40
    assert Pledge.objects.exclude(email="").count() == 0
