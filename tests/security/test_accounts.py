"""Accounts and sessions of staff: none by default, keys that nobody guesses, the way out on every page."""

import datetime as dt
import json
import re

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import get_password_validators
from django.core.exceptions import ValidationError
from django.utils import timezone

from office.signing_in.store import SessionStore
from tests.blueheart.test_settings import PRODUCTION, run
from tests.office.conftest import ada, desk, give_password, phone, submit
from tests.office.factories import PASSWORD, StaffFactory, desk_of, sign_in

__all__ = ["ada", "desk", "give_password", "phone", "submit"]
ASKED_BEFORE_THE_DOOR = {"csrfmiddlewaretoken", "username", "password", "next", "code", "language", "keep", "form"}
FIELD = r'<(?:input|select|textarea)[^>]* name="([^"]+)"'
PASSWORD_FIELD = r'<input[^>]*name="[^"]*password[^"]*"[^>]*>'


def session_key(browser) -> str:
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.mark.django_db
def test_a_migrated_database_has_no_account():
    assert not User.objects.exists()


def test_nobody_is_asked_a_secret_question(ada, phone, desk, give_password):
    pages = [desk.get("/staff/login/"), give_password(desk), desk.get("/staff/login/recovery/")]
    asked = {name for page in pages for name in re.findall(FIELD, page.content.decode())}
    assert {"username", "password", "code"} <= asked
    assert asked <= ASKED_BEFORE_THE_DOOR


def test_signing_in_gives_the_session_another_key(ada, phone, desk, give_password, submit):
    give_password(desk)
    before = session_key(desk)
    submit(desk, "/staff/login/code/", code=phone.code())

    assert desk.get("/staff/").status_code == 200
    assert session_key(desk) != before
    assert not SessionStore().exists(before)


@pytest.mark.django_db
def test_session_keys_are_long_and_never_alike():
    keys = {SessionStore()._get_new_session_key() for _n in range(200)}
    assert len(keys) == 200
    assert all(re.fullmatch(r"[a-z0-9]{32}", key) for key in keys)  # of 36 letters each: 165 bits
    assert len(set("".join(keys))) == 36


@pytest.mark.parametrize("path", ["/staff/", "/staff/my-account/", "/staff/pledges/pledge/", "/staff/auth/user/add/"])
def test_every_page_behind_the_door_has_the_way_out(ada, path):
    page = desk_of(ada).get(path).content.decode()
    assert re.search(r'<form[^>]*action="/staff/logout/"', page)


def test_leaving_clears_what_the_browser_holds(ada):
    answer = desk_of(ada).post("/staff/logout/")
    assert {'"cache"', '"cookies"', '"storage"'} <= set(answer.headers["Clear-Site-Data"].split(", "))


def test_passwords_are_twelve_characters_or_more():
    least = [each for each in settings.AUTH_PASSWORD_VALIDATORS if each["NAME"].endswith("MinimumLengthValidator")]
    (validator,) = get_password_validators(least)
    validator.validate("vg7 kq2 zt9p")
    with pytest.raises(ValidationError):
        validator.validate("vg7 kq2 zt9")


CHANGED = {"new_password1": "a quiet tram at 6", "new_password2": "a quiet tram at 6"}


def test_changing_a_password_takes_the_old_one(ada, desk, submit):
    browser = desk_of(ada)
    sign_in(browser, ada)
    refused = browser.post("/staff/password_change/", {"old_password": "not this one 77", **CHANGED})
    assert refused.status_code == 200
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)

    assert browser.post("/staff/password_change/", {"old_password": PASSWORD, **CHANGED}).status_code == 302
    ada.refresh_from_db()
    assert ada.check_password(CHANGED["new_password1"])


def test_passwords_are_hidden_while_they_are_typed(ada, client):
    pages = [client.get("/staff/login/"), desk_of(ada).get("/staff/password_change/")]
    fields = [field for page in pages for field in re.findall(PASSWORD_FIELD, page.content.decode())]
    assert len(fields) == 4
    assert [field for field in fields if 'type="password"' not in field] == []


@pytest.mark.parametrize("typed", ["  The Heart is Blue 77 ", "  the heart is blue 77 ", "The Heart is Blue 77"])
def test_passwords_are_checked_as_they_were_typed(db, desk, give_password, typed):
    right = "  The Heart is Blue 77 "
    StaffFactory(username="ada", password=right)
    came_in = give_password(desk, password=typed).redirect_chain
    assert bool(came_in) == (typed == right)


def test_a_password_does_not_run_out(ada, phone, desk, give_password):
    with time_machine.travel(timezone.now() + dt.timedelta(days=3 * 365)):
        assert give_password(desk).redirect_chain[-1][0].startswith("/staff/login/code/")


def test_passwords_are_kept_by_a_slow_hash():
    """PBKDF2 with SHA-256 and at least 600,000 rounds, as OWASP advises, or something that is dearer."""
    told = """
import json, django
django.setup()
from django.contrib.auth.hashers import get_hasher
print(json.dumps([get_hasher().algorithm, getattr(get_hasher(), "iterations", 0)]))
"""
    algorithm, rounds = json.loads(run(told, **PRODUCTION).stdout)
    assert algorithm in {"pbkdf2_sha256", "argon2", "scrypt"}
    assert rounds >= 600_000 or algorithm != "pbkdf2_sha256"
