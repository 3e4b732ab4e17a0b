"""A mailed link, pressed by several at the same instant."""

from blueheart.visits.links import LinkExpiredError
from donations.services import donor_pages
from tests.donations.crowd import at_once
from tests.donations.factories import donor
from tests.donations.giving_desk import link_for


def press(token):
    try:
        return donor_pages.open_visit(token)
    except LinkExpiredError:
        return ""


def test_of_eight_who_press_at_once_one_gets_in(committed_db):
    token = link_for(donor()).split("/")[3]

    (secret,) = filter(None, at_once(press, [token] * 8, threads=8))

    assert donor_pages.visitor(secret) is not None
