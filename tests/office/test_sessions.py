"""A session ends by itself and by its owner's hand, everywhere at once; what was typed outlives it."""

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from blueheart.moderation.models import NameWord
from blueheart.post.letters import write
from blueheart.post.models import Message
from blueheart.trail.models import Entry
from office.signing_in import kept_form, places, sessions
from office.signing_in.models import SeenPlace, Session
from tests.office.conftest import Phone
from tests.office.factories import PASSWORD, StaffFactory
from tests.office.test_sign_in import is_inside, secret_on

WORDS = "/staff/moderation/nameword/add/"


@pytest.fixture
def clock():
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


@pytest.fixture
def come_in(ada, phone, submit, give_password, clock):
    """Ada signs in by the forms, in a browser of her own; each time with a later code."""
    turns = iter(range(100))

    def come_in(**headers) -> Client:
        browser = Client(enforce_csrf_checks=True, headers=headers or None)
        if next(turns):
            clock.shift(dt.timedelta(seconds=61))
        give_password(browser)
        submit(browser, "/staff/login/code/", code=phone.code())
        return browser

    return come_in


def mails(kind):
    return list(Message.objects.filter(kind=kind).order_by("pk"))


def send(browser, url, **fields):
    return browser.post(url, fields | {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value})


def test_session_ends_after_thirty_idle_minutes_and_says_so(come_in, clock):
    desk = come_in()
    clock.shift(dt.timedelta(minutes=29, seconds=59))
    assert is_inside(desk)
    clock.shift(dt.timedelta(minutes=30, seconds=1))

    answer = desk.get("/staff/post/message/", follow=True)

    assert answer.redirect_chain == [("/staff/login/?next=%2Fstaff%2Fpost%2Fmessage%2F", 302)]
    assert "You were signed out after 30 minutes without a sign of you." in answer.content.decode()
    assert not Session.objects.filter(is_inside=True).exists()


def test_session_that_is_over_opens_no_door_with_a_code_alone(come_in, clock, phone, submit):
    desk = come_in()
    clock.shift(dt.timedelta(minutes=31))

    for door in ("code", "recovery", "enrol"):
        answer = desk.get(f"/staff/login/{door}/")
        assert answer.headers["Location"].startswith("/staff/login/")
        assert "/code/" not in answer.headers["Location"]
    submit(desk, "/staff/login/code/", code=phone.code())

    assert not is_inside(desk)


def test_busy_session_is_written_at_most_once_a_minute(come_in, clock, django_assert_num_queries):
    desk = come_in()
    row = Session.objects.get(is_inside=True)

    def written() -> bool:
        before, row.session_data = row.session_data, ""
        row.refresh_from_db()
        return row.session_data != before

    clock.shift(dt.timedelta(seconds=59))
    is_inside(desk)
    assert not written()
    clock.shift(dt.timedelta(seconds=2))
    is_inside(desk)
    assert written()


def test_after_eight_hours_the_reason_is_another(come_in, clock):
    desk = come_in()
    for _turn in range(16):
        clock.shift(dt.timedelta(minutes=29, seconds=50))
        assert is_inside(desk)
    clock.shift(dt.timedelta(minutes=5))

    assert "You were signed out after 8 hours." in desk.get("/staff/", follow=True).content.decode()


def test_asking_for_the_time_left_does_not_lengthen_it(come_in, clock):
    desk = come_in()
    clock.shift(dt.timedelta(minutes=10))
    assert desk.get("/staff/login/time-left/").json() == {"seconds": 20 * 60}
    clock.shift(dt.timedelta(minutes=20, seconds=1))

    assert desk.get("/staff/login/time-left/").json() == {"seconds": 0}
    assert not is_inside(desk)
    assert Client().get("/staff/login/time-left/").json() == {"seconds": 0}


def test_what_was_sent_too_late_is_kept_and_sent_when_ada_is_back(come_in, clock, phone, submit, give_password):
    desk = come_in()
    desk.get(WORDS)
    clock.shift(dt.timedelta(minutes=31))

    answer = send(desk, WORDS, language="en", word="grue\nsome")
    assert "What you had typed is kept" in desk.get(answer.headers["Location"]).content.decode()
    give_password(desk, url=answer.headers["Location"])
    page = submit(desk, "/staff/login/code/", code=phone.code())

    assert page.redirect_chain[-1][0] == "/staff/login/kept/"
    assert f'action="{WORDS}"' in page.content.decode()
    assert not NameWord.objects.filter(word__startswith="grue").exists()
    assert dict(page.context["kept"].fields)["word"] == "grue\nsome"

    send(desk, WORDS, language="en", word="gruesome")
    assert NameWord.objects.filter(word="gruesome").exists()
    assert kept_form.KEPT not in desk.session


def test_what_ada_typed_is_not_shown_to_who_comes_after_her(come_in, clock, submit, give_password):
    desk = come_in()
    clock.shift(dt.timedelta(minutes=31))
    send(desk, WORDS, word="a secret of Ada")
    mallory = StaffFactory(username="mallory")

    secret = secret_on(give_password(desk, username="mallory"))
    submit(desk, "/staff/login/enrol/", code=Phone(secret).code())
    page = desk.get("/staff/login/kept/", follow=True)

    assert desk.session["_auth_user_id"] == str(mallory.pk)
    assert "a secret of Ada" not in page.content.decode()


