"""What we sign and hand out, and believe when it comes back: stamps of forms, places in lists, keys of the desk."""

import datetime as dt
from types import SimpleNamespace

import pytest
import time_machine
from django.core import signing
from django.test import RequestFactory

from blueheart.api import lists
from blueheart.limits import counting, form_age
from blueheart.post.models import Message
from office.privacy import finding
from tests.security import code

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


class Reader:
    """Who works at the desk."""

    pk = 7


@pytest.fixture
def request_of_ada():
    request = RequestFactory().get("/staff/")
    request.user = Reader()
    return request


@pytest.fixture(autouse=True)
def nobody_is_looked_up(monkeypatch):
    monkeypatch.setattr(finding.subjects, "find", lambda email: SimpleNamespace(email=email))


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOW, tick=False):
        yield


def key(request) -> str:
    return finding.key_of(SimpleNamespace(email="dora@example.org"), request=request)


def test_a_value_that_was_altered_is_not_believed(request_of_ada):
    stamp, given = form_age.stamp(), key(request_of_ada)
    assert form_age.is_lasting(stamp)
    assert finding.behind(given, request=request_of_ada).email == "dora@example.org"
    for place in range(len(stamp)):
        other = "A" if stamp[place] != "A" else "B"
        assert not form_age.is_lasting(stamp[:place] + other + stamp[place + 1 :])
    for altered in (given[:-1], given[1:], given + "A", given.replace(":", "."), given.partition(":")[0], ""):
        with pytest.raises(finding.KeyOverError):
            finding.behind(altered, request=request_of_ada)


def test_a_value_that_is_too_old_is_not_believed(request_of_ada):
    stamp, given = form_age.stamp(), key(request_of_ada)
    with time_machine.travel(NOW + dt.timedelta(seconds=finding.KEY_SECONDS + 1), tick=False):
        with pytest.raises(finding.KeyOverError):
            finding.behind(given, request=request_of_ada)
        assert form_age.is_lasting(stamp)
    with time_machine.travel(NOW + dt.timedelta(seconds=form_age.LONGEST_SECONDS + 1), tick=False):
        assert not form_age.is_lasting(stamp)


def test_a_value_for_one_purpose_serves_no_other(request_of_ada):
    mallory = request_of_ada.user.pk
    said = [mallory, "dora@example.org"]
    forged = [signing.dumps(said, salt=salt, compress=True) for salt in ("pledges.sheets", "x")]
    for other in [*forged, form_age.stamp(), lists._signer().sign("1")]:
        with pytest.raises(finding.KeyOverError):
            finding.behind(other, request=request_of_ada)
    assert not form_age.is_lasting(key(request_of_ada))
    assert not form_age.is_lasting(signing.TimestampSigner(salt="office.privacy.person").sign("shown"))


def test_another_key_signs_nothing_of_ours(settings, request_of_ada):
    stamp, given = form_age.stamp(), key(request_of_ada)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-portal-" * 4, []
    assert not form_age.is_lasting(stamp)
    with pytest.raises(finding.KeyOverError):
        finding.behind(given, request=request_of_ada)


def test_a_key_that_is_being_changed_is_believed_until_it_has_gone(settings, request_of_ada):
    stamp = form_age.stamp()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "the-next-one-" * 5
    assert form_age.is_lasting(stamp)


def test_one_algorithm_signs():
    """Django's signatures are HMAC with SHA-256; no value says by which it wants to be checked."""
    assert signing.Signer(salt="a").algorithm == "sha256"

    def chosen(tree):
        for call in code.calls(tree):
            if code.name_of(call.func).rpartition(".")[2] in {"Signer", "TimestampSigner", "dumps", "loads"}:
                yield from (call for keyword in call.keywords if keyword.arg in {"algorithm", "signer", "serializer"})

    assert code.breaks(chosen, "Signer(algorithm='sha1')")
    assert code.findings(chosen) == []


def test_what_is_sealed_keeps_128_bits():
    """Seals that are cut to be short stay as long as 32 hexadecimal digits."""
    message = Message(pk=7, created_at=NOW)
    seal = message.message_id.partition("@")[0].rpartition(".")[2]
    assert len(seal) == 32
    assert message.is_known_as(message.message_id)
    assert not message.is_known_as(message.message_id.replace(seal, seal[:20]))
    assert len(counting.hashed("somebody")) == 32
