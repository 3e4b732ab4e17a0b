"""A person asks for their data, or to be forgotten: gifts and pledges together, by hand."""

import io
import json

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command

from blueheart.post import local_copies
from donations.services.privacy import ErasureHeldError
from pledges.models import InvalidationCase, Pledge
from tests.donations.factories import donor
from tests.donations.money_desk import member
from tests.pledges.factories import GroupFactory, HeartFactory

pytestmark = pytest.mark.django_db

SAM = "sam@example.org"


def run(command, email=SAM):
    said = io.StringIO()
    call_command(command, email, stdout=said)
    return said.getvalue()


def test_everything_of_gifts_and_pledges_is_exported():
    donor(SAM)
    HeartFactory(email=SAM)
    told = json.loads(run("export_subject", "SAM@example.org"))
    assert told["donations"]["donor"][0]["email"] == SAM
    assert told["pledges"]["pledges"][0]["public_name"] == "Sam"


def test_somebody_who_only_keeps_a_group_is_known_too():
    GroupFactory(keeper_email=SAM, keeper_name="Kim")
    assert json.loads(run("export_subject"))["pledges"]["groups"][0]["keeper_name"] == "Kim"
    assert run("erase_subject") == "0 pledges and 1 groups name nobody any more.\n"


def test_gifts_and_pledges_are_erased_together_and_then_nobody_is_known():
    dora = donor(SAM)
    HeartFactory(email=SAM)
    assert run("erase_subject") == (f"{dora.public_id} is erased.\n1 pledges and 0 groups name nobody any more.\n")
    for command in ("erase_subject", "export_subject"):
        with pytest.raises(CommandError, match="Nobody is known"):
            run(command)


def test_where_stripe_cannot_be_asked_pledges_stay_too(monkeypatch):
    def held(*args, **kwargs):
        raise ErasureHeldError("GatewayError")

    donor(SAM)
    HeartFactory(email=SAM)
    monkeypatch.setattr("office.privacy.subjects.donors.erase_subject", held)
    with pytest.raises(CommandError, match="Nothing was erased"):
        run("erase_subject")
    assert Pledge.objects.get().email == SAM


def test_what_remains_is_said_with_3():
    HeartFactory(email=SAM, public_name="Quillfeather")
    InvalidationCase.objects.create(
        title="a flood", why="a flood", name="Quillfeather", status="running", opened_by=member("ada", "view_pledge")
    )
    with pytest.raises(CommandError, match="invalidation case") as told:
        run("erase_subject")
    assert told.value.returncode == 3
    assert Pledge.objects.get().public_name == ""


def test_the_copies_of_mails_that_development_keeps_go_too():
    HeartFactory(email=SAM)
    for to in (SAM, "kim@example.org"):
        local_copies.EmailBackend().send_messages([EmailMessage("Your link", "Hello", to=[to])])
    assert "1 copies of mails" in run("erase_subject")
    assert [copy.to for copy in local_copies.newest()] == ["kim@example.org"]
    assert settings.MAIL_COPIES_DIR
