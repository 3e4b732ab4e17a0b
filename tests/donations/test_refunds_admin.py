"""Refunds, disputes, payouts and events at the desk: acts with a permission each, shown once more, written down."""

import datetime as dt
import re

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from blueheart.trail.models import Entry
from donations import ledger
from donations.models import (
    Dispute,
    FraudWarning,
    GivingCurrency,
    Payout,
    PayoutLine,
    Refund,
    RefundRequest,
    StripeEvent,
)
from tests.donations.factories import NOW, balance_transaction, donation
from tests.donations.money_desk import ada, bea, refreshed
from tests.office.factories import desk_of

pytestmark = pytest.mark.usefixtures("db")
LOOK = ["view_donation", "view_refund", "view_refundrequest", "view_dispute", "view_payout", "view_stripeevent"]


@pytest.fixture
def desk():
    """The desk of somebody of the staff, who may look at everything beside what they may do."""

    def desk(person):
        person.user_permissions.add(*Permission.objects.filter(codename__in=LOOK))
        return desk_of(person)

    return desk


@pytest.fixture
def gift():
    GivingCurrency.objects.filter(currency="USD").update(second_person_from_minor=2000)
    given = donation("succeeded")
    ledger.post_donation(given, balance_transaction())
    return given


def page_of(name, *args):
    return reverse(f"admin:donations_{name}", args=args)


def form_of(answer):
    """The fields of a page as a browser sends them back."""
    html = answer.content.decode()
    names = re.findall(r'<input type="(?:hidden|text)" name="([a-z_]+)" value="([^"]*)"', html)
    return {name: value for name, value in names if name != "csrfmiddlewaretoken"}


def test_a_refund_is_shown_once_more_before_it_is_asked_for(desk, gift):
    at = desk(ada())
    url = page_of("refund_ask", gift.pk)
    page = at.get(url)
    assert "Left to refund" in page.content.decode()
    filled = form_of(page) | {"amount": "10", "why": "given twice", "stripe_reason": "duplicate", "act": "refund"}

    shown = at.post(url, filled)
    assert Refund.objects.count() == 0
    assert "<bdi>US$10.00</bdi>" in shown.content.decode()
    sent = form_of(shown) | {"act": "refund"}
    assert sent["confirmed"] == "yes"
    answers = [at.post(url, sent | {"why": "given twice"}) for _time in range(2)]

    refund = Refund.objects.get()
    assert [answer.url for answer in answers] == [page_of("donation_change", gift.pk)] * 2
    assert (refund.amount_minor, refund.status, refund.stripe_reason) == (1000, "approved", "duplicate")
    entry = Entry.objects.get(action="refund.asked")
    assert (entry.actor.username, entry.target_id, entry.detail["amount_minor"]) == ("ada", str(refund.pk), 1000)
    assert "Refund…" in at.get(page_of("donation_change", gift.pk)).content.decode()


@pytest.mark.parametrize(
    ("typed", "says"),
    [("25.01", "Only US$25.00 can still be refunded."), ("0", "no amount that can be refunded"), ("ten", "in figures")],
)
def test_an_amount_that_cannot_go_back_is_said_at_once(desk, gift, typed, says):
    at = desk(ada())
    url = page_of("refund_ask", gift.pk)

    page = at.post(url, form_of(at.get(url)) | {"amount": typed, "why": "x", "act": "refund"})

    assert says in page.content.decode()
    assert Refund.objects.count() == 0


def test_an_amount_is_read_in_the_language_of_the_office(desk, gift):
    at = desk(ada())
    url = page_of("refund_ask", gift.pk)
    page = at.get(url, headers={"Accept-Language": "fr"})
    assert form_of(page)["amount"] == "25"

    filled = form_of(page) | {"amount": "12,50", "why": "x", "act": "refund", "confirmed": "yes"}
    at.post(url, filled, headers={"Accept-Language": "fr"})

    assert Refund.objects.get().amount_minor == 1250


