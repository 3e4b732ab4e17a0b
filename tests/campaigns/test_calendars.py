"""The calendar file of a World Day, read back as RFC 5545 has it."""

import datetime as dt
import re

import pytest
import time_machine
from icalendar import Calendar

from tests.campaigns.factories import EditionFactory, EventFactory

pytestmark = pytest.mark.django_db

ADDRESS = "/en/world-day/2026/events.ics"


def file_of(client, address=ADDRESS):
    response = client.get(address)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return response.content


def entries(body):
    return {str(entry["uid"]).split("@")[0]: entry for entry in Calendar.from_ical(body).walk("VEVENT")}


def check_strictly(body):
    """What RFC 5545 asks of every file: lines, their folding, their nesting, and what each part must have once."""
    assert body.endswith(b"\r\n")
    raw = body.split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in raw)  # 3.1: CRLF ends a line, and nothing else does
    assert all(len(line) <= 75 for line in raw)  # 3.1: at most 75 octets
    lines = re.sub(rb"\r\n[ \t]", b"", body).decode("utf-8").split("\r\n")[:-1]
    parts, found = [], []
    for line in lines:
        assert re.match(r"[A-Za-z0-9-]+(;[^:]+)*:", line), line
        name, _colon, value = line.partition(":")
        if name == "BEGIN":
            parts.append((value, []))
        elif name == "END":
            kind, properties = parts.pop()
            assert kind == value
            found.append((kind, properties))
        else:
            parts[-1][1].append(name.split(";")[0])
    assert not parts
    needed = {"VCALENDAR": {"PRODID", "VERSION"}, "VEVENT": {"UID", "DTSTAMP", "DTSTART"}, "VTIMEZONE": {"TZID"}}
    needed |= {kind: {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"} for kind in ("STANDARD", "DAYLIGHT")}
    for kind, properties in found:
        assert all(properties.count(name) == 1 for name in needed[kind]), (kind, properties)
        assert not {"DTEND", "DURATION"} <= set(properties)
    named = {zone for line in lines for zone in re.findall(r";TZID=([^:;]+)", line)}
    assert named == {line.removeprefix("TZID:") for line in lines if line.startswith("TZID:")}
    return found


def test_file_is_strictly_valid_with_every_kind_of_event(client):
    EventFactory(title="A walk, with; signs\nand songs – " + "ü" * 120)
    EventFactory(start_time=None, end_time=None)
    EventFactory(end_time=None, is_cancelled=True, time_zone="Asia/Kathmandu", iso2="NP")
    EventFactory(time_zone="UTC", iso2="", place="online")
    EventFactory(time_zone="America/Bogota", ends_on=dt.date(2026, 8, 1), end_time=dt.time(2))

    found = check_strictly(file_of(client))

    assert [kind for kind, _properties in found].count("VEVENT") == 6
    assert [kind for kind, _properties in found].count("VTIMEZONE") == 3


@pytest.mark.parametrize("language", ["ar", "zh-hans", "ru"])
def test_file_in_another_script_is_strictly_valid(client, language):
    EventFactory(title_ar="مسيرة في القاهرة " * 8, title_ru="Прогулка " * 20)

    check_strictly(file_of(client, f"/{language}/world-day/2026/events.ics"))


@pytest.mark.parametrize(
    "broken", [(b"\r\n", b"\n"), (b"DTSTAMP", b"STAMP"), (b"\r\n ", b""), (b"END:VEVENT\r\n", b"")]
)
def test_strict_check_finds_what_is_wrong(client, broken):
    EventFactory(title="ü" * 120)
    body = file_of(client)

    with pytest.raises(AssertionError):
        check_strictly(body.replace(*broken))


def test_day_itself_lasts_all_day_and_has_its_theme(client):
    EditionFactory(year=2026, theme="Nobody is for sale")

    day = entries(file_of(client))["world-day-2026"]

    assert (day.decoded("dtstart"), day.decoded("dtend")) == (dt.date(2026, 7, 30), dt.date(2026, 7, 31))
    assert day["dtstart"].params["VALUE"] == "DATE"
    assert str(day["description"]) == "Nobody is for sale"
    assert str(day["url"]).endswith("/en/world-day/2026/")


def test_event_keeps_its_clock_place_page_and_number(client):
    EventFactory(slug="walk", title="The walk", url="https://example.org/walk").save()

    event = entries(file_of(client))["event-walk"]

    assert event["dtstart"].params["TZID"] == "Africa/Cairo"
    assert event.decoded("dtstart").astimezone(dt.UTC) == dt.datetime(2026, 7, 30, 15, tzinfo=dt.UTC)
    assert event.decoded("dtend").astimezone(dt.UTC) == dt.datetime(2026, 7, 30, 17, tzinfo=dt.UTC)
    assert str(event["location"]) == "Citadel of Cairo, Egypt"
    assert str(event["url"]) == "https://example.org/walk"
    assert event["sequence"] == 1
    assert str(event["status"]) == "CONFIRMED"


def test_event_of_several_days_without_hours_ends_after_the_last(client):
    EventFactory(slug="week", start_time=None, end_time=None, ends_on=dt.date(2026, 8, 5))

    event = entries(file_of(client))["event-week"]

    assert (event.decoded("dtstart"), event.decoded("dtend")) == (dt.date(2026, 7, 30), dt.date(2026, 8, 6))


def test_cancelled_event_stays_and_says_so_with_a_higher_number(client):
    event = EventFactory(slug="walk")
    event.is_cancelled = True
    event.save()

    entry = entries(file_of(client))["event-walk"]

    assert (str(entry["status"]), entry["sequence"]) == ("CANCELLED", 1)


def test_drafts_and_other_years_are_not_in_it(client):
    EventFactory(slug="mine")
    EventFactory(slug="secret", status="draft")
    EventFactory(slug="older", edition=EditionFactory(year=2025))

    assert entries(file_of(client)).keys() == {"world-day-2026", "event-mine"}


def test_names_are_the_same_in_every_language_and_texts_are_not(client):
    EventFactory(slug="walk", title="The walk", title_fr="La marche")

    english, french = (entries(file_of(client, f"/{language}/world-day/2026/events.ics")) for language in ("en", "fr"))

    assert [entry["uid"] for entry in english.values()] == [entry["uid"] for entry in french.values()]
    assert str(french["event-walk"]["summary"]) == "La marche"
    assert str(french["event-walk"]["location"]) == "Citadel of Cairo, Égypte"


def test_file_asked_again_is_not_sent_again(client):
    EventFactory()
    first = client.get(ADDRESS)

    again = client.get(ADDRESS, headers={"if-none-match": first.headers["ETag"]})

    assert again.status_code == 304


def test_coming_day_has_a_file_before_its_edition(client):
    EditionFactory(year=2026)

    with time_machine.travel(dt.datetime(2026, 11, 22, tzinfo=dt.UTC)):
        body = file_of(client, "/en/world-day/2027/events.ics")
        assert client.get("/en/world-day/2028/events.ics").status_code == 404

    check_strictly(body)
    assert entries(body).keys() == {"world-day-2027"}


def test_mallorys_title_begins_no_line_of_the_file(client):
    EventFactory(title="Walk\rATTACH:https://example.org/x", place="Here\r\nX-A:1\x0b\x85\u2028", organiser="a\rb")

    body = file_of(client)

    check_strictly(body)
    assert not any(line.startswith(("ATTACH", "X-A")) for line in body.decode().splitlines())


def test_day_that_nothing_follows_does_not_break_the_file(client):
    EventFactory(starts_on=dt.date.max, start_time=None, end_time=None, slug="last")

    assert entries(file_of(client))["event-last"]["dtstart"].dt == dt.date.max
