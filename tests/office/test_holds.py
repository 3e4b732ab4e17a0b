"""Mallory administers accounts, alone: they cannot make themselves a second person to sign what they ask for."""

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from blueheart.post.models import Message
from blueheart.trail.models import Entry
from office.roles import ROLES
from office.signing_in import holds
from office.signing_in.models import Hold, Session
from tests.office.factories import PASSWORD, StaffFactory, desk_of
from tests.office.test_accounts import page_of, save, somebody

pytestmark = pytest.mark.django_db


@pytest.fixture
def mallory():
    return desk_of(somebody("mallory", "Administrator"))


@pytest.fixture
def ann():
    return desk_of(somebody("ann", "Administrator"))


def is_shut(username) -> bool:
    """Whether the right password leads to the page that says that the account waits."""
    answer = Client().post("/staff/login/", {"username": username, "password": PASSWORD})
    if answer.status_code == 403:
        assert "waits for a second administrator" in answer.content.decode()
        assert not answer.wsgi_request.user.is_authenticated
        return True
    assert answer.status_code == 302
    return False


def make(desk, username, *roles):
    desk.post(
        reverse("admin:auth_user_add"), {"username": username, "email": f"{username}@example.org", "roles": roles}
    )
    puppet = User.objects.get(username=username)
    puppet.set_password(PASSWORD)  # what a mailed link does
    puppet.save()
    return puppet


def confirm(desk, person):
    return desk.post(page_of(person, "confirm"), {"act": "confirm"})


def test_roles_of_second_persons_are_those_that_sign_and_those_that_make_them():
    assert {
        "Administrator", "Finance approver", "Privacy officer"
    } == holds.SIGNING_ROLES  # fmt: skip
    signing = {name for role in ROLES for name in role.permissions if "approve" in name or "sign_" in name}
    assert signing <= holds.SECOND_PERSONS


@pytest.mark.parametrize("role", sorted(holds.SIGNING_ROLES))
def test_account_made_to_sign_is_shut_until_somebody_else_confirms_it(role, mallory, ann):
    puppet = make(mallory, "puppet", role)
    assert is_shut("puppet")
    assert "Changed by mallory" in ann.get(page_of(puppet)).content.decode()

    refused = confirm(mallory, puppet)
    assert "You changed this account yourself" in refused.content.decode()
    assert is_shut("puppet")

    assert confirm(ann, puppet).status_code == 302
    assert not is_shut("puppet")
    said = set(Entry.objects.filter(target_id=str(puppet.pk)).values_list("action", flat=True))
    assert {"staff.created", "staff.held", "staff.confirmed", "office.held-out"} <= said
    assert Message.objects.filter(kind="staff-role-changed").exists()


def test_account_that_signs_nothing_opens_at_once(mallory):
    make(mallory, "puppet", "Finance", "Editor")

    assert not is_shut("puppet")
    assert not Hold.objects.exists()


def test_signer_whose_address_another_changed_is_out_and_shut(mallory, ann):
    abe = somebody("abe", "Finance approver")
    his = desk_of(abe)

    save(mallory, abe, email="mallory@example.org")

    assert his.get("/staff/").status_code == 302
    assert not Session.objects.filter(account=abe).exists()
    assert is_shut("abe")
    confirm(ann, abe)
    assert not is_shut("abe")


def test_signer_who_changes_their_own_address_stays(ann):
    person = User.objects.get(username="ann")

    save(ann, person, email="ann@example.net", roles=None)

    assert ann.get("/staff/").status_code == 200
    assert not Hold.objects.exists()


def test_name_or_another_role_or_a_lost_phone_shut_nobody_out(mallory):
    abe = somebody("abe", "Finance approver")
    desk_of(abe)

    save(mallory, abe, first_name="Abraham", roles=["Editor", "Finance approver"])
    device = abe.totpdevice_set.get()
    mallory.post(reverse("admin:otp_totp_totpdevice_delete", args=[device.pk]), {"post": "yes"})
    mallory.post(page_of(abe, "password_change"), {"act": "send"})

    assert not Hold.objects.exists()


def test_puppet_that_another_makes_a_signer_waits_for_who_had_it_in_hand_too(mallory, ann):
    """Ann does not know whose the account is: she gives the role, and Mallory must not be the one who confirms."""
    puppet = make(mallory, "puppet", "Editor")

    save(ann, puppet, roles=["Editor", "Finance approver"])
    assert {each.get_username() for each in holds.held_by(puppet)} == {"mallory", "ann"}
    confirm(mallory, puppet)
    assert is_shut("puppet")

    confirm(ann, puppet)
    assert not is_shut("puppet")


def test_account_that_waits_confirms_nobody_not_even_by_a_session_that_was_open(mallory):
    accomplice = somebody("accomplice", "Editor")
    theirs = desk_of(accomplice)
    save(mallory, accomplice, roles=["Administrator"])
    puppet = make(mallory, "puppet", "Finance approver")

    assert confirm(theirs, puppet).status_code == 302
    assert confirm(theirs, puppet).headers["Location"].startswith("/staff/login/")

    assert is_shut("accomplice")
    assert is_shut("puppet")


def test_superuser_is_made_by_two(ann):
    boss, finn = StaffFactory(username="boss"), somebody("finn", "Finance")
    save(desk_of(boss), finn, is_superuser="on")
    assert is_shut("finn")

    assert confirm(ann, finn).status_code == 403, "who is no superuser touches none"
    second = desk_of(StaffFactory(username="second"))
    confirm(second, finn)

    assert not is_shut("finn")


def test_held_account_comes_in_by_no_second_factor_and_no_enrolment_that_was_begun_before(mallory):
    abe = somebody("abe", "Finance approver")
    begun = Client()
    begun.post("/staff/login/", {"username": "abe", "password": PASSWORD})
    assert begun.get("/staff/login/enrol/").status_code == 200

    save(mallory, abe, email="mallory@example.org")

    assert begun.get("/staff/login/enrol/").headers["Location"].startswith("/staff/login/")


def test_nobody_confirms_themselves(ann):
    person = User.objects.get(username="ann")
    Hold.objects.create(account=person, held_by=somebody("finn", "Finance"))

    assert confirm(ann, person).status_code == 403
    with pytest.raises(IntegrityError), transaction.atomic():
        Hold.objects.create(account=person, held_by=person)


def test_where_there_is_one_administrator_whoever_holds_the_server_confirms(mallory, capsys):
    make(mallory, "abe", "Finance approver")

    call_command("confirm_account", "abe")

    assert not is_shut("abe")
    assert "abe is confirmed." in capsys.readouterr().out
    assert Entry.objects.get(action="staff.confirmed").detail == {"on": "server"}
    with pytest.raises(CommandError):
        call_command("confirm_account", "nobody")
