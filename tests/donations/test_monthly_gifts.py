"""Gifts that are given again and again: their charges, changes and troubles, by the sandbox's clock."""

import contextlib
import dataclasses
import datetime as dt
import re
import threading
import urllib.error
import urllib.parse
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from blueheart.money import format_amount
from blueheart.post.jobs import send_due
from blueheart.post.models import Message
from donations import gateway, reactions
from donations.books import findings
from donations.models import Donation, MonthlyGift, StripeEvent
from donations.services import monthly_gift_acts as acts
from donations.services.monthly_gifts import Asked, book_subscription
from tests.donations.conftest import typed
from tests.donations.factories import monthly_gift

GOOD, LATER_BAD, ASKS = "4242424242424242", "4000000000000341", "4000002760003184"
DAY = 86_400


def asked(by="donor"):
    return Asked(by, uuid.uuid4())


@pytest.fixture
def begin(db, sandbox, dora_gives, worker):
    """Dora begins a gift and pays its first charge."""

    def begin(*, card=GOOD, **how):
        donation = dora_gives(**{"interval": "month"} | how)
        sandbox.pay(donation, card=card)
        worker()
        return Donation.objects.get(pk=donation.pk).monthly_gift

    return begin


@pytest.fixture
def go(sandbox, worker):
    """Time passes at Stripe, and the worker takes in what happened."""

    def go(*gifts, **how):
        sandbox.control("clock", how)
        worker()
        for gift in gifts:
            gift.refresh_from_db()

    return go


def amounts(gift):
    """What was given, oldest first."""
    return list(gift.donations.filter(status="succeeded").order_by("pk").values_list("amount_minor", flat=True))


def days(gift):
    charges = gift.donations.filter(status="succeeded").order_by("succeeded_at")
    return [f"{charge.succeeded_at:%m-%d}" for charge in charges]


def changes(gift):
    return [(change.kind, change.by) for change in gift.changes.order_by("pk")]


def mails():
    """The kinds of mails that were promised, without receipts."""
    kinds = Message.objects.order_by("pk").values_list("kind", flat=True)
    return [kind for kind in kinds if kind not in ("donation-received", "receipt-reissued")]


def set_clock(sandbox, moment):
    """Move Stripe's clock on to this day."""
    now = sandbox.control("clock")["now"]
    sandbox.control("clock", {"advance_seconds": int(moment.timestamp()) - now})


def test_twelve_months_are_twelve_donations_and_one_more(client, begin, go):
    looked = client.post("/en/donate/", typed(interval="month", cover_fees="on")).content.decode()
    total = re.search(r'name="seen_total" value="(\d+)"', looked)[1]
    gift = begin(cover_fees="on", seen_total=total)
    for _quarter in range(4):
        go(gift, advance_months=3)

    first, *later = gift.donations.order_by("pk")
    assert amounts(gift) == [first.amount_minor] * 13
    assert {(each.interval, each.fee_cover_minor, each.receipt_name) for each in later} == {
        ("month", first.fee_cover_minor, "Dora Donor")
    }
    assert first.fee_cover_minor > 0
    assert changes(gift) == []
    assert findings() == []


def test_month_ends_and_leap_days_keep_their_day(begin, go, sandbox):
    set_clock(sandbox, dt.datetime(2027, 1, 31, 10, tzinfo=dt.UTC))
    monthly, quarterly = begin(), begin(interval="quarter")
    go(monthly, quarterly, advance_months=4)
    for gift in (monthly, quarterly):
        acts.cancel(gift, asked=asked())
    set_clock(sandbox, dt.datetime(2028, 2, 29, 10, tzinfo=dt.UTC))
    yearly = begin(interval="year", currency="EUR", shown_currency="EUR", preset="5000")
    go(yearly, advance_months=48, advance_seconds=DAY)

    assert days(monthly) == ["01-31", "02-28", "03-31", "04-30", "05-31"]
    assert days(quarterly) == ["01-31", "04-30"]
    assert days(yearly) == ["02-29", "02-28", "02-28", "02-28", "02-29"]
    assert findings() == []


