"""Who reads the database can come in by no session; everybody sees theirs, and ends them; so do administrators."""

import datetime as dt

import pytest
import time_machine
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from blueheart.post.letters import write
from blueheart.post.models import Message
from blueheart.trail.models import Entry
from office.privacy import retention
from office.signing_in import second_factor, sign_ins
from office.signing_in.models import Session
from tests.office.conftest import Phone
from tests.office.factories import PASSWORD, StaffFactory, desk_of
from tests.office.test_accounts import page_of, somebody
from tests.office.test_sign_in import actions, is_inside

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0"


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


@pytest.fixture
def come_in(ada, phone, submit, give_password, clock):
    """Ada signs in by the forms, in one browser after another."""

    def come_in(browser_name: str = FIREFOX, **headers) -> Client:
        clock.shift(dt.timedelta(seconds=61))
        browser = Client(enforce_csrf_checks=True, headers={"User-Agent": browser_name, **headers})
        give_password(browser)
        submit(browser, "/staff/login/code/", code=phone.code())
        return browser

    return come_in


def send(browser, url, **fields):
    return browser.post(url, fields | {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value}, follow=True)


def told(kind="staff-security"):
    return [write(message) for message in Message.objects.filter(kind=kind).order_by("pk")]


def test_what_stands_in_the_database_opens_no_session(come_in, settings):
    desk = come_in()
    key = desk.cookies[settings.SESSION_COOKIE_NAME].value
    row = Session.objects.get(is_inside=True)
    thief = Client()

    thief.cookies[settings.SESSION_COOKIE_NAME] = row.session_key

    assert key not in (row.session_key, row.session_data)
    assert not is_inside(thief)
    assert is_inside(desk)


def test_each_factor_begins_a_session_of_another_key_and_the_old_one_is_gone(
    ada, phone, desk, submit, give_password, settings
):
    keys = []
    desk.get("/staff/login/")
    desk.cookies[settings.SESSION_COOKIE_NAME] = "a-key-that-mallory-has-planted-01"
    for step in (lambda: give_password(desk), lambda: submit(desk, "/staff/login/code/", code=phone.code())):
        step()
        keys.append(desk.cookies[settings.SESSION_COOKIE_NAME].value)

    assert len({"a-key-that-mallory-has-planted-01", *keys}) == 3
    assert Session.objects.filter(account=ada).count() == 1


def test_own_sessions_are_listed_with_browser_and_network_and_ended_one_by_one(come_in):
    laptop, stolen = come_in(FIREFOX), come_in(EDGE)
    listed = laptop.get("/staff/my-account/").context["open_sessions"]
    assert [(each.browser, each.network, each.is_this) for each in listed] == [
        ("Edge, Windows", "127.0.0.0/24", False),
        ("Firefox, Linux", "127.0.0.0/24", True),
    ]

    page = send(laptop, "/staff/my-account/", end=listed[0].mark)

    assert "That session is ended." in page.content.decode()
    assert (is_inside(laptop), is_inside(stolen)) == (True, False)
    assert "One of your other sessions was ended." in told()[-1].subject
    assert "over already" in send(laptop, "/staff/my-account/", end=listed[0].mark).content.decode()


def test_session_that_was_idle_too_long_is_listed_no_more(come_in, clock):
    come_in(EDGE)
    clock.shift(dt.timedelta(minutes=30))

    assert len(come_in().get("/staff/my-account/").context["open_sessions"]) == 1


def test_nobody_ends_the_session_of_somebody_else(come_in):
    desk_of(StaffFactory(username="bea"))
    hers = Session.objects.get(account__username="bea")

    send(come_in(), "/staff/my-account/", end=hers.session_key)

    assert Session.objects.filter(pk=hers.pk).exists()


def test_administrators_end_the_sessions_of_one_colleague_or_of_many(db):
    ann, finn, fay = (somebody(name, role) for name, role in
                      {"ann": "Administrator", "finn": "Finance", "fay": "Finance"}.items())  # fmt: skip
    boss = StaffFactory(username="boss")
    desk, his, hers, bosss = (desk_of(person) for person in (ann, finn, fay, boss))

    desk.post(page_of(finn, "end_sessions"), {"act": "end"})
    assert (is_inside(his), is_inside(hers)) == (False, True)
    assert {mail.to[0] for mail in told("staff-role-changed")} == {finn.email, ann.email, boss.email}

    everybody = [person.pk for person in (ann, finn, fay, boss)]
    desk.post(reverse("admin:auth_user_changelist"), {"action": "end_sessions", "_selected_action": everybody})
    assert [is_inside(each) for each in (hers, bosss, desk)] == [False, True, True], "a superuser is left alone"
    ended = Entry.objects.filter(action="staff.sessions-ended").values_list("target_id", flat=True)
    assert sorted(ended) == sorted(str(person.pk) for person in (finn, ann, finn, fay))