def test_two_persons_are_needed_and_the_second_sees_the_same(desk, gift):
    first, second = desk(ada()), desk(bea())
    url = page_of("refund_ask", gift.pk)
    filled = form_of(first.get(url)) | {"why": "given twice", "act": "refund"}
    assert "It waits for a second person." in first.post(url, filled).content.decode()
    first.post(url, filled | {"confirmed": "yes"})
    refund = Refund.objects.get()
    assert refund.status == "waiting"
    decide = page_of("refund_decide", refund.pk)
    for words in ("given twice", "US$25.00", "ada", gift.public_id):
        assert words in second.get(decide).content.decode()

    assert "another person has to decide" in first.post(decide, {"act": "approve", "why": ""}).content.decode()
    assert "say why" in second.post(decide, {"act": "decline", "why": ""}).content.decode()
    assert refreshed(refund).status == "waiting"
    assert second.post(decide, {"act": "approve", "why": ""}).url == page_of("refund_change", refund.pk)

    assert (refreshed(refund).status, refund.approved_by.username) == ("approved", "bea")
    assert "does not wait" in second.post(decide, {"act": "decline", "why": "no"}).content.decode()


def test_a_refund_that_waits_is_called_off(desk, gift):
    at = desk(ada())
    refund = Refund.objects.create(
        donation=gift, amount_minor=2500, currency="USD", status="waiting", source="staff", why="x",
        requested_by=User.objects.get(), next_attempt_at=None,
    )  # fmt: skip
    url = page_of("refund_end", refund.pk)
    assert "Try again" not in at.get(url).content.decode()

    at.post(url, {"act": "call-off", "why": "a mistake"})

    assert (refreshed(refund).status, refund.reason) == ("canceled", "a mistake")


def test_a_donors_request_is_granted_or_declined_with_an_answer(desk, gift):
    at = desk(ada())
    wish = RefundRequest.objects.create(donation=gift, amount_minor=1500, words="a slip of the finger")
    url = page_of("refundrequest_decide", wish.pk)
    page = at.get(url)
    assert "a slip of the finger" in page.content.decode()
    assert form_of(page)["amount"] == "15"
    assert "Please write an answer" in at.post(url, {"amount": "15", "act": "decline"}).content.decode()

    assert at.post(url, {"amount": "15", "answer": "Yes.", "act": "grant"}).status_code == 302

    assert (refreshed(wish).status, wish.refund.amount_minor, wish.answer) == ("granted", 1500, "Yes.")
    assert "decided already" in at.post(url, {"amount": "1", "answer": "x", "act": "decline"}).content.decode()


def test_nothing_is_not_the_whole(desk, gift):
    at = desk(ada())
    wish = RefundRequest.objects.create(donation=gift, amount_minor=1500)

    page = at.post(page_of("refundrequest_decide", wish.pk), {"amount": "0", "answer": "No.", "act": "grant"})

    assert "no amount that can be refunded" in page.content.decode()
    assert (refreshed(wish).status, Refund.objects.count()) == ("open", 0)


def test_each_act_wants_its_own_permission(desk, gift):
    at = desk(User.objects.create_user("cy", is_staff=True))
    refund = Refund.objects.create(
        donation=gift, amount_minor=1, currency="USD", status="waiting", source="stripe", next_attempt_at=None
    )
    wish = RefundRequest.objects.create(donation=gift, amount_minor=1)
    acts = [("refund_ask", gift), ("refund_decide", refund), ("refund_end", refund), ("refundrequest_decide", wish)]

    for name, row in acts:
        assert at.get(page_of(name, row.pk)).status_code == 403
        assert at.post(page_of(name, row.pk), {"act": "approve"}).status_code == 403
    for model, row in (("donation", gift), ("refund", refund), ("refundrequest", wish)):
        html = at.get(page_of(f"{model}_change", row.pk)).content.decode()
        assert "Refund…" not in html
        assert "Decide…" not in html
        assert "Approve or decline…" not in html


def test_what_was_never_collected_has_no_form(desk):
    at = desk(ada())
    open_gift = donation("pending")

    answer = at.get(page_of("refund_ask", open_gift.pk), follow=True)

    assert answer.redirect_chain[-1][0] == page_of("donation_change", open_gift.pk)
    assert "the books hold no money of this donation" in answer.content.decode()


