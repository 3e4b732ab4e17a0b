"""The way to a donor's own pages."""

import pytest

from tests.donations.factories import donation, donor
from tests.donations.giving_desk import mailed_link, visit

pytestmark = pytest.mark.django_db


def ask(client, email="dora@example.org", language="en"):
    return client.post(f"/{language}/giving/", {"email": email})


def test_a_mailed_link_opens_by_its_button_and_only_once(client, mailoutbox):
    donor()
    assert ask(client).url == "/en/giving/check-your-mail/"
    link = mailed_link(mailoutbox)

    assert client.get(link).status_code == 200
    assert client.get("/en/giving/home/").status_code == 403
    answer = client.post(link)
    assert answer.url == "/en/giving/home/"
    assert client.get("/en/giving/home/").status_code == 200
    assert "does not work any more" in client.post(link).content.decode()


def test_home_shows_gifts(client):
    donation("succeeded")
    assert "25" in visit(client).get("/en/giving/home/").content.decode()


def test_pages_open(client):
    gift = donation("succeeded")
    visit(client)
    for path in ("home/", f"gifts/{gift.public_id}/", f"gifts/{gift.public_id}/shown/", f"gifts/{gift.public_id}/refund/", "privacy/", "privacy/erase/"):
        assert client.get(f"/en/giving/{path}").status_code == 200, path
    assert client.post("/en/giving/privacy/download/").status_code == 200
