"""The customer portal and an invoice's own page, without JavaScript."""

import re
import urllib.error
import urllib.parse
import urllib.request

import pytest
import stripe

from tests.stripe_sandbox.test_pauses import newest_invoice
from tests.stripe_sandbox.test_subscriptions import DAY, begin

GOOD = {"name": "Dora", "card_number": "5555 5555 5555 4444", "expiry": "12 / 40", "cvc": "123", "country": "FR"}
HOME = "http://localhost:8000/en/giving/"


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


def browse(url, form=None):
    """Status, where a redirect leads, and the page."""
    body = None if form is None else urllib.parse.urlencode(form).encode()
    try:
        with urllib.request.build_opener(Stay).open(url, body) as response:
            return response.status, None, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Location"], error.read().decode()


def portal(sandbox, customer, **flow):
    more = {"flow_data": flow} if flow else {}
    return sandbox.v1.billing_portal.sessions.create({"customer": customer, "return_url": HOME, **more})


def changing_the_card(sandbox, customer):
    redirect = {"type": "redirect", "redirect": {"return_url": HOME + "?card=changed"}}
    return portal(sandbox, customer, type="payment_method_update", after_completion=redirect)


def test_another_card_for_the_next_renewal(sandbox):
    gift = begin(sandbox)
    session = changing_the_card(sandbox, gift.customer)
    assert session.flow.after_completion.redirect.return_url == HOME + "?card=changed"
    status, _, form = browse(session.url)
    assert status == 200
    for name in ("name", "card_number", "expiry", "cvc", "country"):
        assert f'<label for="{name}">' in form
    assert "<script" not in form

    status, where, _ = browse(session.url + "/card", GOOD)

    assert (status, where) == (303, HOME + "?card=changed")
    subscription = sandbox.v1.subscriptions.retrieve(gift.subscription.id, {"expand": ["default_payment_method"]})
    customer = sandbox.v1.customers.retrieve(gift.customer)
    assert subscription.default_payment_method.card.last4 == "4444"
    assert customer.invoice_settings.default_payment_method == subscription.default_payment_method.id
    assert sandbox.event_types()[-3:] == [
        "payment_method.attached",
        "customer.updated",
        "customer.subscription.updated",
    ]
    sandbox.control("clock", {"advance_months": 1})
    assert sandbox.control("truth")["charges"][-1]["payment_method_details"]["card"]["last4"] == "4444"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"card_number": "4000000000000002"}, "Your card was declined."),
        ({"card_number": "4111111111111111"}, "used a non test card"),
        ({"card_number": ""}, "Enter a test card number."),
        ({"name": " "}, "Enter the name on the card."),
        ({"expiry": "01 / 20"}, "Enter a date that has not passed"),
        ({"cvc": "x"}, "Enter the three or four digits"),
    ],
)
def test_a_card_that_cannot_be_saved_changes_nothing(sandbox, changes, words):
    gift = begin(sandbox)
    session = changing_the_card(sandbox, gift.customer)
    status, _, shown = browse(session.url + "/card", GOOD | changes)
    assert status == 200
    assert words in shown
    kept = sandbox.v1.subscriptions.retrieve(gift.subscription.id).default_payment_method
    assert kept == sandbox.v1.payment_methods.list({"customer": gift.customer}).data[0].id


@pytest.mark.parametrize(("said", "last4"), [("complete", "3184"), ("fail", "4242")])
def test_a_new_card_whose_bank_asks(sandbox, said, last4):
    gift = begin(sandbox)
    session = changing_the_card(sandbox, gift.customer)
    _, where, _ = browse(session.url + "/card", GOOD | {"card_number": "4000002760003184"})
    assert where.endswith("/bank")
    browse(sandbox.base + where, {"answer": said})
    subscription = sandbox.v1.subscriptions.retrieve(gift.subscription.id, {"expand": ["default_payment_method"]})
    assert subscription.default_payment_method.card.last4 == last4


def test_a_better_card_pays_what_is_owed_at_once(sandbox):
    gift = begin(sandbox, card="4000000000000341")
    sandbox.control("clock", {"advance_months": 1})
    assert sandbox.v1.subscriptions.retrieve(gift.subscription.id).status == "past_due"
    browse(changing_the_card(sandbox, gift.customer).url + "/card", GOOD)
    assert sandbox.v1.subscriptions.retrieve(gift.subscription.id).status == "active"
    assert (newest_invoice(sandbox).status, newest_invoice(sandbox).attempt_count) == ("paid", 1)


def test_the_control_call_changes_the_card_too(sandbox):
    gift = begin(sandbox, card="4000000000000341")
    sandbox.control("clock", {"advance_months": 1})
    told = sandbox.control("card", {"subscription": gift.subscription.id, "card": "4242424242424242"})
    assert told["payments"] == ["succeeded"]
    assert sandbox.v1.subscriptions.retrieve(gift.subscription.id).default_payment_method == told["payment_method"]


