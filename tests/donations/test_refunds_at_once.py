"""Several people and workers at one donation in the same moment."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connection, transaction

from donations import jobs, ledger
from donations.books import findings
from donations.models import GivingCurrency, Refund, StripeEvent
from donations.services.refunds import RefundError, approve_refund, ask_refund, refundable
from tests.donations.factories import balance_transaction, donation
from tests.donations.money_desk import ada, collected, member, sums


def booked():
    gift = donation("succeeded")
    with transaction.atomic():
        ledger.post_donation(gift, balance_transaction())
    return gift


def asked(gift, amount_minor, by):
    return ask_refund(gift, amount_minor=amount_minor, why="given twice", by=by)


def at_once(act, given):
    def alone(each):
        try:
            return act(each)
        except RefundError:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        return [answer for answer in pool.map(alone, given) if answer is not None]


def test_many_at_once_never_ask_for_more_than_is_left(committed_db):
    GivingCurrency.objects.filter(currency="USD").update(second_person_from_minor=10_000)
    gift = booked()
    people = [member(f"staff{number}", "refund_donation") for number in range(8)]

    answers = at_once(lambda person: asked(gift, 1000, person), people)

    assert len(answers) == 2
    assert refundable(gift).left_minor == 500


def test_many_approve_at_once_and_one_does(committed_db):
    GivingCurrency.objects.filter(currency="USD").update(second_person_from_minor=0)
    gift = booked()
    refund = asked(gift, 1000, ada())
    people = [member(f"staff{number}", "approve_refund") for number in range(8)]

    answers = at_once(lambda person: approve_refund(refund, by=person).approved_by, people)

    assert answers == [Refund.objects.get().approved_by]


def test_the_worker_and_the_events_about_it_book_a_refund_once(committed_db, sandbox, worker):
    GivingCurrency.objects.filter(currency="USD").update(second_person_from_minor=10_000)
    gift = collected(sandbox, worker)
    person = ada()
    for _turn in range(4):
        refund = asked(gift, 500, person)
        made = at_once(lambda _number: jobs.send_refunds(), range(3))
        assert sum(made) == 1
        refund.refresh_from_db()
        for number in range(6):
            StripeEvent.objects.create(
                stripe_event_id=f"evt_{refund.pk}_{number}", type="refund.updated", payload="{}", source="webhook",
                stripe_object_id=refund.stripe_refund_id,
            )  # fmt: skip
        at_once(lambda _number: jobs.process_events(limit=2), range(6))

    assert list(Refund.objects.values_list("status", flat=True)) == ["succeeded"] * 4
    assert set(StripeEvent.objects.filter(type="refund.updated").values_list("status", flat=True)) == {"processed"}
    assert sums("REFUNDS", donation=gift) == {("REFUNDS", "USD"): 2000}
    worker()
    assert findings() == []
