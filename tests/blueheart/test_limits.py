"""How often one source may do one thing, and who the source is."""

import threading

import pytest
import time_machine
from django.db import connection

from blueheart.limits.addresses import client_address, subnet
from blueheart.limits.counting import spend
from blueheart.limits.jobs import forget_past_windows
from blueheart.limits.models import Counter


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
