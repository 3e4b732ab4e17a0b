"""A card network fears fraud: staff hear of it while something can be done."""

import pytest

from donations import jobs
from donations.models import FraudWarning, GivingCurrency
from donations.services.refunds import ask_refund
from tests.donations.money_desk import ada, charge_of, collected, mails, refreshed

pytestmark = pytest.mark.usefixtures("db")


def test_a_warning_is_kept_and_staff_hear_of_it_once(sandbox, worker):
    GivingCurrency.objects.update(second_person_from_minor=10**9)
    person = ada()
    gift = collected(sandbox, worker)
    sandbox.control("fraud_warnings", {"charge": charge_of(sandbox, gift), "fraud_type": "made_with_stolen_card"})
    worker()
    worker()

    warning = FraudWarning.objects.get()
    assert (warning.donation, warning.fraud_type, warning.is_actionable) == (gift, "made_with_stolen_card", True)
    assert mails() == ["alert-fraud-warning"]

    ask_refund(gift, amount_minor=2500, why="a warning", by=person, stripe_reason="fraudulent")
    jobs.send_refunds()
    worker()

    assert not refreshed(warning).is_actionable
    assert gift.refunds.get().status == "succeeded"


def test_a_warning_that_comes_too_late_alarms_nobody(sandbox, worker):
    ada()
    gift = collected(sandbox, worker)
    sandbox.control("refunds", {"charge": charge_of(sandbox, gift)})
    sandbox.control("fraud_warnings", {"charge": charge_of(sandbox, gift)})

    worker()

    assert not FraudWarning.objects.get().is_actionable
    assert mails() == ["refund-made"]
