"""The log tells what went wrong, and opens nobody's page."""

import pytest
from django.test import Client

from blueheart import tokens


@pytest.mark.parametrize(("method", "status"), [("post", 403), ("put", 405)])
def test_refused_request_to_a_mailed_link_is_logged_without_its_token(caplog, method, status):
    """Sam's browser keeps no cookies: the link in the mail is still good, so it may not stand in the log."""
    token, _digest = tokens.mint()
    sam = Client(enforce_csrf_checks=method == "post")

    answer = getattr(sam, method)(f"/en/pledge/confirm/{token}/")

    assert answer.status_code == status
    assert token not in caplog.text
    assert "/en/pledge/confirm/…/" in caplog.text


def test_page_that_breaks_is_logged_without_the_token(caplog, monkeypatch):
    token, _digest = tokens.mint()
    monkeypatch.setattr("pledges.services.confirming.pledge_behind", lambda token, **how: 1 / 0)

    Client(raise_request_exception=False).get(f"/en/pledge/confirm/{token}/")

    assert token not in caplog.text
    assert "Internal Server Error: /en/pledge/confirm/…/" in caplog.text


def test_other_addresses_are_logged_as_they_are(caplog):
    Client().get("/en/hearts/../no-such-page-here/")

    assert "no-such-page-here" in caplog.text
