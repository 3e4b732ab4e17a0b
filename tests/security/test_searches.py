"""What staff look for, often somebody's address, stands in no address of a page: browsers and logs keep those."""

import re

import pytest

from blueheart.admin import searches
from donations.models import Donor
from tests.office.factories import StaffFactory, desk_of

DONORS = "/staff/donations/donor/"


@pytest.fixture
def dora(db):
    Donor.objects.create(language="en", email="somebody.else@example.org")
    return Donor.objects.create(language="en", email="dora@example.org")


def found(page) -> int:
    return len(page.context["cl"].result_list)


def test_the_address_of_a_search_does_not_say_what_was_typed(dora):
    desk = desk_of(StaffFactory(username="ada"))
    assert 'name="look_for"' in desk.get(DONORS).content.decode()
    sent = desk.post(f"{DONORS}?_after=3&p=2", {searches.LOOK_FOR: " dora@example.org "})

    assert sent.status_code == 302
    assert re.fullmatch(re.escape(DONORS) + r"\?.*q=~[\w-]{16}", sent["Location"].replace("%7E", "~"))
    page = desk.get(sent["Location"])
    assert found(page) == 1
    addresses = re.findall(r'(?:href|action)="([^"]*)"', page.content.decode())
    assert addresses
    assert [address for address in addresses if "dora" in address] == []
    assert 'value="dora@example.org"' in page.content.decode()


def test_an_export_of_what_was_found_has_it_and_says_it_in_no_address(dora):
    desk = desk_of(StaffFactory(username="ada"))
    sent = desk.post(DONORS, {searches.LOOK_FOR: "dora@example.org"})
    query = sent["Location"].partition("?")[2]
    answer = desk.post(f"{DONORS}export/?{query}", {"format": "csv"})

    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2


def test_a_key_is_of_one_session_and_finds_nothing_elsewhere(dora):
    desk = desk_of(StaffFactory(username="ada"))
    sent = desk.post(DONORS, {searches.LOOK_FOR: "dora@example.org"})
    other = desk_of(StaffFactory(username="abe"))
    assert found(other.get(sent["Location"])) == 0
    assert found(desk.get(f"{DONORS}?q=~{'a' * 16}")) == 0


def test_an_empty_search_shows_the_whole_list_and_old_ones_are_forgotten(dora):
    desk = desk_of(StaffFactory(username="ada"))
    assert desk.post(DONORS, {searches.LOOK_FOR: " "})["Location"] == DONORS
    for number in range(searches.MOST_KEPT + 3):
        desk.post(DONORS, {searches.LOOK_FOR: f"{number} {'x' * 500}"})
    kept = desk.session[searches.KEPT]
    assert len(kept) == searches.MOST_KEPT
    assert max(map(len, kept.values())) == searches.LONGEST


def test_who_may_not_see_the_list_searches_nothing(dora):
    clerk = StaffFactory(username="cleo", is_superuser=False)
    assert desk_of(clerk).post(DONORS, {searches.LOOK_FOR: "dora@example.org"}).status_code == 403
