"""Eight processes confirm ten thousand pledges: every heart is counted once, in its country, day and campaign."""

import datetime as dt
import subprocess
import sys
from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from blueheart import names, tokens
from pledges import figures, jobs
from pledges.models import CountryTally, MailedLink, Milestone, Pledge, PledgeDelta, PledgeTally
from pledges.services import counting
from tests.campaigns.factories import CampaignFactory
from tests.faults.confirming import token_of
from tests.faults.length import LENGTH
from tests.pledges.factories import GlobalCampaignFactory, WordingFactory

PROCESSES = 8
LONGEST = 30 * 60  # seconds
COUNTRIES = ("PT", "BR", "KE", "FR", "NP", "MX", "DE")


def country_of(number: int) -> str:
    return "VA" if number < 3 else COUNTRIES[number % len(COUNTRIES)]


def waiting_pledges(count: int) -> None:
    """So many pledges of two campaigns whose links were mailed."""
    campaigns = [GlobalCampaignFactory(), CampaignFactory(slug="schools")]
    wording, now = WordingFactory(), timezone.now()
    pledges = Pledge.objects.bulk_create(
        Pledge(
            campaign=campaigns[number % 2], email=f"sam-{number}@example.org",
            canonical_email=f"sam-{number}@example.org", public_name="Sam", name_key=names.key("Sam"),
            is_16_or_older=True, country=country_of(number), way="pin", language="en", asked_at=now,
        )
        for number in range(count)
    )  # fmt: skip
    chosen = Pledge.precepts.through
    chosen.objects.bulk_create(chosen(pledge=pledge, preceptwording=wording) for pledge in pledges)
    MailedLink.objects.bulk_create(
        MailedLink(
            pledge=pledge, purpose="confirm", digest=tokens.digest(token_of(number)),
            expires_at=now + dt.timedelta(days=1),
        )
        for number, pledge in enumerate(pledges)
    )  # fmt: skip


def confirm_all(database: str, count: int) -> None:
    connections.close_all()
    command = [sys.executable, "-m", "tests.faults.confirming", database]
    running = [subprocess.Popen([*command, str(first), str(PROCESSES), str(count)]) for first in range(PROCESSES)]
    try:
        assert [process.wait(LONGEST) for process in running] == [0] * PROCESSES
    finally:
        for process in running:
            process.kill()
            process.wait()


def test_eight_processes_confirm_and_every_heart_is_counted_once(committed_db):
    waiting_pledges(LENGTH.confirmations)
    confirm_all(committed_db, LENGTH.confirmations)
    jobs.close_windows()

    by_country = Counter(country_of(number) for number in range(LENGTH.confirmations))
    assert CountryTally.objects.by_country() == by_country
    assert figures.by_country().total == PledgeTally.objects.total() == LENGTH.confirmations
    assert figures.by_country().other == 3
    assert sum(figures.by_day(dt.date(2000, 1, 1), dt.date(2100, 1, 1)).values()) == LENGTH.confirmations
    numbers = Pledge.objects.values_list("number", flat=True)
    assert len(set(numbers)) == LENGTH.confirmations
    assert not PledgeDelta.objects.exists()
    assert Milestone.objects.filter(campaign=None, hearts__lte=LENGTH.confirmations).count() == len(
        {step for zeros in range(9) for step in (10**zeros, 5 * 10**zeros) if step <= LENGTH.confirmations}
    )
    call_command("recount_pledges")

    PledgeTally.objects.filter(country="KE", campaign__slug="blue-heart").update(confirmed=1)
    with pytest.raises(CommandError, match="1 tallies are wrong"):
        call_command("recount_pledges")
    call_command("recount_pledges", "--repair")
    assert list(counting.differences()) == []
    assert CountryTally.objects.by_country() == by_country