def test_the_portal_shows_and_ends_a_gift(sandbox):
    gift = begin(sandbox)
    session = portal(sandbox, gift.customer)
    _, _, home = browse(session.url)
    assert "10.00" in home
    assert f'href="{HOME}"' in home
    where = re.search(r'id="cancel-\w+" href="([^"]+)"', home)[1]
    _, _, asked = browse(sandbox.base + where)
    assert '<label for="feedback">' in asked
    browse(sandbox.base + where, {"confirm": "1", "feedback": "too_expensive", "comment": "Sorry"})
    ended = sandbox.v1.subscriptions.retrieve(gift.subscription.id)
    assert (ended.cancel_at_period_end, ended.cancellation_details.to_dict()) == (
        True,
        {"comment": "Sorry", "feedback": "too_expensive", "reason": "cancellation_requested"},
    )
    assert "ends on" in browse(session.url)[2]


def test_a_flow_that_ends_one_gift_and_says_so(sandbox):
    gift = begin(sandbox)
    after = {"type": "hosted_confirmation", "hosted_confirmation": {"custom_message": "Thank you <3"}}
    flow = {"type": "subscription_cancel", "subscription_cancel": {"subscription": gift.subscription.id}}
    session = portal(sandbox, gift.customer, after_completion=after, **flow)
    assert 'id="confirm"' in browse(session.url)[2]
    _, where, _ = browse(f"{session.url}/cancel/{gift.subscription.id}", {"confirm": "1"})
    assert "Thank you &lt;3" in browse(sandbox.base + where)[2]


def test_a_session_opens_its_own_customers_gifts_only(sandbox):
    mine, other = begin(sandbox), begin(sandbox, email="mallory@example.org")
    session = portal(sandbox, other.customer)
    status, _, _ = browse(f"{session.url}/cancel/{mine.subscription.id}", {"confirm": "1"})
    assert status == 404
    assert sandbox.v1.subscriptions.retrieve(mine.subscription.id).cancel_at_period_end is False
    flow = {"type": "subscription_cancel", "subscription_cancel": {"subscription": mine.subscription.id}}
    with pytest.raises(stripe.InvalidRequestError):
        portal(sandbox, other.customer, **flow)


def test_a_link_that_was_never_given_out_is_not_good(sandbox):
    assert browse(sandbox.base + "/p/session/test_guess")[0] == 404


def test_an_unopened_link_is_good_for_five_minutes(sandbox, monkeypatch):
    session = portal(sandbox, begin(sandbox).customer)
    account = sandbox.server.sandbox.account
    times = account.store.hidden(session.id)
    account.store.hide(session.id, times | {"made_at": times["made_at"] - 301})
    assert browse(session.url)[0] == 404


def test_what_a_configuration_switches_off_is_not_offered(sandbox):
    gift = begin(sandbox)
    made = sandbox.v1.billing_portal.configurations.create(
        {"features": {"invoice_history": {"enabled": True}}, "business_profile": {"headline": "Blue Heart"}}
    )
    assert (made.is_default, made.features.payment_method_update.enabled) == (False, False)
    session = sandbox.v1.billing_portal.sessions.create({"customer": gift.customer, "configuration": made.id})
    home = browse(session.url)[2]
    assert "change-card" not in home
    assert "Cancel" not in home
    assert browse(session.url + "/card", GOOD)[0] == 403
    sandbox.v1.billing_portal.configurations.update(made.id, {"features": {"payment_method_update": {"enabled": True}}})
    assert "change-card" in browse(session.url)[2]
    listed = sandbox.v1.billing_portal.configurations.list()
    assert [(each.is_default, each.active) for each in listed.data] == [(True, True), (False, True)]
    assert sandbox.v1.billing_portal.configurations.retrieve(made.id).business_profile.headline == "Blue Heart"


def press(sandbox, act, target):
    return browse(sandbox.base + "/", {"act": act, "target": target})[1]


def test_the_dashboards_buttons_for_monthly_gifts(sandbox):
    gift = begin(sandbox)
    assert 'href="/invoices/' in browse(sandbox.base + "/")[2]
    where = press(sandbox, "portal", gift.customer)
    assert browse(where)[0] == 200
    retrieve, which = sandbox.v1.subscriptions.retrieve, gift.subscription.id
    assert press(sandbox, "pause", which) == "/?said=pause"
    assert retrieve(which).pause_collection.behavior == "void"
    press(sandbox, "resume", which)
    assert retrieve(which).pause_collection is None
    press(sandbox, "end-later", which)
    assert "ends then" in browse(sandbox.base + "/")[2]
    press(sandbox, "go-on", which)
    assert retrieve(which).cancel_at_period_end is False
    press(sandbox, "end-now", which)
    assert retrieve(which).status == "canceled"