@pytest.mark.parametrize("way", ["logout", "login/leave"])
def test_signing_out_sweeps_the_browser(way, office):
    answer = office.post(f"/staff/{way}/", {"csrfmiddlewaretoken": office.cookies["csrftoken"].value})

    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'


def test_what_staff_are_told_is_in_no_cookie(come_in, settings):
    desk = come_in()
    page = send(desk, "/staff/my-account/", end="others")

    assert "other sessions are ended" in page.content.decode()
    known = {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME}
    assert set(desk.cookies) <= known


def test_recovery_code_has_112_bits_and_its_use_is_told(ada, phone, desk, submit, give_password):
    code = second_factor.renew_recovery_codes(ada)[0]
    give_password(desk)

    submit(desk, "/staff/login/recovery/", code=code)

    assert len(second_factor.RECOVERY_ALPHABET) ** second_factor.RECOVERY_LENGTH > 2**128
    assert len(code.replace("-", "")) == second_factor.RECOVERY_LENGTH
    assert "office.recovery-code-used" in actions()
    assert "Somebody signed in with one of your recovery codes." in [mail.subject for mail in told()]


def test_code_two_steps_away_is_refused_and_a_phone_that_drifts_does_not_drag_the_window_along(ada, phone, clock):
    second_factor.verify_phone(ada, phone.code(steps_on=1))
    clock.shift(dt.timedelta(seconds=300))

    with pytest.raises(second_factor.CodeRefusedError):
        second_factor.verify_phone(ada, phone.code(steps_on=2))
    clock.shift(dt.timedelta(seconds=2))
    second_factor.verify_phone(ada, phone.code(steps_on=1))


def test_guesses_at_codes_count_over_all_of_mallorys_sessions(ada, phone, give_password, submit):
    first, second = (Client(enforce_csrf_checks=True) for _each in range(2))
    give_password(first), give_password(second)
    submit(first, "/staff/login/code/", code=phone.wrong_code())

    page = submit(second, "/staff/login/code/", code=phone.code())

    assert "Too many wrong codes" in page.content.decode()
    assert isinstance(phone, Phone)


def test_lock_out_is_written_down_once_and_told_to_the_owner_once_a_day(ada, desk, give_password, clock):
    for _try in range(10):
        give_password(desk, password="guess")
    (entry,) = Entry.objects.filter(action="office.locked-out")
    assert (entry.target_id, entry.actor, entry.detail) == (str(ada.pk), None, {})
    assert [mail.to for mail in told()] == [[ada.email]]

    clock.shift(dt.timedelta(hours=2))
    for _try in range(9):
        give_password(desk, password="guess")

    assert Entry.objects.filter(action="office.locked-out").count() == 2
    assert len(told()) == 1


def test_lock_out_of_nobodys_account_looks_the_same_and_tells_nobody(ada, desk, give_password):
    pages = {}
    for name in ("ada", "nobody"):
        for _try in range(9):
            pages[name] = give_password(desk, username=name, password="guess")

    assert pages["ada"].status_code == pages["nobody"].status_code == 429
    assert "wrong passwords" in pages["nobody"].content.decode()
    assert Entry.objects.get(action="office.locked-out", target_id="").detail == {}
    assert len(told()) == 1


def test_tries_to_sign_in_are_forgotten_after_ninety_days(db, clock, desk, give_password):
    StaffFactory(username="ada")
    give_password(desk, password="guess")
    give_password(desk, password=PASSWORD)
    AccessAttempt.objects.create(username="eve", ip_address="127.0.0.1", failures_since_start=1)
    AccessFailureLog.objects.create(username="eve", ip_address="127.0.0.1")
    clock.shift(dt.timedelta(days=89))
    AccessLog.objects.create(username="young", ip_address="127.0.0.1")
    assert sign_ins.forget_old() == 0
    clock.shift(dt.timedelta(days=2))

    (rule,) = (rule for rule in retention.RULES if rule.name == "forget-sign-ins")
    due = rule.count()

    assert due >= 3
    assert rule.forget() == due
    assert [log.objects.count() for log in (AccessAttempt, AccessFailureLog)] == [0, 0]
    assert list(AccessLog.objects.values_list("username", flat=True)) == ["young"]
    assert rule.is_nightly
