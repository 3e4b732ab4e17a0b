"""Ada comes into the office with a password and a phone; Mallory, who has one of them, does not."""

import base64
import datetime as dt
import re

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from django_otp.plugins.otp_totp.models import TOTPDevice

from blueheart.trail.models import Entry
from office.models import RecoveryCode
from office.signing_in import second_factor
from tests.office.conftest import Phone
from tests.office.factories import PASSWORD, StaffFactory

HOME = "/staff/"


@pytest.fixture
def office(ada, phone, desk, submit, give_password) -> Client:
    """Ada's desk, signed in by the forms."""
    give_password(desk)
    submit(desk, "/staff/login/code/", code=phone.code())
    return desk


def is_inside(desk: Client) -> bool:
    return desk.get(HOME).status_code == 200


def secret_on(page) -> str:
    text = re.search(r'office-secret" dir="ltr">([A-Z2-7 ]+)<', page.content.decode())[1]
    return base64.b32decode(text.replace(" ", "")).hex()


def recovery_codes_on(page) -> list[str]:
    return re.findall(r"<code>([a-z0-9]{4}(?:-[a-z0-9]{4}){6})</code>", page.content.decode())


def actions() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("action", flat=True))


def test_first_sign_in_connects_a_phone_and_hands_out_ten_codes_once(ada, desk, submit, give_password):
    page = give_password(desk)
    assert page.redirect_chain[-1][0].startswith("/staff/login/enrol/")

    page = submit(desk, "/staff/login/enrol/", code=Phone(secret_on(page)).code())

    codes = recovery_codes_on(page)
    assert len(set(codes)) == 10
    assert is_inside(desk)
    assert not RecoveryCode.objects.filter(digest__in=[*codes, *(code.replace("-", "") for code in codes)]).exists()
    assert actions() == ["office.password-accepted", "office.enrolled"]


def test_enrolment_page_shows_the_secret_as_picture_and_text_and_is_kept_by_nobody(ada, desk, give_password):
    page = give_password(desk)

    text = page.content.decode()
    assert "<svg" in text
    assert 'autocomplete="one-time-code"' in text
    assert 'inputmode="numeric"' in text
    assert "no-store" in page.headers["Cache-Control"]


def test_wrong_code_at_enrolment_keeps_the_secret_and_says_so(ada, desk, submit, give_password):
    secret = secret_on(give_password(desk))

    page = submit(desk, "/staff/login/enrol/", code=Phone(secret).wrong_code())

    assert "That code is not right" in page.content.decode()
    assert secret_on(page) == secret
    assert not TOTPDevice.objects.exists()


def test_sign_in_with_password_and_code_leads_to_the_page_that_was_wanted(ada, phone, desk, submit, give_password):
    page = give_password(desk, url="/staff/post/message/")
    assert "/staff/login/code/" in page.redirect_chain[-1][0]

    page = submit(
        desk, page.redirect_chain[-1][0], code=f" {phone.code()[:3]} {phone.code()[3:]} ", next="/staff/post/message/"
    )

    assert page.redirect_chain[-1][0] == "/staff/post/message/"
    assert page.status_code == 200
    assert actions() == ["office.password-accepted", "office.signed-in"]


@pytest.mark.parametrize(
    "path",
    [
        "",
        "post/message/",
        "trail/entry/",
        "auth/user/",
        "password_change/",
        "jsi18n/",
        "recovery-codes/",
        "nothing/there/",
    ],
)
def test_session_with_a_password_only_reaches_nothing(path, ada, phone, desk, give_password):
    give_password(desk)

    answer = desk.get(HOME + path)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/staff/login/")


def test_page_for_the_code_tells_nothing_of_what_is_inside(ada, phone, desk, give_password):
    page = give_password(desk)

    assert "/staff/auth/user/" not in page.content.decode()
    assert "Password" not in page.content.decode()


@pytest.mark.parametrize("door", ["code", "recovery"])
def test_pages_before_the_door_do_not_even_know_what_is_inside(door, ada, phone, desk, give_password):
    give_password(desk)

    context = desk.get(f"/staff/login/{door}/").context

    assert (context["available_apps"], context["log_entries"]) == ([], [])


def test_session_with_a_password_only_ends_after_ten_minutes(ada, phone, desk, submit, give_password):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        give_password(desk)
        clock.shift(dt.timedelta(minutes=10, seconds=1))
        page = desk.get("/staff/login/code/", follow=True)

    assert page.redirect_chain[-1][0] == "/staff/login/?next=%2Fstaff%2F"


def test_session_ends_eight_hours_after_sign_in_however_busy(ada, phone, desk, submit, give_password):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        give_password(desk)
        submit(desk, "/staff/login/code/", code=phone.code())
        for _turn in range(16):
            clock.shift(dt.timedelta(minutes=29))
            assert is_inside(desk)
        clock.shift(dt.timedelta(minutes=16, seconds=1))
        assert not is_inside(desk)


