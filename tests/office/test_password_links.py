"""Ann makes an account for Newt and never learns its password: a link does it, once, within a day."""

import datetime as dt
import re

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from blueheart.post.letters import write
from blueheart.post.models import Message
from blueheart.trail.models import Entry
from office.signing_in import password_links
from office.signing_in.models import PasswordLink, Session
from tests.office.factories import PASSWORD, StaffFactory, desk_of
from tests.office.test_accounts import page_of, somebody

pytestmark = pytest.mark.django_db
NEW = "seven hearts on a wall"


@pytest.fixture
def desk():
    return desk_of(somebody("ann", "Administrator"))


@pytest.fixture
def newt(desk):
    """Made by the form, as all accounts are."""
    desk.post(reverse("admin:auth_user_add"), {"username": "newt", "email": "newt@example.org", "roles": ["Editor"]})
    return User.objects.get(username="newt")


def mailed_links() -> list[str]:
    """The addresses in the mails that are due, as the worker writes them now."""
    mails = [write(message) for message in Message.objects.filter(kind="staff-password-link").order_by("pk")]
    return [re.search(r"http://localhost:\d+(/staff/login/password/\S+/)", mail.body)[1] for mail in mails if mail]


def set_password(browser, url, password=NEW, again=None):
    return browser.post(url, {"new_password1": password, "new_password2": again or password})


def told():
    return list(Entry.objects.acts().order_by("pk").values_list("action", flat=True))


def test_new_colleague_sets_their_own_password_and_then_connects_their_phone(desk, newt):
    assert not newt.has_usable_password()
    browser = Client()
    (link,) = mailed_links()

    page = browser.get(link)
    assert 'autocomplete="new-password"' in page.content.decode()
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in page.headers["Cache-Control"]
    answer = set_password(browser, link)

    assert answer.headers["Location"] == "/staff/login/"
    entered = browser.post("/staff/login/", {"username": "newt", "password": NEW}, follow=True)
    assert entered.redirect_chain[-1][0].startswith("/staff/login/enrol/")
    assert "office.password-set" in told()


def test_form_of_a_new_account_has_no_field_for_a_password(desk):
    page = desk.get(reverse("admin:auth_user_add")).content.decode()

    assert "password1" not in page
    assert "usable_password" not in page


def test_link_works_once_and_opening_it_spends_nothing(newt):
    browser = Client()
    (link,) = mailed_links()
    for _look in range(3):
        assert browser.get(link).status_code == 200

    assert set_password(browser, link).status_code == 302
    again = set_password(browser, link, "quite another one 5")

    assert again.status_code == 410
    newt.refresh_from_db()
    assert newt.check_password(NEW)


def test_link_is_dead_after_a_day_and_is_forgotten(newt):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        (link,) = mailed_links()
        clock.shift(dt.timedelta(hours=23, minutes=59))
        assert Client().get(link).status_code == 200
        clock.shift(dt.timedelta(minutes=2))

        assert Client().get(link).status_code == 410
        assert set_password(Client(), link).status_code == 410
        assert password_links.forget_past() == 1


def test_newer_link_voids_the_older(newt):
    (older,), newer = mailed_links(), password_links.mint(newt)

    assert Client().get(older).status_code == 410
    assert Client().get(reverse("admin:set_password", args=[newer])).status_code == 200


def test_database_holds_no_link_that_opens_anything(newt):
    (link,) = mailed_links()
    token = link.rstrip("/").rpartition("/")[2]

    kept = PasswordLink.objects.get()
    assert len(token) >= 43
    assert token not in (kept.digest, *Message.objects.values_list("cause", flat=True))
    assert Client().get(reverse("admin:set_password", args=[kept.digest])).status_code == 410


def test_deactivated_account_gets_no_link_and_its_link_is_dead(newt):
    (link,) = mailed_links()
    User.objects.filter(pk=newt.pk).update(is_active=False)

    assert Client().get(link).status_code == 410
    assert mailed_links() == []


def test_weak_passwords_are_refused_and_leave_the_link_good(newt):
    (link,) = mailed_links()

    page = set_password(Client(), link, "password1234")

    assert page.status_code == 200
    assert "too common" in page.content.decode()
    assert set_password(Client(), link).status_code == 302


def test_link_for_a_forgotten_password_ends_every_session_and_keeps_the_phone(desk):
    finn = somebody("finn", "Finance")
    his = desk_of(finn)
    desk.post(page_of(finn, "password_change"), {"act": "send"})
    assert his.get("/staff/").status_code == 200, "the present password holds until the new one stands"

    set_password(Client(), mailed_links()[0])

    assert not Session.objects.filter(account=finn).exists()
    assert his.get("/staff/").status_code == 302
    entered = Client().post("/staff/login/", {"username": "finn", "password": NEW}, follow=True)
    assert entered.redirect_chain[-1][0].startswith("/staff/login/code/")
    kinds = list(Message.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds.count("staff-role-changed") == 2, "Finn and Ann hear that a link was sent"
    assert kinds.count("staff-security") == 1, "Finn hears that it was used"


def test_no_administrator_sets_a_password(desk):
    finn = somebody("finn", "Finance")

    desk.post(page_of(finn, "password_change"), {"password1": NEW, "password2": NEW, "usable_password": "true"})
    desk.post(page_of(finn), {"username": "finn", "email": finn.email, "password": "x", "is_active": "on"})

    finn.refresh_from_db()
    assert finn.check_password(PASSWORD)


def test_nobody_asks_for_a_link_before_the_door():
    """There is no page by which a stranger has a mail sent, or learns who has an account."""
    for path in ("password_reset/", "login/password/", "login/forgot/"):
        assert Client().get(f"/staff/{path}").status_code in {302, 404}


def test_unknown_token_is_answered_like_an_old_one(newt):
    StaffFactory()

    answer = Client().get(reverse("admin:set_password", args=["x" * 43]))

    assert (answer.status_code, answer.headers["Referrer-Policy"]) == (410, "same-origin")
