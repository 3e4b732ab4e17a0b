"""Each page of the wall is read from an index, however many hearts there are and whatever is chosen."""

import datetime as dt
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign
from pledges import wall
from pledges.models import Pledge
from pledges.wall import Choice
from tests.campaigns.factories import CampaignFactory
from tests.pledges.factories import GlobalCampaignFactory, tally

HEARTS = 200_000
# What reading 49 hearts may skip, sort and read. Organisations and authorities are few: some of theirs may be skipped.
MOST_SKIPPED, MOST_SORTED, MOST_BUFFERS = 100, 100, 400
MOST_SKIPPED_OF_BODIES = 600
FIRST_DAY = dt.date(2026, 1, 1)

# Few are organisations, very few authorities; few countries have most hearts; the old campaign's are the first ones.
MANY = """
INSERT INTO pledges_pledge (public_id, campaign_id, kind, email, public_name, name_key, is_16_or_older, country, way,
    words, words_status, language, status, standing, verification, number, created_at, confirmed_at, reminders,
    suspected_for, hidden_reason)
SELECT n, CASE WHEN n <= 2000 THEN %(old)s ELSE %(main)s END, kind, '', CASE WHEN n %% 3 = 0 THEN 'Sam' ELSE '' END, '',
    true, CASE WHEN n %% 50000 = 7 THEN 'TV' WHEN n %% 500 < 2 THEN 'NL' WHEN n %% 3 = 0 THEN 'BR' ELSE 'PT' END, 'pin',
    '', 'none', 'en', 'confirmed', 'good', CASE WHEN kind = 'person' THEN 'not-needed' ELSE 'verified' END, n, at, at,
    0, '', ''
FROM (SELECT n, timestamptz '2026-01-01 00:00Z' + n * interval '1 minute' AS at, CASE WHEN n %% 5000 = 0
      THEN 'authority' WHEN n %% 200 = 0 THEN 'organisation' ELSE 'person' END AS kind
      FROM generate_series(1, %(hearts)s) AS n) AS many
"""
OWN_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'pledges_pledge' AND indexname ~ '^pledge_'
    AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE conrelid = 'pledges_pledge'::regclass)
"""


@pytest.fixture
def campaigns(committed_db) -> dict[str, Campaign]:
    """The campaigns of very many hearts. The indexes are taken away, and built at the end: by far the quickest way."""
    rows = {"main": GlobalCampaignFactory(), "old": CampaignFactory(slug="old")}
    with connection.cursor() as cursor:
        cursor.execute(OWN_INDEXES)
        indexes = dict(cursor.fetchall())
        for name in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute("ALTER TABLE pledges_pledge DISABLE TRIGGER USER")
        cursor.execute(MANY, {name: row.pk for name, row in rows.items()} | {"hearts": HEARTS})
        for name, made in indexes.items():
            if "wall" in name or name in {"pledge_confirmed_at", "pledge_featured", "pledge_created_at"}:
                cursor.execute(made)
        cursor.execute("ANALYZE pledges_pledge")
    for iso2 in ("PT", "BR", "NL"):
        tally(iso2, HEARTS)
    return rows


def nodes(plan):
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def plans_of(act):
    """How PostgreSQL carried out each question about pledges that the act asks."""
    with CaptureQueriesContext(connection) as asked:
        act()
    questions = [query["sql"] for query in asked if 'FROM "pledges_pledge"' in query["sql"]]
    with connection.cursor() as cursor:
        for question in questions:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {question}")
            (answer,) = cursor.fetchone()
            yield (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]


def faults_of(act):
    """What of it would cost more with more hearts."""
    found = []
    for plan in plans_of(act):
        for node in nodes(plan):
            index = node.get("Index Name", "")
            if "Sort" in node["Node Type"] and node["Plans"][0]["Actual Rows"] > MOST_SORTED:
                found.append(f"sorts {node['Plans'][0]['Actual Rows']} rows")
            if node["Node Type"] == "Seq Scan" and node["Relation Name"] == "pledges_pledge":
                found.append("reads the whole table")
            if index.startswith("pledge_") and not index.startswith(("pledge_wall", "pledge_featured", "pledge_conf")):
                found.append(f"reads {index}")
            if node.get("Rows Removed by Filter", 0) > (MOST_SKIPPED_OF_BODIES if "bodies" in index else MOST_SKIPPED):
                found.append(f"skips {node['Rows Removed by Filter']} rows of {index}")
        if plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] > MOST_BUFFERS:
            found.append(f"reads {plan['Shared Hit Blocks'] + plan['Shared Read Blocks']} buffers")
    return found


def choices(main, old):
    """Every combination of what can be chosen: common and rare, together and apart."""
    for kind in ("", "person", "organisation", "authority"):
        for campaign in (None, main, old):
            for country in ("", "BR", "NL", "PT", "TV"):
                yield Choice(country, campaign, kind)


def expected(choice, **number):
    """The numbers of a page by the plainest question there is."""
    chosen = {"country": choice.country, "campaign": choice.campaign, "kind": choice.kind}
    rows = Pledge.objects.filter(**{name: value for name, value in chosen.items() if value}, **number)
    rows = rows.exclude(public_name="") if choice.country == "TV" else rows
    newest_first = "number__gt" not in number
    numbers = list(rows.order_by("-number" if newest_first else "number").values_list("number", flat=True)[:48])
    return numbers if newest_first else numbers[::-1]


def test_every_choice_is_read_from_an_index_of_the_wall_on_its_first_page_and_deep_in_it(campaigns):
    faults = {}
    for choice in choices(**campaigns):
        for place in ({}, {"before": HEARTS // 2}, {"before": 1500}, {"after": HEARTS // 2}, {"after": 500}):
            if found := faults_of(lambda choice=choice, place=place: wall.page(choice, **place)):
                faults[(choice.kind, str(choice.campaign), choice.country, *place.items())] = found
        for place, number in (({"before": 1500}, {"number__lt": 1500}), ({"after": 500}, {"number__gt": 500})):
            hearts = wall.page(choice, **place).hearts
            assert [heart.pledge.number for heart in hearts] == expected(choice, **number)

    assert faults == {}
    assert faults_of(lambda: wall.first_number_after(FIRST_DAY + dt.timedelta(days=50))) == []
    assert wall.first_number_after(FIRST_DAY) == 24 * 60