def test_code_works_once_even_in_another_browser(ada, phone, office, submit, give_password):
    replayed = phone.code()
    elsewhere = Client(enforce_csrf_checks=True)
    give_password(elsewhere)

    page = submit(elsewhere, "/staff/login/code/", code=replayed)

    assert "That code is not right" in page.content.decode()
    assert not is_inside(elsewhere)
    assert is_inside(office)


def test_code_used_at_enrolment_is_not_taken_again(ada, desk, submit, give_password):
    phone = Phone(secret_on(give_password(desk)))
    code = phone.code()
    submit(desk, "/staff/login/enrol/", code=code)
    elsewhere = Client(enforce_csrf_checks=True)
    give_password(elsewhere)

    submit(elsewhere, "/staff/login/code/", code=code)

    assert not is_inside(elsewhere)


def test_guessing_codes_makes_mallory_wait_and_is_written_down(ada, phone, desk, submit, give_password):
    give_password(desk)
    submit(desk, "/staff/login/code/", code=phone.wrong_code())

    page = submit(desk, "/staff/login/code/", code=phone.code())

    assert "Too many wrong codes" in page.content.decode()
    assert not is_inside(desk)
    assert actions()[1:] == ["office.code-refused", "office.code-refused"]


def test_ada_comes_in_after_the_wait(ada, phone, desk, submit, give_password):
    give_password(desk)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        submit(desk, "/staff/login/code/", code=phone.wrong_code())
        clock.shift(dt.timedelta(seconds=2))
        submit(desk, "/staff/login/code/", code=phone.code())
        assert is_inside(desk)


def test_code_of_mallorys_own_phone_does_not_open_adas_account(ada, phone, desk, submit, give_password):
    mallory = StaffFactory(username="mallory")
    own = Phone(TOTPDevice.objects.create(user=mallory, name="phone").key)
    give_password(desk)

    submit(desk, "/staff/login/code/", code=own.code())

    assert not is_inside(desk)


def test_who_knows_the_password_cannot_connect_a_second_phone(ada, phone, desk, give_password):
    give_password(desk)

    page = desk.get("/staff/login/enrol/", follow=True)

    assert "/staff/login/code/" in page.redirect_chain[-1][0]
    assert "office-secret" not in page.content.decode()


def test_secret_seen_by_mallory_before_is_not_the_one_that_ada_connects(ada, desk, submit, give_password):
    mallorys = Client(enforce_csrf_checks=True)
    stolen = Phone(secret_on(give_password(mallorys)))
    adas = Phone(secret_on(give_password(desk)))
    submit(desk, "/staff/login/enrol/", code=adas.code())

    for page in ("enrol", "code"):
        submit(mallorys, f"/staff/login/{page}/", code=stolen.code())

    assert not is_inside(mallorys)
    assert TOTPDevice.objects.get().key == adas.key.hex()


def test_two_enrolments_at_once_connect_one_phone(ada):
    first, second = second_factor.Enrolment.begin(), second_factor.Enrolment.begin()
    second_factor.enrol(user=ada, enrolment=first, code=Phone(first.key).code(), replacing=False)

    with pytest.raises(second_factor.AlreadyEnrolledError):
        second_factor.enrol(user=ada, enrolment=second, code=Phone(second.key).code(), replacing=False)


def test_recovery_code_lets_ada_in_once(ada, phone, desk, submit, give_password):
    code = second_factor.renew_recovery_codes(ada)[0]
    give_password(desk)
    page = submit(desk, "/staff/login/recovery/", code=code.upper())
    assert "You have 9 recovery codes left." in page.content.decode()

    elsewhere = Client(enforce_csrf_checks=True)
    give_password(elsewhere)
    submit(elsewhere, "/staff/login/recovery/", code=code)

    assert is_inside(desk)
    assert not is_inside(elsewhere)


def test_recovery_code_of_another_person_is_refused(ada, phone, desk, submit, give_password):
    code = second_factor.renew_recovery_codes(StaffFactory(username="mallory"))[0]
    second_factor.renew_recovery_codes(ada)
    give_password(desk)

    submit(desk, "/staff/login/recovery/", code=code)

    assert not is_inside(desk)


def test_guessing_recovery_codes_makes_mallory_wait(ada, phone, desk, submit, give_password):
    code = second_factor.renew_recovery_codes(ada)[0]
    give_password(desk)
    for _guess in range(3):
        submit(desk, "/staff/login/recovery/", code="aaaa-bbbb-cccc-dddd")

    page = submit(desk, "/staff/login/recovery/", code=code)

    assert "Too many wrong codes" in page.content.decode()
    assert not is_inside(desk)