def test_a_changed_amount_is_charged_from_the_next_charge_on(begin, go, sandbox):
    gift = begin()
    wish = asked()

    acts.change_amount(gift, amount_minor=4000, asked=wish)
    acts.change_amount(gift, amount_minor=4000, asked=wish)
    go(gift, advance_months=1)

    assert gift.amount_minor == 4000
    assert amounts(gift) == [2500, 4000]
    assert changes(gift) == [("amount", "donor")]
    assert mails() == ["monthly-gift-changed"]
    assert len(sandbox.requests("/v1/subscriptions/", "POST")) == 1
    assert findings() == []


def test_a_change_that_the_event_brings_first_is_the_donors_own(begin, go, worker, monkeypatch):
    """We died between Stripe's answer and our books."""
    gift = begin()
    wish = asked()
    monkeypatch.setattr(acts, "book_subscription", lambda _seen: gift)
    acts.change_amount(gift, amount_minor=4000, asked=wish)
    assert changes(gift) == []
    monkeypatch.undo()
    worker()
    worker()
    gift.refresh_from_db()
    acts.change_amount(gift, amount_minor=4000, asked=wish)

    assert changes(gift) == [("amount", "donor")]
    assert mails() == ["monthly-gift-changed"]


def test_a_charge_drawn_before_the_amount_changed_is_the_old_one(begin, go, sandbox):
    gift = begin()
    # 30 minutes after the period began: the invoice is a draft.
    end = int(gift.next_charge_at.timestamp())
    go(gift, advance_seconds=end - sandbox.control("clock")["now"] + 1800)
    acts.change_amount(gift, amount_minor=4000, asked=asked())
    go(gift, advance_seconds=3 * 3600)
    go(gift, advance_months=1)

    assert amounts(gift) == [2500, 2500, 4000]
    assert findings() == []


def test_a_charge_that_overtakes_the_news_of_its_amount_is_a_gift(begin, sandbox, go):
    """Staff changed the amount in Stripe's dashboard, and the event of the charge came first."""
    gift = begin()
    subscription = gateway.retrieve_subscription(gift.stripe_subscription_id)
    gateway.change_amount(subscription, amount_minor=3000, months=1, mark="", idempotency_key="dashboard")
    sandbox.control("clock", {"advance_months": 1})
    go(gift)

    assert amounts(gift) == [2500, 3000]
    assert changes(gift) == [("amount", "stripe")]


def test_a_pause_over_two_charges_ends_by_itself(begin, go):
    gift = begin()
    charge_at = gift.next_charge_at
    wish, ends = asked(), acts.pause_ends(gift)
    assert list(ends) == list(range(1, 13))

    for _time in range(2):
        acts.pause(gift, resumes_at=ends[2], asked=wish)
    gift.refresh_from_db()
    assert (gift.is_paused, gift.is_resting, gift.resumes_at) == (True, True, ends[2].replace(microsecond=0))
    go(gift, advance_months=4)

    assert (gift.is_paused, amounts(gift)) == (False, [2500, 2500, 2500])
    assert gift.donations.order_by("-succeeded_at").first().succeeded_at > charge_at + dt.timedelta(days=85)
    assert changes(gift) == [("paused", "donor"), ("resumed", "stripe")]
    assert mails() == ["monthly-gift-paused", "monthly-gift-resumed"]
    assert findings() == []


def test_an_open_pause_ends_when_it_is_resumed(begin, go):
    gift = begin(interval="quarter")
    assert list(acts.pause_ends(gift)) == [3, 6, 9, 12]
    acts.pause(gift, resumes_at=None, asked=asked())
    go(gift, advance_months=7)
    assert amounts(gift) == [2500]

    gift = acts.resume(gift, asked=asked())
    go(gift, advance_months=3)

    assert (gift.is_paused, amounts(gift)) == (False, [2500, 2500])
    assert changes(gift) == [("paused", "donor"), ("resumed", "donor")]


def test_a_form_sent_again_after_its_opposite_changes_nothing(begin, sandbox):
    gift, wish = begin(), asked()
    gift = acts.pause(gift, resumes_at=None, asked=wish)
    gift = acts.resume(gift, asked=asked())
    gift = acts.pause(gift, resumes_at=None, asked=wish)

    assert gift.is_paused is False
    assert len(sandbox.requests("/v1/subscriptions/", "POST")) == 2