def a_payout(number=1):
    payout = Payout.objects.create(
        stripe_payout_id=f"po_{number}", amount_minor=2397, currency="USD", status="paid", status_as_of=NOW,
        arrives_on=NOW.date(), created_at=NOW,
    )  # fmt: skip
    for kind, gross, fee in [("charge", 6000, 103), ("refund", -1000, 0), ("dispute", -500, 1500), ("fee", -500, 0)]:
        PayoutLine.objects.create(
            payout=payout, stripe_balance_transaction_id=f"txn_{kind}_{number}", kind=kind, currency="USD",
            amount_minor=gross, fee_minor=fee, net_minor=gross - fee,
        )  # fmt: skip
    return payout


def test_a_payout_shows_its_equation(desk):
    at = desk(ada())
    payout = a_payout()

    html = re.sub(r"\s+", " ", at.get(page_of("payout_change", payout.pk)).content.decode())

    for words, amount in [
        ("Gifts, gross", "US$60.00"), ("Fees", "-US$21.03"), ("Refunds", "-US$10.00"), ("Disputes", "-US$5.00"),
        ("Adjustments", "US$0.00"),
    ]:  # fmt: skip
        row = rf"{words}</th>\s?<td[^>]*>(\d+|–)</td>\s?<td[^>]*><bdi>{re.escape(amount)}</bdi>"
        assert re.search(row, html), words
    assert "The parts are the payout, to the last unit." in html


def test_an_event_is_shown_with_its_body_its_history_and_its_kind_is_counted(desk):
    person = ada()
    person.user_permissions.add(Permission.objects.get(codename="process_stripeevent_again"))
    at = desk(person)
    for number in range(3):
        StripeEvent.objects.create(
            stripe_event_id=f"evt_{number}", type="charge.succeeded", payload='{"id": "<b>"}', source="poll",
            status="ignored", reason="nothing is done on it", next_attempt_at=None, api_version="2020-01-01",
        )  # fmt: skip
    event = StripeEvent.objects.first()
    at.post(page_of("stripeevent_changelist"), {"action": "process_again", "_selected_action": [event.pk]})

    html = at.get(page_of("stripeevent_change", event.pk)).content.decode()

    assert "{\n  &quot;id&quot;: &quot;&lt;b&gt;&quot;\n}" in html
    assert "ada: stripe-event.processed-again <bdi>by hand</bdi>" in html
    listed = at.get(page_of("stripeevent_changelist"), {"ignored": "charge.succeeded", "version": "other"})
    assert "charge.succeeded (2)" in listed.content.decode()
    assert "2 Stripe events" in listed.content.decode()


def test_lists_ask_the_same_number_of_questions_for_one_row_and_for_three(desk, gift):
    at = desk(User.objects.create_superuser("eve", "eve@example.org", "x"))
    person = User.objects.get(username="eve")

    def more(number):
        given = donation("succeeded")
        Refund.objects.create(
            donation=given, amount_minor=1, currency="USD", status="waiting", source="staff", why="x",
            requested_by=person, next_attempt_at=None,
        )  # fmt: skip
        RefundRequest.objects.create(donation=given, amount_minor=1)
        Dispute.objects.create(
            donation=given, amount_minor=1, currency="USD", status="needs_response", status_as_of=NOW, opened_at=NOW,
            stripe_dispute_id=f"dp_{number}", evidence_due_at=NOW + dt.timedelta(days=number),
        )  # fmt: skip
        FraudWarning.objects.create(donation=given, stripe_warning_id=f"issfr_{number}")
        a_payout(number)

    lists = ["refund", "refundrequest", "dispute", "fraudwarning", "payout", "payoutline", "stripeevent"]
    counts = []
    for numbers in ([1], [2, 3]):
        for number in numbers:
            more(number)
        each = []
        for name in lists:
            with CaptureQueriesContext(connection) as queries:
                assert at.get(page_of(f"{name}_changelist")).status_code == 200
            each.append(len(queries))
        counts.append(each)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 15
    assert "dp_1" in at.get(page_of("dispute_changelist"), {"evidence": "wanted"}).content.decode()
    home = at.get("/staff/").content.decode()
    for heap in ("Refunds that wait for a second person", "Donors who ask for a refund", "Disputes that want evidence"):
        assert re.search(rf"{heap}.*?<strong>\s*3\s*</strong>", home, re.DOTALL)
    assert "the next is due by 2 March 2026, 12:00 UTC" in home