def test_new_recovery_codes_void_the_old_ones(ada, office, submit):
    old = second_factor.renew_recovery_codes(ada)

    page = submit(office, "/staff/recovery-codes/")

    assert len(recovery_codes_on(page)) == 10
    assert not set(old) & set(recovery_codes_on(page))
    with pytest.raises(second_factor.CodeRefusedError):
        second_factor.verify_recovery(ada, old[0])


def test_new_phone_replaces_the_old_and_ends_what_rested_on_it(ada, phone, office, submit, give_password):
    elsewhere = Client(enforce_csrf_checks=True)
    give_password(elsewhere)
    submit(elsewhere, "/staff/login/code/", code=phone.code(steps_on=1))
    assert is_inside(elsewhere)

    page = office.get("/staff/login/enrol/")
    submit(office, "/staff/login/enrol/", code=Phone(secret_on(page)).code())

    assert TOTPDevice.objects.count() == 1
    assert is_inside(office)
    assert not is_inside(elsewhere)


def test_removed_second_factor_is_enrolled_anew(ada, phone, office, desk, give_password):
    device = TOTPDevice.objects.get()

    token = office.cookies["csrftoken"].value
    answer = office.post(
        f"/staff/otp_totp/totpdevice/{device.pk}/delete/", {"post": "yes", "csrfmiddlewaretoken": token}
    )

    assert answer.status_code == 302
    assert "office.second-factor-removed" in actions()
    assert not is_inside(office)
    assert "/staff/login/enrol/" in give_password(Client(enforce_csrf_checks=True)).redirect_chain[-1][0]


def test_wrong_passwords_lock_the_account_for_their_sender_with_a_clear_page(ada, desk, give_password):
    for _try in range(8):
        page = give_password(desk, password="guess")

    assert page.status_code == 429
    assert "There were too many wrong passwords" in page.content.decode()
    assert give_password(desk, password=PASSWORD).status_code == 429
    assert "office.password-refused" in actions()


def test_mallorys_wrong_passwords_behind_our_proxy_do_not_lock_ada_out(ada, phone, settings):
    settings.TRUSTED_PROXIES = 1
    mallory, honest = (Client(headers={"X-Forwarded-For": address}) for address in ("203.0.113.66", "198.51.100.7"))
    for _try in range(8):
        locked = mallory.post("/staff/login/", {"username": "ada", "password": "guess"})

    answer = honest.post("/staff/login/", {"username": "ada", "password": PASSWORD})

    assert (locked.status_code, answer.status_code) == (429, 302)


def test_passwords_sprayed_over_many_names_are_stopped_by_source(db, desk, give_password, monkeypatch):
    monkeypatch.setattr("office.signing_in.pages.PASSWORDS_PER_SOURCE", 3)

    statuses = [give_password(desk, username=f"user{number}", password="guess").status_code for number in range(4)]

    assert statuses == [200, 200, 200, 429]


def test_supporter_without_staff_rights_gets_no_further_than_the_form(desk, give_password, db):
    StaffFactory(username="sam", is_staff=False, is_superuser=False)

    page = give_password(desk, username="sam")

    assert page.status_code == 200
    assert "for a staff account" in page.content.decode()


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_sign_in_leads_to_no_foreign_place(wanted, ada, phone, desk, submit, give_password):
    give_password(desk)

    page = submit(desk, "/staff/login/code/", code=phone.code(), next=wanted)

    assert page.redirect_chain[-1][0] == HOME


def test_leaving_before_the_code_ends_the_session(ada, phone, desk, submit, give_password):
    give_password(desk)

    token = desk.cookies["csrftoken"].value
    desk.post("/staff/login/leave/", {"csrfmiddlewaretoken": token})

    assert "_auth_user_id" not in desk.session


def test_signing_out_is_written_down_and_ends_the_session(office):
    token = office.cookies["csrftoken"].value
    office.post("/staff/logout/", {"csrfmiddlewaretoken": token})

    assert not is_inside(office)
    assert actions()[-1] == "office.signed-out"


def test_password_of_a_signed_in_session_is_asked_with_its_code_again(ada, phone, office, give_password):
    token = office.cookies["csrftoken"].value
    office.post("/staff/login/", {"username": "ada", "password": PASSWORD, "csrfmiddlewaretoken": token})

    assert not is_inside(office)


def test_trail_of_sign_in_names_nobody_but_the_actor(ada, phone, desk, give_password):
    give_password(desk, username="someone@example.org", password="my secret")

    entry = Entry.objects.get()
    assert (entry.action, entry.actor, entry.why, entry.detail) == ("office.password-refused", None, "", {})


def test_pages_before_the_door_speak_the_browsers_language(ada, desk):
    page = desk.get("/staff/login/", headers={"Accept-Language": "ar"})

    assert 'dir="rtl"' in page.content.decode()