def test_an_ended_gift_is_charged_no_more_and_says_why(begin, go, sandbox):
    gift, wish = begin(), asked()

    for _time in range(2):
        gift = acts.cancel(gift, feedback="too_expensive", asked=wish)
    go(gift, advance_months=2)

    assert (gift.status, gift.next_charge_at, amounts(gift)) == ("canceled", None, [2500])
    assert gift.ended_at is not None
    assert list(gift.changes.values_list("kind", "by", "feedback")) == [("cancelled", "donor", "too_expensive")]
    assert mails() == ["monthly-gift-cancelled"]
    (subscription,) = sandbox.control("truth")["subscriptions"]
    assert subscription["cancellation_details"]["feedback"] == "too_expensive"
    for act in (
        lambda: acts.change_amount(gift, amount_minor=4000, asked=asked()),
        lambda: acts.card_page(gift, return_url="http://localhost:8000/"),
    ):
        with pytest.raises(acts.GiftEndedError):
            act()


def test_an_end_in_stripes_dashboard_is_recorded_and_told(begin, go, sandbox):
    gift, other = begin(), begin()
    sandbox.api(f"subscriptions/{gift.stripe_subscription_id}", "DELETE")

    with pytest.raises(acts.GiftEndedError):
        acts.change_amount(gift, amount_minor=4000, asked=asked())
    sandbox.api(f"subscriptions/{other.stripe_subscription_id}", "DELETE")
    assert acts.cancel(other, asked=asked()).has_ended
    go(gift, other)

    assert changes(gift) == changes(other) == [("cancelled", "stripe")]
    assert mails() == ["monthly-gift-cancelled"] * 2


def test_a_card_that_fails_is_told_of_and_a_new_one_makes_it_good(begin, go, sandbox):
    gift = begin(card=LATER_BAD)
    go(gift, advance_months=1)
    invoice_id = gift.failing_invoice_id
    assert (gift.status, gift.failed_tries, gift.is_failing) == ("past_due", 1, True)
    assert gift.next_try_at is not None
    go(gift, advance_seconds=4 * DAY)
    assert gift.failed_tries == 2
    causes = Message.objects.filter(kind="charge-failed").order_by("pk").values_list("cause", flat=True)
    assert list(causes) == [f"charge-failed:{invoice_id}:1", f"charge-failed:{invoice_id}:2"]

    give_card(sandbox, acts.card_page(gift, return_url="http://localhost:8000/en/giving/home/"))
    go(gift)

    assert (gift.status, gift.failing_invoice_id, gift.failed_tries, gift.next_try_at) == ("active", "", 0, None)
    assert amounts(gift) == [2500, 2500]
    assert changes(gift) == [("card", "stripe")]
    assert mails()[2:] == ["monthly-gift-card"]
    send_due()
    told = [each.subject for each in mail.outbox if "receipt" not in each.subject.lower()]
    assert "A charge of your gift did not go through" not in told  # it is good again: the mails had not gone out yet
    assert findings() == []


def give_card(sandbox, page, number=GOOD):
    """What Dora types on the portal's page."""
    fields = {"card_number": number, "expiry": "12/40", "cvc": "123", "name": "Dora", "email": "", "country": "US"}
    request = urllib.request.Request(f"{page}/card", data=urllib.parse.urlencode(fields).encode())
    with contextlib.suppress(urllib.error.URLError):  # back to us, and nobody listens there
        urllib.request.urlopen(request, timeout=10).close()