@pytest.mark.parametrize("place", ["/p/session/test_x", "/invoices/in_x"])
def test_other_sites_cannot_post_here(sandbox, place):
    request = urllib.request.Request(sandbox.base + place, data=b"", headers={"Origin": "http://evil.example"})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    refused.value.close()
    assert refused.value.code == 403


# a renewal whose bank asks


def renewal_that_asks(sandbox):
    session = sandbox.session(monthly=True)
    sandbox.pay(session, card="4000002760003184")
    sandbox.control("authenticate", {"session": session.id})
    sandbox.settle()
    sandbox.control("clock", {"advance_months": 1})
    return newest_invoice(sandbox)


def test_a_renewal_whose_bank_asks_waits_for_the_donor(sandbox):
    invoice = renewal_that_asks(sandbox)
    assert (invoice.status, invoice.attempt_count, bool(invoice.next_payment_attempt)) == ("open", 1, True)
    assert sandbox.event_types()[-4:] == [
        "payment_intent.requires_action",
        "invoice.payment_action_required",
        "invoice.payment_failed",
        "customer.subscription.updated",
    ]
    assert sandbox.v1.subscriptions.list({"status": "past_due"}).data[0].latest_invoice == invoice.id
    assert 'id="complete"' in browse(invoice.hosted_invoice_url)[2]

    browse(invoice.hosted_invoice_url, {"answer": "complete"})

    assert newest_invoice(sandbox).status == "paid"
    assert sandbox.v1.subscriptions.list().data[0].status == "active"
    assert "is paid" in browse(invoice.hosted_invoice_url)[2]


def test_a_renewal_whose_bank_asks_by_control_call(sandbox):
    invoice = renewal_that_asks(sandbox)
    assert sandbox.control("authenticate", {"invoice": invoice.id, "agreed": False})["status"] == "declined"
    assert newest_invoice(sandbox).status == "open"


def test_an_open_invoice_is_paid_by_another_card(sandbox):
    invoice = renewal_that_asks(sandbox)
    assert (
        "Your card was declined." in browse(invoice.hosted_invoice_url, GOOD | {"card_number": "4000000000000002"})[2]
    )
    status, where, _ = browse(invoice.hosted_invoice_url, GOOD)
    assert (status, where) == (303, f"/invoices/{invoice.id}")
    subscription = sandbox.v1.subscriptions.list({"expand": ["data.default_payment_method"]}).data[0]
    assert (subscription.status, subscription.default_payment_method.card.last4) == ("active", "4444")


def test_a_card_that_was_set_up_is_asked_once(sandbox):
    session = sandbox.session(monthly=True)
    sandbox.pay(session, card="4000002500003155")
    sandbox.control("authenticate", {"session": session.id})
    sandbox.settle()
    sandbox.control("clock", {"advance_months": 1})
    assert newest_invoice(sandbox).status == "paid"


def test_an_open_invoice_by_the_api(sandbox):
    begin(sandbox, card="4000000000000341")
    sandbox.control("clock", {"advance_months": 1})
    invoice = newest_invoice(sandbox)
    with pytest.raises(stripe.CardError):
        sandbox.v1.invoices.pay(invoice.id)
    assert newest_invoice(sandbox).attempt_count == 1
    paid = sandbox.v1.invoices.pay(invoice.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.amount_remaining) == ("paid", 0)
    with pytest.raises(stripe.InvalidRequestError):
        sandbox.v1.invoices.void_invoice(invoice.id)


@pytest.mark.parametrize(("act", "status"), [("void_invoice", "void"), ("mark_uncollectible", "uncollectible")])
def test_an_open_invoice_that_nobody_shall_pay(sandbox, act, status):
    begin(sandbox, card="4000000000000341")
    sandbox.control("clock", {"advance_months": 1})
    invoice = newest_invoice(sandbox)
    assert getattr(sandbox.v1.invoices, act)(invoice.id).status == status
    sandbox.settle(10 * DAY)
    assert sandbox.event_types().count("invoice.payment_failed") == 1


def test_a_debit_that_renews_and_fails_is_tried_again(sandbox):
    session = sandbox.session(currency="eur", monthly=True)
    sandbox.pay(session, account="DE89370400440532013000")
    sandbox.settle(3601)
    sandbox.control("clock", {"debit_seconds": 3 * 3600})
    sandbox.control("clock", {"advance_months": 1})
    intent = sandbox.control("truth")["payment_intents"][-1]
    assert (intent["status"], newest_invoice(sandbox).status) == ("processing", "open")
    sandbox.control("debits", {"payment_intent": intent["id"], "outcome": "failed"})
    assert sandbox.v1.subscriptions.list().data[0].status == "past_due"
    sandbox.settle(3 * DAY + 10)
    assert sandbox.v1.payment_intents.retrieve(intent["id"]).status == "processing"
    sandbox.settle(3 * 3600)
    assert (sandbox.v1.subscriptions.list().data[0].status, newest_invoice(sandbox).status) == ("active", "paid")
