"""Which replicas may make a page, and that any page may be made by one."""

import contextlib
import logging

import pytest
from django.db import OperationalError, connection, connections, transaction

from blueheart import lanes
from blueheart.pages import versions
from blueheart.pages.cache import PageCache
from blueheart.pages.cache.making import Making
from blueheart.pages.cache.watch import TRUSTED_SECONDS, Watch
from blueheart.pages.cache.wishes import Wish
from blueheart.postgresql import deadline, replicas, roles
from blueheart.postgresql.cluster import APPLICATION_ROLE
from tests.blueheart.pages.asking import ask
from tests.blueheart.pages.site import AskingClient, fill, open_page, public_pages
from tests.growing.test_replicas import followed

HOME = Wish("http", "localhost", "/en/", "", True)


class Hands:
    """Time that passes when a test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hands():
    return Hands()


@pytest.fixture
def found(place, settings, hands):
    """The replica's settings, and what makes pages from it."""
    address = {"ENGINE": "blueheart.postgresql", "NAME": place.name, "USER": "blueheart", "PORT": "5432"}
    settings.DATABASE_REPLICAS = [address | {"HOST": str(place.replica.run)}]
    known = replicas.Replicas(settings.DATABASE_REPLICAS, clock=hands)
    yield known
    for replica in known.all:
        replica.connection().close()


@pytest.fixture
def watch(found):
    watch = Watch()
    watch.poll()
    return watch


@pytest.fixture(scope="module")
def portal():
    """Made before a test begins: Django sets logging up with it."""
    return lanes.application()


@pytest.fixture
def making(portal, watch, found):
    return Making(portal, watch, found)


def test_every_page_that_is_kept_can_be_made_from_a_replica(place, making, watch, content_rows):
    """One that writes could not: it would be made twice, for ever."""
    with transaction.atomic():
        content_rows.put_back()
        fill()
    followed(place)
    watch.poll()
    client, not_made = AskingClient(), []
    pages = [page for page in public_pages() if page.rule.kept]
    for page in pages:
        asked = open_page(client, page).request
        wish = Wish("http", "localhost", asked["PATH_INFO"], asked["QUERY_STRING"], page.rule.numbers)
        answer = making.from_replica(wish)
        if answer is None or not answer.status.startswith("200"):
            not_made.append(page.name)

    assert len(pages) > 30
    assert not_made == []


def test_a_replica_that_has_not_heard_of_the_last_change_makes_no_page(place, making, watch, hands):
    assert making.from_replica(HOME)
    with place.replica.lagging():
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO pages_version (topic, changes) VALUES ('content', 1)")  # as any change does
        watch.poll()
        assert making.from_replica(HOME) is None
    followed(place)

    assert making.from_replica(HOME) is None, "it is asked again a moment later"
    hands.now += replicas.BEHIND_SECONDS
    assert making.from_replica(HOME)


def test_a_replica_that_follows_makes_pages_while_the_log_goes_on(place, making, watch):
    """All the time something is written that no page shows, and the newest words of the log may not be sent yet."""
    with place.replica.lagging():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_logical_emit_message(true, 'test', 'nothing that a page shows')")
        watch.poll()
        assert making.from_replica(HOME)


def test_a_database_that_somebody_writes_to_is_no_replica(place, portal, settings, hands, caplog):
    primary = connection.settings_dict
    address = {key: primary[key] for key in ("ENGINE", "NAME", "USER", "PORT", "HOST")}
    settings.DATABASE_REPLICAS = [address]
    known, watch = replicas.Replicas(settings.DATABASE_REPLICAS, clock=hands), Watch()
    watch.poll()

    with contextlib.closing(known.all[0].connection()), caplog.at_level(logging.WARNING):
        assert Making(portal, watch, known).from_replica(HOME) is None
    assert "it is no replica" in caplog.text