def test_a_card_that_goes_on_failing_ends_the_gift(begin, go):
    gift = begin(card=LATER_BAD)
    go(gift, advance_months=1)
    sent = []
    for wait in (4, 6, 8):
        send_due()
        sent += [each.body for each in mail.outbox]
        mail.outbox.clear()
        go(gift, advance_seconds=wait * DAY)
    send_due()

    assert (gift.status, gift.is_failing, gift.failing_invoice_id) == ("canceled", False, "")
    assert list(gift.changes.values_list("kind", "by", "feedback")) == [("cancelled", "stripe", "payment_failed")]
    assert mails() == ["charge-failed"] * 3 + ["monthly-gift-ended"]
    friendly, again, plain = [body for body in sent if "Pay with another card" in body]
    assert "That happens" in friendly
    assert "once more" in again
    assert "may be the last" in plain
    (end,) = [each for each in mail.outbox if each.subject == "Your gift has ended"]
    assert "/en/donate/?amount=25&currency=USD&interval=month" in end.body
    assert findings() == []


def test_a_bank_that_asks_is_answered_on_stripes_page(db, dora_gives, go, sandbox):
    donation = dora_gives(interval="month")
    sandbox.pay(donation, card=ASKS)
    sandbox.control("authenticate", {"session": donation.stripe_checkout_session_id})
    go(advance_months=1)
    gift = MonthlyGift.objects.get()
    send_due()

    assert mails() == ["confirm-charge"]
    (letter,) = [each for each in mail.outbox if each.subject == "Please confirm a charge of your gift"]
    assert gift.authenticate_url in letter.body
    sandbox.control("authenticate", {"invoice": gift.failing_invoice_id, "agreed": True})
    go(gift)
    assert (gift.is_failing, amounts(gift)) == (False, [2500, 2500])


def test_a_charge_that_staff_give_up_is_no_trouble_any_more(begin, go, sandbox):
    gift = begin(card=LATER_BAD)
    go(gift, advance_months=1)
    sandbox.api(f"invoices/{gift.failing_invoice_id}/void", "POST")
    go(gift)

    assert gift.is_failing is False


def test_only_rare_charges_are_announced_once_each(begin, go, sandbox):
    _monthly, quarterly, yearly = begin(), begin(interval="quarter"), begin(interval="year")
    for gift in (quarterly, yearly):
        set_clock(sandbox, gift.next_charge_at - dt.timedelta(days=5))
        go()
        go(quarterly, advance_seconds=6 * DAY)
    for event in StripeEvent.objects.filter(type="invoice.upcoming"):
        event.requeue()
    go()

    announced = Message.objects.filter(kind="gift-upcoming").values_list("subject_id", flat=True)
    assert sorted(announced) == sorted([quarterly.pk] * 2 + [yearly.pk])
    assert set(StripeEvent.objects.filter(type="invoice.upcoming").values_list("status", flat=True)) == {"processed"}
    assert amounts(yearly) == [2500, 2500]


def test_news_in_any_order_end_where_stripe_is(begin):
    gift = begin()
    earlier = gateway.retrieve_subscription(gift.stripe_subscription_id)
    acts.pause(gift, resumes_at=None, asked=asked())
    book_subscription(earlier)
    gift.refresh_from_db()
    assert gift.is_paused
    ended = dataclasses.replace(earlier, status="canceled", as_of=earlier.as_of + dt.timedelta(days=1))
    book_subscription(ended)
    book_subscription(dataclasses.replace(earlier, as_of=earlier.as_of + dt.timedelta(days=2)))
    gift.refresh_from_db()

    assert (gift.status, mails()) == ("canceled", ["monthly-gift-paused", "monthly-gift-cancelled"])


@pytest.mark.parametrize("trouble", [{"status": 500}, {"status": "reset"}])
def test_when_stripe_is_silent_the_same_form_may_be_sent_again(begin, worker, sandbox, trouble):
    gift, wish = begin(), asked()
    sandbox.fault(method="POST", path="/v1/subscriptions/*", times=2, **trouble)

    with pytest.raises(gateway.GatewayError) as told:
        acts.change_amount(gift, amount_minor=4000, asked=wish)
    gift.refresh_from_db()
    assert (gift.amount_minor, mails()) == (2500, [])
    # Stripe repeats its 500 under the same key: then another form is given out.
    acts.change_amount(gift, amount_minor=4000, asked=asked() if told.value.answered else wish)
    worker()

    gift.refresh_from_db()
    assert (gift.amount_minor, mails(), len(changes(gift))) == (4000, ["monthly-gift-changed"], 1)


