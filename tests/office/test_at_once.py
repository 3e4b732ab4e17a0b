"""Two browsers at the same moment: a code counts once, and one phone is connected."""

import threading

from django.db import connection
from django.test import Client
from django.urls import reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from office.signing_in import password_links, second_factor
from office.signing_in.second_factor import AlreadyEnrolledError, CodeRefusedError, Enrolment
from tests.office.conftest import Phone
from tests.office.factories import PASSWORD, StaffFactory
from tests.office.test_sign_in import is_inside, secret_on


def at_once(act, number: int = 6) -> int:
    """Do it in as many threads; returns how many of them were let through."""
    start, passed = threading.Barrier(number), []

    def run(index: int) -> None:
        try:
            start.wait(10)
            act(index)
            passed.append(index)
        except (CodeRefusedError, AlreadyEnrolledError):
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return len(passed)


def test_one_code_of_the_phone_lets_one_browser_in(committed_db):
    ada = StaffFactory()
    code = Phone(TOTPDevice.objects.create(user=ada, name="phone").key).code()

    assert at_once(lambda _index: second_factor.verify_phone(ada, code)) == 1


def test_one_recovery_code_lets_one_browser_in(committed_db):
    ada = StaffFactory()
    code = second_factor.renew_recovery_codes(ada)[0]

    assert at_once(lambda _index: second_factor.verify_recovery(ada, code)) == 1
    assert second_factor.unused_recovery_codes(ada) == 9


def test_whole_sign_in_works_outside_of_a_transaction(committed_db):
    """Locks want a transaction: in other tests there always is one."""
    StaffFactory(username="ada")
    desk = Client()
    page = desk.post("/staff/login/", {"username": "ada", "password": PASSWORD}, follow=True)
    phone = Phone(secret_on(page))
    desk.post("/staff/login/enrol/", {"code": phone.code()})
    assert is_inside(desk)

    elsewhere = Client()
    elsewhere.post("/staff/login/", {"username": "ada", "password": PASSWORD})
    elsewhere.post("/staff/login/code/", {"code": phone.code(steps_on=1)})
    assert is_inside(elsewhere)


def test_a_mailed_link_sets_one_password(committed_db):
    ada = StaffFactory()
    url = reverse("admin:set_password", args=[password_links.mint(ada)])

    def press(index: int) -> None:
        typed = f"seven hearts on wall {index}"
        answer = Client().post(url, {"new_password1": typed, "new_password2": typed})
        if answer.status_code != 302:
            raise CodeRefusedError

    assert at_once(press) == 1


def test_first_enrolment_connects_one_phone(committed_db):
    ada = StaffFactory()
    enrolments = [Enrolment.begin() for _n in range(6)]

    def enrol(index: int) -> None:
        mine = enrolments[index]
        second_factor.enrol(user=ada, enrolment=mine, code=Phone(mine.key).code(), replacing=False)

    assert at_once(enrol) == 1
    assert TOTPDevice.objects.count() == 1
    assert second_factor.unused_recovery_codes(ada) == 10
