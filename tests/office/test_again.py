"""Ada's desk stands open for a moment: who sits down at it changes no account without her password and her phone."""

import datetime as dt

import pytest
import time_machine
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from blueheart.trail.models import Entry
from office.signing_in import kept_form
from office.signing_in.models import Session
from tests.office.conftest import Phone
from tests.office.factories import PASSWORD, StaffFactory, sign_in
from tests.office.test_sign_in import is_inside

NEW = "seven hearts on a wall"


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


@pytest.fixture
def finn(db):
    return StaffFactory(username="finn", is_superuser=False)


@pytest.fixture
def open_desk(clock, ada, phone, desk):
    """Ada signed in eleven minutes ago, and was busy since."""
    sign_in(desk, ada)
    clock.shift(dt.timedelta(minutes=11))
    assert is_inside(desk)
    return desk


def send(desk, url, **fields):
    return desk.post(url, fields | {"csrfmiddlewaretoken": desk.cookies["csrftoken"].value})


def acts():
    return list(Entry.objects.acts().order_by("pk").values_list("action", flat=True))


def account_url(user, page="change"):
    return reverse(f"admin:auth_user_{page}", args=[user.pk])


def asked_again(answer) -> bool:
    return answer.status_code == 302 and answer.headers["Location"].startswith("/staff/login/again/?next=")


def test_pages_that_protect_the_account_open_after_both_factors_only(open_desk):
    for page in ("password_change/", "recovery-codes/", "login/enrol/"):
        assert asked_again(open_desk.get(f"/staff/{page}")), page
        assert asked_again(send(open_desk, f"/staff/{page}", old_password=PASSWORD, new_password1=NEW,
                                new_password2=NEW, code="123456")), page  # fmt: skip

    assert kept_form.KEPT not in open_desk.session or "password" not in str(open_desk.session[kept_form.KEPT])
    assert User.objects.get(username="ada").check_password(PASSWORD)
    assert acts() == []


def test_accounts_phones_and_sessions_change_after_both_factors_only(open_desk, ada, finn):
    other = TOTPDevice.objects.create(user=finn, name="phone")
    sent = [
        send(open_desk, reverse("admin:auth_user_add"), username="newt", email="newt@example.org"),
        send(open_desk, account_url(finn), username="finn", email="mallory@example.org"),
        send(open_desk, account_url(finn, "delete"), post="yes"),
        send(open_desk, account_url(finn, "password_change"), act="send"),
        send(open_desk, account_url(finn, "end_sessions"), act="end"),
        send(open_desk, account_url(finn, "confirm"), act="confirm"),
        send(open_desk, reverse("admin:auth_user_changelist"), action="end_sessions", _selected_action=[finn.pk]),
        send(open_desk, reverse("admin:otp_totp_totpdevice_delete", args=[other.pk]), post="yes"),
        send(open_desk, "/staff/my-account/", end="others"),
    ]

    assert [asked_again(answer) for answer in sent] == [True] * len(sent)
    assert acts() == []
    assert User.objects.filter(username="newt").count() == 0
    finn.refresh_from_db()
    assert finn.email == "finn@example.org"


def test_looking_asks_for_nothing(open_desk, finn):
    for url in (account_url(finn), reverse("admin:auth_user_changelist"), "/staff/my-account/"):
        assert open_desk.get(url).status_code == 200


def test_what_was_typed_is_kept_until_ada_has_shown_both_and_is_sent_by_her(open_desk, finn, phone, submit):
    fields = {"username": "finn", "email": "finn@example.net", "first_name": "Finn", "is_active": "on"}
    answer = send(open_desk, account_url(finn), **fields)
    assert "What you typed is kept" in open_desk.get(answer.headers["Location"]).content.decode()
    before = open_desk.session.session_key

    page = submit(open_desk, answer.headers["Location"], password=PASSWORD, code=phone.code())

    assert page.redirect_chain[-1][0] == "/staff/login/kept/"
    assert dict(page.context["kept"].fields) == fields
    assert open_desk.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()
    finn.refresh_from_db()
    assert finn.email == "finn@example.org"

    assert send(open_desk, page.context["kept"].path, **dict(page.context["kept"].fields)).status_code == 302
    finn.refresh_from_db()
    assert (finn.email, finn.first_name) == ("finn@example.net", "Finn")
    assert kept_form.KEPT not in open_desk.session


def test_both_are_wanted_and_a_used_code_is_none(open_desk, clock, phone, submit):
    again = "/staff/login/again/?next=/staff/recovery-codes/"
    code = phone.code()

    wrong_password = submit(open_desk, again, password="guess", code=code)
    assert "That is not your password" in wrong_password.content.decode()
    wrong_code = submit(open_desk, again, password=PASSWORD, code=phone.wrong_code())
    assert "That code is not right" in wrong_code.content.decode()
    clock.shift(dt.timedelta(seconds=2))

    assert submit(open_desk, again, password=PASSWORD, code=code).redirect_chain[-1][0] == "/staff/recovery-codes/"
    clock.shift(dt.timedelta(minutes=10, seconds=1))
    assert asked_again(open_desk.get("/staff/recovery-codes/"))
    assert acts() == ["office.password-refused", "office.code-refused", "office.signed-in-again"]


def test_code_that_let_ada_in_again_does_not_do_so_twice(open_desk, clock, phone, submit):
    again, code = "/staff/login/again/", phone.code()
    submit(open_desk, again, password=PASSWORD, code=code)

    assert "That code is not right" in submit(open_desk, again, password=PASSWORD, code=code).content.decode()


def test_guessing_the_password_at_an_open_desk_is_locked_like_the_front_door(open_desk, phone, submit):
    for _try in range(8):
        page = submit(open_desk, "/staff/login/again/", password="guess", code=phone.code())

    assert page.status_code == 429
    assert submit(open_desk, "/staff/login/again/", password=PASSWORD, code=phone.code()).status_code == 429


def test_fresh_sign_in_does_not_lengthen_the_day(open_desk, clock, phone, submit):
    until = open_desk.session.get("office-until")

    submit(open_desk, "/staff/login/again/", password=PASSWORD, code=phone.code())

    assert open_desk.session.get("office-until") == until


def test_page_of_the_fresh_sign_in_leads_to_no_foreign_place(open_desk, phone, submit):
    page = submit(
        open_desk, "/staff/login/again/?next=//evil.example/", password=PASSWORD, code=phone.code(),
        next="//evil.example/",
    )  # fmt: skip

    assert page.redirect_chain[-1][0] == "/staff/"


def test_who_has_only_a_password_does_not_reach_it(ada, phone, desk, give_password):
    give_password(desk)

    answer = desk.get("/staff/login/again/")

    assert answer.headers["Location"].startswith("/staff/login/?next=")
    assert isinstance(phone, Phone)
