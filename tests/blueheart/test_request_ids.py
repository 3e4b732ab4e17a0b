"""Each request has a name, which nobody outside chooses."""

import io
import logging
import re

import pytest
from django.test import Client

from blueheart import request_ids
from blueheart.log import LineFormatter

CHOSEN = "0123456789abcdef" * 2


@pytest.fixture
def written():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LineFormatter())
    logging.getLogger().addHandler(handler)
    yield stream.getvalue
    logging.getLogger().removeHandler(handler)


def name_in(line):
    return re.search(r" WARNING django.request (\w+) Not Found", line)[1]


def test_lines_of_a_request_bear_its_name_and_the_next_has_another(client, written):
    client.get("/en/nowhere/")
    client.get("/en/nowhere/")

    first, second = (name_in(line) for line in written().splitlines())
    assert request_ids.OURS.fullmatch(first)
    assert first != second


@pytest.mark.parametrize(
    ("proxies", "told", "is_taken"),
    [(1, CHOSEN, True), (0, CHOSEN, False), (1, "x\nforged", False), (1, CHOSEN + "0", False), (1, "", False)],
)
def test_name_is_our_own_proxys_or_made_here(client, settings, written, proxies, told, is_taken):
    settings.TRUSTED_PROXIES = proxies

    client.get("/en/nowhere/", headers={"X-Request-ID": told.replace("\n", " ")})

    assert (name_in(written()) == told) is is_taken


def test_page_of_an_error_tells_the_name_under_which_the_log_knows_it(written, monkeypatch):
    """Ada writes to us: with the name we find the lines, and need not ask what she did when."""
    monkeypatch.setattr("campaigns.views.people.Campaign", None)

    page = Client(raise_request_exception=False).get("/en/about/")

    assert page.status_code == 500
    assert "Internal Server Error: /en/about/" in written()
    assert request_ids.current() in written()
    assert request_ids.current() in page.content.decode()
