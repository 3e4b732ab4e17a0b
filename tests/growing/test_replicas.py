"""Pages from a streaming replica: two web processes, two databases. It lags, hangs, dies, and nobody is told less."""

import itertools
import time

import pytest
from django.conf import settings
from django.db import connection, transaction

from tests.campaigns.factories import NewsFactory
from tests.growing.servers import wait_until
from tests.pledges.factories import HeartFactory

BOUND = 2.0
LATE = 3.0  # for a machine that has more to do
PATIENT = 6.0  # a replica is given 2 seconds, once

numbers = itertools.count(1)


@pytest.fixture
def news(place):
    """News that no page has shown yet, on the replica too."""
    item = NewsFactory(slug=f"news-{next(numbers)}", title="Old words")
    followed(place)
    return item


def followed(place) -> None:
    """The replica knows all that was committed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()")
        (there,) = cursor.fetchone()
    wait_until(lambda: place.replica.ask(f"SELECT pg_last_wal_replay_lsn() >= '{there}'")[0][0], what="it follows")


def words(item, said: str) -> float:
    """Staff write other words; when they did."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE campaigns_newsitem SET title = %s, title_en = %s WHERE id = %s", [said, said, item.pk])
    return time.monotonic()


def path(item) -> str:
    return f"/en/news/{item.slug}/"


def made(webs, server: str) -> list[int]:
    return [web.made(server) for web in webs]


def warm(webs) -> None:
    """Each has heard of the database, and its replica is in use."""
    for web in webs:
        wait_until(lambda web=web: _is_read_from_replica(web), seconds=30, what="a page is made from the replica")


def _is_read_from_replica(web) -> bool:
    before = web.made("replica")
    assert web.ask(f"/en/search/?q=warm{next(numbers)}").status == 200
    return web.made("replica") > before


def test_pages_that_are_the_same_for_everyone_are_made_from_the_replica(webs, news):
    warm(webs)
    replica, primary = made(webs, "replica"), made(webs, "primary")

    answers = [web.ask(path(news)) for web in webs]

    assert [(answer.status, answer.title) for answer in answers] == [(200, "Old words")] * 2
    assert made(webs, "replica") == [number + 1 for number in replica]
    assert made(webs, "primary") == primary


def test_nobody_is_shown_old_words_by_a_replica_that_lags(webs, place, news):
    """A page of it would be kept as true, for the database has told of the change already."""
    warm(webs)
    with place.replica.lagging():
        changed = words(news, "New words")
        time.sleep(max(0.0, changed + LATE - time.monotonic()))
        shown = {web.ask(path(news)).title for web in webs for _time in range(5)}
        assert place.replica.ask(f"SELECT title FROM campaigns_newsitem WHERE id = {news.pk}", place.name) == [
            ("Old words",)
        ]
    assert shown == {"New words"}

    followed(place)
    warm(webs)
    assert {web.ask(path(news)).title for web in webs} == {"New words"}


def test_a_kept_page_is_renewed_within_the_bound_whoever_makes_it(webs, place, news):
    warm(webs)
    assert {web.ask(path(news)).title for web in webs} == {"Old words"}

    changed = words(news, "New words")
    while time.monotonic() < changed + BOUND:
        assert {web.ask(path(news)).title for web in webs} <= {"Old words", "New words"}
        time.sleep(0.1)
    time.sleep(LATE - BOUND)

    assert {web.ask(path(news)).title for web in webs} == {"New words"}


def test_whoever_has_sent_a_form_reads_from_the_database_itself(webs, place):
    """Sam has just confirmed. His heart is on no replica yet, and no version tells of it: the first is another's."""
    HeartFactory(number=1_000_000)
    followed(place)
    warm(webs)
    with place.replica.lagging():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger says that something changed
            HeartFactory(number=999_999, public_name="Samuela")
        replica = made(webs, "replica")
        cookie = f"{settings.CSRF_COOKIE_NAME}={'c' * 32}"
        walls = [web.ask("/en/hearts/", Cookie=cookie) for web in webs]

    assert [(wall.status, "Samuela" in wall.text) for wall in walls] == [(200, True)] * 2
    assert made(webs, "replica") == replica


def test_a_replica_that_hangs_costs_a_moment_once(webs, place, news):
    warm(webs)
    with place.replica.frozen():
        for web in webs:
            began = time.monotonic()
            assert web.ask(path(news)).status == 200
            assert time.monotonic() - began < PATIENT
        began = time.monotonic()
        assert {web.ask(f"/en/search/?q=hang{next(numbers)}").status for web in webs for _time in range(4)} == {200}
        assert time.monotonic() - began < PATIENT

    warm(webs)


def test_a_replica_that_dies_is_left_out_and_asked_again_when_it_is_back(webs, place, news):
    warm(webs)
    place.replica.kill()
    try:
        primary = made(webs, "primary")
        assert {web.ask(path(news)).status for web in webs} == {200}
        assert {web.ask(f"/en/search/?q=dead{next(numbers)}").status for web in webs for _time in range(4)} == {200}
        assert [now > before for now, before in zip(made(webs, "primary"), primary, strict=True)] == [True, True]
    finally:
        place.replica.start()

    warm(webs)
    for web in webs:
        said = web.log.read_text()
        assert "replica-1 is left out, reads go to the primary" in said
        assert "replica-1 is back" in said