def test_a_page_whose_connection_was_replaced_meanwhile_is_made_by_the_primary(portal, found, watch):
    """Behind one name there may be several servers: the next one was not asked what it knows."""

    def replaced(environ, start_response):
        found.all[0].connection().close()
        return portal(environ, start_response)

    assert Making(portal, watch, found).from_replica(HOME)
    assert Making(replaced, watch, found).from_replica(HOME) is None


def test_what_a_replica_does_not_answer_brings_the_primary_not_in_doubt(place, making, settings, monkeypatch):
    monkeypatch.setattr(deadline, "TRIAL_SECONDS", 0.5)
    settings.DATABASE_DEADLINE_SECONDS = 5
    connection.close()
    try:
        assert making.from_replica(HOME)
        with place.replica.frozen():
            assert making.from_replica(HOME) is None
            assert not deadline._in_doubt.is_set()
    finally:
        deadline._in_doubt.clear()
        deadline.install(None)


@pytest.fixture
def away(monkeypatch):
    """From now on the primary takes no connection."""

    def refuse(_parameters):
        raise OperationalError("the primary is away")

    def go() -> None:
        primary = connections["default"]
        primary.close()
        monkeypatch.setattr(primary, "get_new_connection", refuse)

    return go


def test_while_the_primary_is_away_replicas_make_pages_that_nobody_keeps(portal, found, hands, away):
    watch = Watch(clock=hands, next_moment=lambda _after: None)
    watch.keep_running = lambda: None
    cache = PageCache(portal, most_bytes=1 << 22, watch=watch, replicas=found, clock=hands)
    watch.poll()
    away()
    assert ask(cache, "/en/search/", "q=heart").status == 200, "the last word is new enough to keep what follows it"
    assert len(cache.store) == 1

    hands.now += TRUSTED_SECONDS
    watch.poll()
    told = [ask(cache, "/en/search/", "q=away"), ask(cache, "/en/search/", "q=author", cookie="csrftoken=c")]
    assert [(each.status, each.headers["Server-Timing"]) for each in told] == [(200, "cache;desc=bypass")] * 2
    assert len(cache.store) == 1
    assert ask(cache, "/en/pledge/").status == 503


def test_a_role_that_may_too_much_makes_no_page_in_production(place, making, settings, caplog, monkeypatch):
    monkeypatch.setattr(roles, "_judged", set())
    settings.PRODUCTION = True
    with caplog.at_level(logging.WARNING):
        assert making.from_replica(HOME) is None
    assert "is a superuser" in caplog.text


def test_the_roles_of_a_replica_are_those_of_the_database(place, settings, hands, monkeypatch):
    roles.grant_application_role(connection, APPLICATION_ROLE)
    followed(place)
    monkeypatch.setattr(roles, "_judged", set())
    address = {"ENGINE": "blueheart.postgresql", "NAME": place.name, "USER": APPLICATION_ROLE, "PORT": "5432"}
    settings.DATABASE_REPLICAS = [address | {"HOST": str(place.replica.run)}]
    known, watch = replicas.Replicas(settings.DATABASE_REPLICAS, clock=hands), Watch()
    watch.poll()
    settings.PRODUCTION = True

    with known.all[0].instead() as copied, contextlib.closing(copied):
        assert versions.read().is_standby


def test_nobody_leaves_a_transaction_for_a_replica(found):
    with transaction.atomic(), pytest.raises(RuntimeError, match="transaction"), found.all[0].instead():
        pass


def test_replicas_take_turns_and_one_that_was_away_is_tried_by_one(hands):
    three = replicas.Replicas([{"ENGINE": "blueheart.postgresql", "NAME": "x"}] * 3, clock=hands)
    assert [[each.name[-1] for each in three.in_turn()] for _time in range(4)] == [
        ["1", "2", "3"], ["2", "3", "1"], ["3", "1", "2"], ["1", "2", "3"],
    ]  # fmt: skip

    first = three.all[0]
    first.is_away("dead")
    assert not first.may_be_asked()
    hands.now += replicas.AWAY_SECONDS
    assert first.may_be_asked()
    assert not first.may_be_asked(), "the others wait for what the first one finds"
    first.is_well()
    assert first.may_be_asked()
