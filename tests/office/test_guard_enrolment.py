"""A person has one phone, though two sessions that know the password connect one at the same moment."""

import threading

from django.db import connection, transaction
from django_otp.plugins.otp_totp.models import TOTPDevice

from office.signing_in import second_factor
from tests.office.conftest import Phone
from tests.office.factories import StaffFactory


def enrol(user):
    enrolment = second_factor.Enrolment.begin()
    second_factor.enrol(user=user, enrolment=enrolment, code=Phone(enrolment.key).code(), replacing=False)


def test_who_connects_a_phone_waits_for_the_other_session_that_does(committed_db):
    ada = StaffFactory(username="ada")
    refused = []

    def enrol_as_well():
        try:
            enrol(ada)
        except second_factor.AlreadyEnrolledError:
            refused.append(ada)
        finally:
            connection.close()

    other = threading.Thread(target=enrol_as_well)
    with transaction.atomic():
        enrol(ada)
        other.start()
        other.join(1)
    other.join(30)

    assert refused == [ada]
    assert TOTPDevice.objects.filter(user=ada).count() == 1
