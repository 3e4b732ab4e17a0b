"""Made-up rows are as true as real ones, and never land in a database that somebody needs."""

import datetime as dt
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count, Max

from donations import books
from donations.models import Donation, LedgerTotal, LedgerTransaction
from office.seeding import databases, gifts, hearts
from pledges.models import Milestone, Pledge, PledgeTally, PledgingBody, PreceptWording
from pledges.services import counting
from tests.campaigns.factories import CampaignFactory
from tests.pledges.factories import GlobalCampaignFactory, WordingFactory

UNTIL = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
PLEDGES, GIFTS = 3000, 120


def silent(_said: str) -> None:
    pass


@pytest.fixture
def campaigns():
    GlobalCampaignFactory()
    CampaignFactory(slug="schools")
    for _number in range(11):
        WordingFactory()


@pytest.mark.parametrize("is_superuser", [True, False])
def test_loaded_hearts_and_gifts_satisfy_every_check(committed_db, campaigns, is_superuser):
    assert databases.hurry()
    if not is_superuser:
        databases.take_care()
    hearts.load(PLEDGES, seed=1, until=UNTIL, say=silent)
    gifts.load(GIFTS, seed=1, until=UNTIL, say=silent)
    databases.take_care()

    assert list(counting.differences()) == []
    assert books.findings() == []
    assert PledgeTally.objects.total() == Pledge.objects.counted().count() > 0.8 * PLEDGES
    assert Pledge.objects.count() == PLEDGES
    assert {*Pledge.objects.values_list("standing", flat=True)} == {"good", "suspected", "invalid"}
    assert {*Pledge.objects.values_list("kind", flat=True)} == {"person", "organisation", "authority"}
    assert PledgingBody.objects.count() == Pledge.objects.exclude(kind="person").count()
    assert not Pledge.objects.alias(chosen=Count("precepts")).exclude(chosen__in=[2, 3, 4]).exists()
    assert Milestone.objects.filter(campaign=None, hearts=1000).exists()
    assert not PledgeTally.objects.filter(confirmed__gt=0, last_at=None).exists()
    assert LedgerTransaction.objects.count() == Donation.objects.succeeded().count() > 0
    assert sum(LedgerTotal.objects.values_list("donations", flat=True)) == Donation.objects.succeeded().count()
    assert counting.draw_number() > Pledge.objects.aggregate(last=Max("number"))["last"]
    validate_again()
    assert indexes() >= {"pledge_wall", "one_pledge_per_campaign_address_and_name"}


def validate_again() -> None:
    """Ask every check and foreign key anew of the rows that came while triggers were put off."""
    tables = ["pledges_pledge", "pledges_pledgingbody", "pledges_pledge_precepts"]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype IN ('c', 'f') AND conrelid = ANY (%s::regclass[])",
            [tables],
        )
        for number, (table, definition) in enumerate(cursor.fetchall()):
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT again_{number} {definition}")


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'pledges_pledge'")
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.django_db
def test_same_seed_makes_the_same_rows(campaigns):
    def rows(seed):
        pledges = hearts.lines(50, seed=seed, until=UNTIL)
        return [*pledges, *gifts.lines(50, donors=9, seed=seed, until=UNTIL)]

    assert rows(1) == rows(1) != rows(2)


def seed_load(name: str) -> str:
    out = StringIO()
    call_command("seed_load", database=name, pledges=10, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("name", ["postgres", "template1", "Robert'); DROP", ""])
def test_database_that_is_not_for_this_is_refused(committed_db, name):
    with pytest.raises(CommandError):
        seed_load(name)


def test_portals_own_database_is_refused(committed_db):
    with pytest.raises(CommandError, match="is not ours to fill"):
        seed_load(committed_db)


def test_database_that_somebody_else_made_is_left_alone_and_our_own_is_made_anew(committed_db):
    name = f"{committed_db}_x"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    try:
        with pytest.raises(CommandError, match="did not make: it is left alone"):
            seed_load(name)
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"COMMENT ON DATABASE \"{name}\" IS '{databases.MADE_BY_US}'")
        with databases.fresh(name), connection.cursor() as cursor:
            cursor.execute("SELECT current_database(), to_regclass('pledges_pledge')")
            assert cursor.fetchone() == (name, None)
        assert connection.settings_dict["NAME"] == committed_db
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.mark.django_db
def test_default_columns_are_those_of_the_model():
    assert databases.defaults(PreceptWording, ["precept_id", "version", "title", "text"])["is_by_staff"] == "f"
