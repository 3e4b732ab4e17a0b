"""Each request that Django answers is counted by what was asked for, never by who or where."""

from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import translation

from blueheart.metrics import figures
from blueheart.metrics.middleware import kind_of
from tests.blueheart.figures_told import grown, told


def asked(path):
    try:
        with translation.override(translation.get_language_from_path(path) or "en"):
            match = resolve(path)
    except Resolver404:
        match = None
    return SimpleNamespace(path_info=path, resolver_match=match)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/en/", "page"),
        ("/ar/hearts/", "page"),
        ("/en/tracker/", "page"),
        ("/en/pledge/", "pledge"),
        ("/en/pledge/confirm/a-secret-token/", "pledge"),
        ("/en/donate/", "gift"),
        ("/en/giving/a-secret-token/", "gift"),
        ("/staff/donations/donation/7/change/", "office"),
        ("/staff/nowhere/", "office"),
        ("/api/v1/stats", "api"),
        ("/stripe/webhook/", "webhook"),
        ("/healthz", "machine"),
        ("/metrics", "machine"),
        ("/", "other"),
        ("/wp-login.php", "nothing"),
    ],
)
def test_what_was_asked_for_is_one_of_ten_words(path, kind):
    assert kind_of(asked(path)) == kind


def test_answers_are_counted_with_their_time_by_kind_method_and_class(db):
    with grown() as more:
        Client().get("/wp-login.php")
        Client().get("/wp-admin/setup.php?user=dora@example.org")
        Client().post("/stripe/webhook/", b"{}", content_type="application/json")

    counted = {series: value for series, value in more.items() if series[0] == "blueheart_request_seconds_count"}
    name = "blueheart_request_seconds_count"
    assert counted == {
        (name, ("kind", "nothing"), ("method", "read"), ("status", "4xx")): 2,
        (name, ("kind", "webhook"), ("method", "write"), ("status", "4xx")): 1,
        (name, ("kind", "machine"), ("method", "read"), ("status", "2xx")): 1,  # the look before
    }


def test_no_label_is_longer_than_a_word(db):
    Client().get("/en/donate/a-campaign-that-is-not-there/?email=dora@example.org")

    values = {value for _name, *labels in told() for label, value in labels if label != "le"}
    assert [value for value in values if not value.replace("-", "").isalnum() or len(value) > 40] == []


def test_a_full_disk_stops_no_answer(db, monkeypatch):
    def full(*_labels):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(figures, "_requests", full)

    assert Client().get("/healthz").status_code == 200
