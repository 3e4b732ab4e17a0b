"""How often one source may do one thing, and who the source is."""

import dataclasses
import threading

import pytest
import time_machine
from django.db import connection

from blueheart.limits.addresses import client_address, neighbourhood, subnet
from blueheart.limits.counting import Use, spend, spend_all, spend_paced
from blueheart.limits.jobs import forget_past_windows
from blueheart.limits.models import Counter, Pause


@pytest.fixture
def clock():
    with time_machine.travel(1_800_000_000, tick=False) as traveller:
        yield traveller


def uses(number: int, key: str = "192.0.2.1", scope: str = "pledge") -> list[bool]:
    return [spend(scope, key, limit=3, seconds=60) for _n in range(number)]


def test_limit_lets_the_first_uses_through_and_no_more(db, clock):
    assert uses(5) == [True, True, True, False, False]


def test_limit_starts_anew_in_the_next_window(db, clock):
    uses(4)
    clock.shift(60)

    assert uses(1) == [True]


def test_sources_and_scopes_are_counted_apart(db, clock):
    uses(4)

    assert uses(1, key="192.0.2.2") == [True]
    assert uses(1, scope="donate") == [True]


def test_counter_holds_no_address(db, clock):
    uses(1)

    counter = Counter.objects.get()
    assert "192" not in counter.key
    assert len(counter.key) == 32


def test_key_cannot_be_found_without_the_secret(db, clock, settings):
    uses(1)
    first = Counter.objects.get().key
    settings.SECRET_KEY = "another"
    uses(1)

    assert Counter.objects.exclude(key=first).count() == 1


def test_past_windows_are_forgotten_and_the_running_one_is_kept(db, clock):
    uses(1, key="192.0.2.1")
    clock.shift(61)
    uses(1, key="192.0.2.2")

    assert forget_past_windows() == 1
    assert Counter.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 10_000, "\x00", "ж", "'; DROP TABLE limits_counter"])
def test_any_key_can_be_counted(db, key):
    assert spend("pledge", key, limit=1, seconds=60)
    assert not spend("pledge", key, limit=1, seconds=60)


def test_hundred_uses_at_once_are_counted_exactly(committed_db):
    allowed: list[bool] = []

    def use():
        try:
            allowed.extend(spend("pledge", "192.0.2.1", limit=30, seconds=86_400) for _n in range(10))
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert (len(allowed), sum(allowed)) == (100, 30)


@pytest.mark.parametrize("model", [Counter, Pause])
def test_counters_survive_no_crash_and_write_no_log(db, model):
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = %s", [model._meta.db_table])
        assert cursor.fetchone() == ("u",)


NEAR = Use("near", "192.0.2.1", limit=2, seconds=60)
FAR = Use("far", "192.0.2.0/24", limit=3, seconds=3600)
FORM = Use("form", "192.0.2.1", limit=4, seconds=3600, each_time=True)


def once(mailbox: str) -> Use:
    return Use("pair", mailbox, limit=1, seconds=3600)


