"""Signatures and payments of grants at the same moment, on a database that really commits."""

import uuid
from threading import Barrier

from donations.books import findings
from donations.models import LedgerTransaction
from donations.services import grants
from donations.services.grants import GrantError
from tests.donations.crowd import at_once
from tests.donations.factories import grant, staff_member
from tests.donations.money_desk import member, refreshed
from tests.donations.test_grants import acts, ada, bea, money, paid, proposed


def test_who_signs_at_the_same_moment_signs_once(committed_db):
    given, people = proposed(), [ada(), bea(), member("cleo", "sign_grant")]
    gate = Barrier(6)

    def sign(person):
        gate.wait()
        try:
            grants.sign_grant(given, by=person)
        except GrantError as error:
            return str(error)
        return "signed"

    said = at_once(sign, people * 2)

    assert said.count("signed") == 2
    given = refreshed(given)
    assert given.status == "approved"
    assert given.first_signed_by != given.second_signed_by
    assert acts() == ["grant.proposed", "grant.signed", "grant.approved"]


def test_eight_payments_at_the_same_moment_never_come_to_more_than_was_granted(committed_db):
    given = grant(amount_minor=100000)
    who, gate = staff_member(), Barrier(8)

    def pay(_turn):
        gate.wait()
        try:
            return paid(given, 30000, by=who)
        except GrantError:
            return None

    done = [payment for payment in at_once(pay, range(8)) if payment]

    assert len(done) == 3
    assert money(given) == (90000, 0, 10000)
    assert findings() == []


def test_one_form_sent_eight_times_at_once_pays_once(committed_db):
    given, who, token, gate = grant(), staff_member(), uuid.uuid4(), Barrier(8)

    def pay(_turn):
        gate.wait()
        return paid(given, 10000, by=who, form_token=token).pk

    assert len(set(at_once(pay, range(8)))) == 1
    assert LedgerTransaction.objects.count() == 1
