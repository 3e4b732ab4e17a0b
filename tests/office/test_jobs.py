"""The nightly checks shout."""

import pytest
from django.core.management import call_command

from campaigns.search.standing_pages import STANDING_PAGES
from donations import books
from office.jobs import check_books, recount_pledges
from pledges.models import PledgeTally
from tests.campaigns.factories import CampaignFactory

pytestmark = pytest.mark.django_db


def test_recount_is_silent_where_the_tallies_are_right(caplog):
    assert recount_pledges() == 0
    assert caplog.text == ""


def test_recount_shouts_where_a_tally_is_wrong_and_changes_nothing(caplog):
    tally = PledgeTally.objects.create(campaign=CampaignFactory(), country="DE", kind="person", confirmed=7)

    assert recount_pledges() == 1

    assert "a tally is wrong: " in caplog.text
    assert "the tally lacks -7 confirmed" in caplog.text
    assert PledgeTally.objects.get().confirmed == tally.confirmed


def test_books_are_checked_in_silence_where_they_are_true(caplog):
    assert check_books() == 0
    assert caplog.text == ""


def test_books_that_are_not_true_are_shouted_out(caplog, monkeypatch):
    finding = books.Finding("I1", "entries sum to zero", "transaction 7 is 5 USD off")
    monkeypatch.setattr(books, "findings", lambda: [finding])

    assert check_books() == 1
    assert "the books are not true: I1 entries sum to zero: transaction 7 is 5 USD off" in caplog.text


def test_content_is_loaded_once_however_often_it_is_asked_for(capsys, monkeypatch):
    monkeypatch.setattr("campaigns.search.standing_pages.STANDING_PAGES", STANDING_PAGES[:2])  # to read all takes long
    call_command("load_content")
    first = capsys.readouterr().out
    call_command("load_content")

    assert "precepts: " in first
    assert "precepts: 0\n" in capsys.readouterr().out