def test_all_uses_of_a_request_are_counted_in_one_statement(db, clock, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert spend_all([NEAR, FAR, FORM], once=once("sam")) == frozenset()

    assert sorted(Counter.objects.values_list("scope", "count")) == [("far", 1), ("form", 1), ("near", 1), ("pair", 1)]


def test_each_limit_is_told_apart(db, clock):
    over = [spend_all([NEAR, FAR, FORM], once=once(str(number))) for number in range(5)]

    assert over == [set(), set(), {"near"}, {"near", "far"}, {"near", "far", "form"}]


def test_repeat_of_what_was_within_the_limits_counts_only_what_counts_each_time(db, clock):
    over = [spend_all([NEAR, FAR, FORM], once=once("sam")) for _again in range(6)]

    assert over == [set(), set(), set(), set(), {"form"}, {"form"}]
    assert Counter.objects.get(scope="near").count == 1


def test_repeat_of_what_was_over_a_limit_is_over_it_again(db, clock):
    for number in range(2):
        spend_all([NEAR], once=once(str(number)))

    assert [spend_all([NEAR], once=once("late")) for _again in range(2)] == [{"near"}, {"near"}]
    assert spend_all([NEAR], once=once("0")) == set()


def test_key_that_all_share_is_spread_over_rows_and_counted_as_one(db, clock):
    site = Use("site", "", limit=100, seconds=60, slots=16)
    over = [spend_all([site]) for _n in range(103)]

    assert over == [frozenset()] * 100 + [{"site"}] * 3
    rows = list(Counter.objects.values_list("count", flat=True))
    assert 10 <= len(rows) <= 16
    assert (sum(rows), max(rows) < 40) == (103, True)


def test_who_is_over_the_limit_of_each_time_uses_up_nothing_that_all_share(db, clock):
    def post(key: str) -> frozenset[str]:
        each_form = Use("forms", key, limit=3, seconds=60, each_time=True)
        return spend_all([each_form, Use("whole-site", "", limit=4, seconds=60, slots=4)])

    mallory = [post("192.0.2.1") for _post in range(10)]

    assert mallory == [frozenset()] * 3 + [frozenset({"forms"})] * 7
    assert [post("192.0.2.2"), post("192.0.2.3")] == [frozenset(), frozenset({"whole-site"})]


def test_requests_that_share_several_keys_never_wait_in_a_circle(committed_db):
    uses = [Use(scope, "all", limit=100, seconds=86_400) for scope in ("a", "b", "c", "d")]
    over: list[frozenset[str]] = []

    def use(in_order):
        try:
            over.extend(spend_all(in_order) for _n in range(25))
        finally:
            connection.close()

    threads = [threading.Thread(target=use, args=[uses[::step]]) for step in (1, -1) * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert (len(over), sum(1 for scopes in over if not scopes)) == (200, 100)


MAIL = Use("mail", "sam", limit=2, seconds=86_400)


def test_pace_lets_one_through_and_the_next_when_the_pause_is_over(db, clock, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert [spend_paced(MAIL, pause=600) for _again in range(2)] == [True, False]
    assert spend_paced(dataclasses.replace(MAIL, key="dora"), pause=600)
    clock.shift(599)
    assert not spend_paced(MAIL, pause=600)
    clock.shift(1)
    assert spend_paced(MAIL, pause=600)


def test_what_the_pause_refuses_is_not_counted(db, clock):
    allowed = []
    for _ten_minutes in range(3):
        allowed += [spend_paced(MAIL, pause=600) for _again in range(3)]
        clock.shift(600)

    assert allowed == [True, False, False] * 2 + [False] * 3


def test_pauses_that_are_over_are_forgotten(db, clock):
    spend_paced(MAIL, pause=600)
    clock.shift(500)
    spend_paced(dataclasses.replace(MAIL, key="dora"), pause=600)
    clock.shift(101)

    assert forget_past_windows() == 1
    assert Pause.objects.count() == 1


def request(rf, forwarded: str | None, remote: str = "10.0.0.1"):
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return rf.get("/", headers=headers, REMOTE_ADDR=remote)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, "10.0.0.1"),
        (0, "203.0.113.9", "10.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (1, None, "10.0.0.1"),
        (2, "203.0.113.9", "10.0.0.1"),
        (1, "not an address", "10.0.0.1"),
        (1, "203.0.113.9, ", "203.0.113.9"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "fe80::1%eth0", "fe80::1"),
    ],
)
def test_client_is_the_one_that_our_outermost_proxy_saw(rf, settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies

    assert client_address(request(rf, forwarded)) == address


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_visitor_holds_one_ipv4_address_or_a_whole_64_of_ipv6(address, network):
    assert subnet(address) == network


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::ffff:203.0.113.9", "203.0.113.0/24"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_around_it_lies_a_24_of_ipv4_or_a_48_of_ipv6(address, network):
    assert neighbourhood(address) == network
