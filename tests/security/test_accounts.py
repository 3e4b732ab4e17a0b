"""Accounts and sessions of staff: none by default, keys that nobody guesses, the way out on every page."""

import re

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from office.signing_in.store import SessionStore
from tests.office.conftest import ada, desk, give_password, phone, submit
from tests.office.factories import desk_of

__all__ = ["ada", "desk", "give_password", "phone", "submit"]
ASKED_BEFORE_THE_DOOR = {"csrfmiddlewaretoken", "username", "password", "next", "code", "language", "keep", "form"}
FIELD = r'<(?:input|select|textarea)[^>]* name="([^"]+)"'


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
