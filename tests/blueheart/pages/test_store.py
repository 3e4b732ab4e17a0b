"""So many bytes, and what people ask for stays whatever else is asked for."""

import itertools

import pytest

from blueheart.pages.cache.answers import ROOM_FOR_HEADERS, Answer, Page
from blueheart.pages.cache.store import Store
from blueheart.pages.cache.watch import Stamp
from blueheart.pages.cache.wishes import Wish

KILOBYTES = 1024


def wish(path: str, query: str = "") -> Wish:
    return Wish("http", "localhost", path, query, True)


def page(size: int = 10 * KILOBYTES) -> Page:
    answer = Answer("200 OK", [("Content-Type", "image/png")], b"x" * (size - ROOM_FOR_HEADERS))
    return Page(answer, stamp=Stamp(0), made_at=0, renew_at=0)


@pytest.fixture
def store() -> Store:
    return Store(1000 * KILOBYTES)


def fill(store: Store) -> list[Wish]:
    """Pages that people read: asked for again and again."""
    read = [wish(f"/en/{number}/") for number in range(60)]
    for each in read:
        store.put(each, page())
    for each in itertools.chain(read, read):
        store.find(each)
    return read


@pytest.mark.parametrize("flood", ["paths", "queries", "queries asked for twice", "sizes"])
def test_flood_takes_a_small_part_alone(store, flood):
    read = fill(store)
    for number in range(3000):
        unknown = wish("/en/search/", f"q={number}") if "queries" in flood else wish(f"/en/hearts/{number}/")
        store.put(unknown, page(190 * KILOBYTES if flood == "sizes" and number % 5 == 0 else 10 * KILOBYTES))
        if "twice" in flood:
            store.find(unknown)
        store.find(read[number % len(read)])

        assert store.bytes <= store.most_bytes
    assert [each for each in read if store.find(each) is None] == []


def test_bytes_are_those_of_the_pages_that_are_there(store):
    for number in range(500):
        store.put(wish(f"/{number % 170}/", "q" * (number % 3)), page((6 + number % 40) * KILOBYTES))
        store.find(wish(f"/{number % 7}/"))
        if number % 50 == 0:
            store.drop(wish(f"/{number % 170}/", "q" * (number % 3)))
    slots = [*store._new.values(), *store._kept.values()]

    assert store.bytes == sum(slot.page.size for slot in slots)
    assert store._bytes_of_new == sum(slot.page.size for slot in store._new.values())
    store.clear()
    assert (store.bytes, store._bytes_of_new, len(store)) == (0, 0, 0)


def test_page_that_is_too_large_is_not_kept_and_takes_its_former_self_along(store):
    store.put(wish("/a/"), page())

    assert store.put(wish("/a/"), page(300 * KILOBYTES)) is None
    assert store.find(wish("/a/")) is None


def test_another_encoding_is_weighed(store):
    html = Answer("200 OK", [("Content-Type", "text/html")], b"<p>word</p>" * 5000)
    slot = store.put(wish("/a/"), Page(html, stamp=Stamp(0), made_at=0, renew_at=0))
    slot.page.shape("br")
    store.grew(slot)
    with_one = store.bytes
    slot.page.shape("identity")
    store.grew(slot)

    assert with_one < 6 * KILOBYTES
    assert store.bytes - with_one == 55_000


def test_page_that_nobody_reads_any_more_makes_room(store):
    """What is asked for today, and again while it is new, takes the place of yesterday's."""
    read = fill(store)
    for number in range(150):
        store.put(wish(f"/pt/{number}/"), page())
        store.find(wish(f"/pt/{number}/"))

    assert sum(store.find(each) is not None for each in read) == 0
