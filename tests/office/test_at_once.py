"""Two browsers at the same moment: a code counts once, and one phone is connected."""

import threading

from django.db import connection
from django_otp.plugins.otp_totp.models import TOTPDevice

from office.signing_in import second_factor
from office.signing_in.second_factor import AlreadyEnrolledError, CodeRefusedError, Enrolment
from tests.office.conftest import Phone
from tests.office.factories import StaffFactory


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


def test_first_enrolment_connects_one_phone(committed_db):
    ada = StaffFactory()
    enrolments = [Enrolment.begin() for _n in range(6)]

    def enrol(index: int) -> None:
        mine = enrolments[index]
        second_factor.enrol(user=ada, enrolment=mine, code=Phone(mine.key).code(), replacing=False)

    assert at_once(enrol) == 1
    assert TOTPDevice.objects.count() == 1
    assert second_factor.unused_recovery_codes(ada) == 10
