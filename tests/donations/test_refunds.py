"""Money goes back: by one person of the staff, by two, from Stripe's dashboard; and sometimes it comes back."""

import pytest

from donations import jobs
from donations.books import findings
from donations.models import GivingCurrency, Refund
from donations.services.refunds import RefundError, ask_refund, refundable
from tests.donations.money_desk import ada, collected, refreshed, sums

pytestmark = pytest.mark.usefixtures("db")


def asked(gift, amount_minor, by, **more):
    return ask_refund(gift, amount_minor=amount_minor, why="given twice", by=by, **more)


def test_a_refund_of_a_part_is_sent_once_and_booked_once(sandbox, worker):
    GivingCurrency.objects.filter(currency="USD").update(second_person_from_minor=10_000)
    gift = collected(sandbox, worker)

    refund = asked(gift, 1000, ada())
    assert (refund.status, refundable(gift).left_minor) == ("approved", 1500)
    jobs.send_refunds()
    worker()
    worker()

    refund = refreshed(refund)
    assert (refund.status, refund.source, refund.next_attempt_at) == ("succeeded", "staff", None)
    assert sums("REFUNDS", donation=gift) == {("REFUNDS", "USD"): 1000}
    (sent,) = sandbox.requests("/v1/refunds", "POST")
    assert sent["params"]["amount"] in (1000, "1000")
    assert findings() == []
    with pytest.raises(RefundError, match=r"Only US\$15\.00"):
        asked(gift, 1501, refund.requested_by)
    assert Refund.objects.count() == 1