@pytest.mark.parametrize(
    "fields",
    [{"old_password": PASSWORD, "new_password1": "x"}, {"word": "w" * kept_form.LARGEST}, {}],
    ids=["passwords", "too long", "nothing"],
)
def test_passwords_and_what_is_too_long_are_not_kept(fields, come_in, clock):
    desk = come_in()
    clock.shift(dt.timedelta(minutes=31))

    answer = send(desk, WORDS, **fields)

    assert "is kept" not in desk.get(answer.headers["Location"]).content.decode()
    assert kept_form.KEPT not in desk.session


def test_kept_form_is_forgotten_after_half_an_hour(come_in, clock, phone, submit, give_password):
    desk = come_in()
    clock.shift(dt.timedelta(minutes=31))
    send(desk, WORDS, word="late")
    clock.shift(dt.timedelta(minutes=31))

    give_password(desk)
    page = submit(desk, "/staff/login/code/", code=phone.code())

    assert page.redirect_chain[-1][0] == "/staff/"


def test_new_password_ends_the_other_browser_at_once(ada, come_in):
    mine, other = come_in(), come_in()
    mine.get("/staff/password_change/")

    answer = send(mine, "/staff/password_change/", old_password=PASSWORD,
                  new_password1="another heart 88", new_password2="another heart 88")  # fmt: skip

    assert answer.status_code == 302
    assert Session.objects.filter(account=ada).count() == 1
    assert (is_inside(mine), is_inside(other)) == (True, False)
    assert Entry.objects.filter(action="office.password-changed", actor=ada).exists()
    assert len(mails("staff-security")) == 1


def test_new_phone_ends_the_other_browser_at_once(ada, come_in, submit):
    mine, other = come_in(), come_in()
    secret = secret_on(mine.get("/staff/login/enrol/"))

    submit(mine, "/staff/login/enrol/", code=Phone(secret).code())

    assert Session.objects.filter(account=ada).count() == 1
    assert (is_inside(mine), is_inside(other)) == (True, False)


def test_all_other_sessions_end_by_one_button_and_nobody_elses(ada, come_in):
    mine, other, third = come_in(), come_in(), come_in()
    bea = StaffFactory(username="bea")
    elsewhere = Client()
    elsewhere.force_login(bea, backend="django.contrib.auth.backends.ModelBackend")
    page = mine.get("/staff/my-account/")
    assert [each.is_this for each in page.context["open_sessions"]] == [False, False, True]

    token = mine.cookies["csrftoken"].value
    fields = {"end": "others", "csrfmiddlewaretoken": token}
    page = mine.post("/staff/my-account/", fields, follow=True).content.decode()

    assert "2 other sessions are ended." in page
    assert [is_inside(desk) for desk in (mine, other, third)] == [True, False, False]
    assert "_auth_user_id" in elsewhere.session


def test_sign_in_from_a_browser_that_was_seen_tells_nobody_and_a_new_one_tells_the_owner(come_in):
    come_in(user_agent="Firefox/144.0 (X11)")
    come_in(user_agent="Firefox/145.0 (X11)")
    assert len(mails("staff-signed-in")) == 1

    come_in(user_agent="Safari/19 (Macintosh)")

    first, second = mails("staff-signed-in")
    assert (first.cause.split(":")[0], second.language) == ("staff-signed-in", "en")


def test_place_that_was_not_seen_for_thirty_days_is_new_and_is_forgotten(come_in, clock, ada, rf):
    come_in(user_agent="Firefox/144.0 (X11)")
    clock.shift(dt.timedelta(days=31))
    come_in(user_agent="Firefox/144.0 (X11)")
    assert len(mails("staff-signed-in")) == 2

    clock.shift(dt.timedelta(days=31))
    assert places.forget_old() == 2
    assert not SeenPlace.objects.exists()
    assert sessions.forget_ended() >= 1


def test_mail_of_a_sign_in_says_when_where_and_what_to_do_and_no_whole_address(come_in):
    come_in(user_agent="Safari/19 (Macintosh)")

    mail = write(mails("staff-signed-in")[0])

    assert mail.to == ["ada@example.org"]
    assert "A new sign-in to your office account" in mail.subject
    assert "UTC" in mail.body
    assert "127.0.0.0/24" in mail.body
    assert "127.0.0.1" not in mail.body
    assert "Was this not you" in mail.body
    assert "/staff/my-account/" in mail.body


@pytest.mark.parametrize("page", ["recovery-codes/", "login/enrol/"])
def test_owner_hears_of_new_codes_and_of_a_new_phone(page, ada, come_in, submit):
    desk = come_in()
    fields = {"code": Phone(secret_on(desk.get("/staff/login/enrol/"))).code()} if "enrol" in page else {}

    submit(desk, f"/staff/{page}", **fields)

    (mail,) = (write(message) for message in mails("staff-security"))
    assert mail.to == [ada.email]


def test_page_that_stays_open_learns_from_a_script_that_the_session_is_over(come_in):
    page = come_in().get("/staff/").content.decode()

    assert 'content="/staff/login/time-left/"' in page
    assert "js/office-session.js" in page