def test_an_answer_that_stripe_repeats_is_not_taken_for_news(begin, sandbox):
    gift, lost = begin(), asked()
    sandbox.fault(method="POST", path="/v1/subscriptions/*", times=2, status="reset", after_effect=True)
    with pytest.raises(gateway.GatewayError):
        acts.change_amount(gift, amount_minor=2000, asked=lost)
    acts.change_amount(gift, amount_minor=3000, asked=asked())

    gift = acts.change_amount(gift, amount_minor=2000, asked=lost)

    assert gift.amount_minor == gateway.retrieve_subscription(gift.stripe_subscription_id).amount_minor == 3000


def test_a_change_that_was_made_though_stripe_answered_500_is_made(begin, sandbox):
    gift = begin()
    sandbox.fault(method="POST", path="/v1/subscriptions/*", times=2, status=500, after_effect=True)

    gift = acts.change_amount(gift, amount_minor=4000, asked=asked())

    assert (gift.amount_minor, changes(gift)) == (4000, [("amount", "donor")])


def test_an_invoice_of_nothing_and_one_that_was_no_charge_are_no_gifts(begin, go, sandbox):
    gift = begin()
    invoice_id = gift.donations.get().stripe_invoice_id
    seen = gateway.retrieve_invoice(invoice_id)
    nothing = dataclasses.replace(seen, billing_reason="subscription_cycle", amount_minor=0, due_minor=0)
    with pytest.MonkeyPatch.context() as stripe:
        stripe.setattr(gateway, "retrieve_invoice", lambda _id: nothing)
        outcome = reactions.invoice_paid("in_nothing")()

    assert outcome.kind == reactions.Outcome.Kind.IGNORED
    assert gift.donations.count() == 1


def test_a_card_taken_away_is_no_new_card(begin):
    gift = begin()
    seen = gateway.retrieve_subscription(gift.stripe_subscription_id)
    for days_later, card in ((1, ""), (2, ""), (3, "pm_new"), (4, "pm_new")):
        book_subscription(
            dataclasses.replace(seen, payment_method_id=card, as_of=seen.as_of + dt.timedelta(days=days_later))
        )

    assert changes(gift) == [("card", "stripe")]


def test_a_name_that_staff_hid_stays_hidden_at_the_next_charge(begin, go):
    gift = begin()
    MonthlyGift.objects.update(public_name="Dora", is_16_or_older=True, public_name_hidden=True)
    go(gift, advance_months=1)

    renewal = gift.donations.order_by("-pk").first()
    assert (renewal.public_name, renewal.public_name_hidden) == ("Dora", True)


def test_mails_name_amounts_in_doras_language(begin):
    gift = begin(at="/ar/donate/", currency="KWD", shown_currency="KWD", preset="7500")
    acts.change_amount(gift, amount_minor=12_500, asked=asked())
    mail.outbox.clear()
    send_due()

    (letter,) = [each for each in mail.outbox if gift.public_id in each.body]
    html = letter.alternatives[0][0]
    for amount in (format_amount(12_500, "KWD", "ar"), format_amount(7500, "KWD", "ar")):
        assert amount in letter.body
        assert f"<bdi>{amount}</bdi>" in html
    assert 'dir="rtl"' in html


def test_somebody_erased_is_not_written_to(begin):
    gift = begin()
    acts.pause(gift, resumes_at=None, asked=asked())
    gift.donor.email = ""
    gift.donor.save()
    mail.outbox.clear()
    send_due()

    assert [each for each in mail.outbox if gift.public_id in each.body] == []


def test_eight_at_once_book_one_change(committed_db):
    gift = monthly_gift()
    seen = gateway.Subscription(
        subscription_id=gift.stripe_subscription_id, status="active", donation="x", as_of=timezone.now(),
        currency="USD", amount_minor=4000,
    )  # fmt: skip
    many = threading.Barrier(8)

    def book(number):
        connection.ensure_connection()
        many.wait()
        try:
            book_subscription(dataclasses.replace(seen, as_of=seen.as_of + dt.timedelta(seconds=number)))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(book, range(8)))

    assert changes(gift) == [("amount", "stripe")]
    assert mails() == ["monthly-gift-changed"]
