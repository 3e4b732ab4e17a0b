"""The pay page and the dashboard, as a browser without JavaScript sends them."""

import http.client
import threading
from urllib.parse import urlencode, urlsplit

import pytest

GOOD = {
    "email": "dora@example.org",
    "name": "Dora Donor",
    "card_number": "4242 4242 4242 4242",
    "expiry": "12 / 34",
    "cvc": "123",
    "country": "CH",
}


def browse(sandbox, method, path, form=None, **headers):
    """Status, headers and text; nothing is followed."""
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(sandbox.base).port, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if form is not None:
        named.setdefault("Content-Type", "application/x-www-form-urlencoded")
    connection.request(method, path, urlencode(form) if form is not None else None, named)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, dict(response.headers), text


def pay(sandbox, session, **changes):
    return browse(sandbox, "POST", f"/c/pay/{session.id}", GOOD | changes)


def status_of(sandbox, session):
    found = sandbox.v1.checkout.sessions.retrieve(session.id)
    return found.status, found.payment_status


def test_paying_leads_to_the_success_address(sandbox):
    session = sandbox.session(submit_type="donate", custom_text={"submit": {"message": "Thank you, <all>."}})
    status, headers, text = browse(sandbox, "GET", urlsplit(session.url).path)
    assert (status, "Donate 25.00 USD" in text) == (200, True)
    assert "form-action 'self' http://localhost:8000" in headers["Content-Security-Policy"]
    assert "Thank you, &lt;all&gt;." in text
    assert "<script" not in text
    assert "Set-Cookie" not in headers

    status, headers, _ = pay(sandbox, session)

    assert (status, headers["Location"]) == (303, f"http://localhost:8000/en/donate/thanks/?session={session.id}")
    assert status_of(sandbox, session) == ("complete", "paid")
    assert sandbox.v1.checkout.sessions.retrieve(session.id).customer_details.address.country == "CH"


@pytest.mark.parametrize(
    ("currency", "amount", "shown"),
    [("jpy", 3000, "3,000 JPY"), ("kwd", 7500, "7.500 KWD"), ("eur", 123456, "1,234.56 EUR")],
)
def test_amounts_are_shown_in_their_currency(sandbox, currency, amount, shown):
    session = sandbox.session(amount, currency)
    assert f"Pay {shown}</button>" in browse(sandbox, "GET", urlsplit(session.url).path)[2]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"email": "dora"}, "Enter an e-mail address"),
        ({"name": " "}, "Enter the name"),
        ({"card_number": ""}, "Enter a test card number"),
        ({"card_number": "4111111111111111"}, "used a non test card"),
        ({"expiry": "01 / 20"}, "has not passed"),
        ({"cvc": "x"}, "security code"),
        ({"method": "us_bank_account", "account_number": "1"}, "test account numbers"),
    ],
)
def test_a_wrong_form_comes_back_with_what_was_typed(sandbox, wrong, words):
    session = sandbox.session()
    status, _, text = pay(sandbox, session, **wrong)
    assert (status, words in text, 'role="alert"' in text) == (200, True, True)
    assert 'value="Dora Donor"' in text or "name" in wrong
    assert status_of(sandbox, session) == ("open", "unpaid")
    assert sandbox.control("truth")["charges"] == []


def test_a_decline_stays_on_the_page_and_another_card_pays(sandbox):
    session = sandbox.session()
    status, _, text = pay(sandbox, session, card_number="4000000000000002")
    assert (status, "Your card was declined." in text) == (200, True)
    assert pay(sandbox, session)[0] == 303
    assert status_of(sandbox, session) == ("complete", "paid")


def test_the_buttons_for_test_cards_win_over_the_field(sandbox):
    session = sandbox.session()
    assert "declined" in pay(sandbox, session, try_card="4000000000000002")[2]


@pytest.mark.parametrize(("answer", "status"), [("complete", "complete"), ("fail", "open")])
def test_three_d_secure_is_a_page_of_its_own(sandbox, answer, status):
    session = sandbox.session()
    _, headers, _ = pay(sandbox, session, card_number="4000002500003155")
    bank = f"/c/pay/{session.id}/authenticate"
    assert headers["Location"] == bank
    intent = sandbox.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]}).payment_intent
    assert browse(sandbox, "GET", urlsplit(intent.next_action.redirect_to_url.url).path)[1]["Location"] == bank
    assert "Complete authentication" in browse(sandbox, "GET", bank)[2]

    code, _, text = browse(sandbox, "POST", bank, {"answer": answer})

    assert (code, "unable to authenticate" in text) == ((303, False) if answer == "complete" else (200, True))
    assert status_of(sandbox, session)[0] == status


def test_a_debit_completes_the_session_unpaid(sandbox):
    session = sandbox.session(currency="eur")
    code, _, _ = pay(sandbox, session, method="sepa_debit", account_number="DE89 3704 0044 0532 0130 00")
    assert (code, status_of(sandbox, session)) == (303, ("complete", "unpaid"))


def test_a_double_submit_pays_once(sandbox):
    session = sandbox.session()
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(pay(sandbox, session)[0])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [303] * 8
    assert len(sandbox.control("truth")["charges"]) == 1


def test_a_paid_and_an_expired_page_say_so(sandbox):
    paid, expired = sandbox.session(), sandbox.session()
    pay(sandbox, paid)
    sandbox.v1.checkout.sessions.expire(expired.id)
    assert "has been paid already" in browse(sandbox, "GET", f"/c/pay/{paid.id}")[2]
    status, _, text = browse(sandbox, "GET", f"/c/pay/{expired.id}")
    assert (status, "has expired" in text) == (410, True)
    assert pay(sandbox, expired)[0] == 410
    assert browse(sandbox, "GET", "/c/pay/cs_test_nobody")[0] == 404


def test_nothing_typed_becomes_markup(sandbox):
    evil = '"><script>alert(1)</script>'
    session = sandbox.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "http://localhost/ok",
            "cancel_url": 'http://localhost/"><script>',
            "line_items": [
                {"price_data": {"currency": "usd", "unit_amount": 500, "product_data": {"name": evil}}, "quantity": 1}
            ],
        }
    )
    page = browse(sandbox, "GET", f"/c/pay/{session.id}")[2] + pay(sandbox, session, name=evil, email=evil)[2]
    pay(sandbox, session, name=evil)
    dashboard = browse(sandbox, "GET", "/")[2]
    assert "<script" not in page + dashboard


def test_a_success_address_cannot_smuggle_headers(sandbox):
    status, _, _ = sandbox.call(
        "POST",
        "/v1/checkout/sessions",
        "mode=payment&success_url=http://localhost/%0d%0aX:1&line_items[0][price_data][currency]=usd"
        "&line_items[0][price_data][unit_amount]=100&line_items[0][price_data][product_data][name]=x",
    )
    assert status == 400


def test_the_dashboards_buttons(sandbox):
    session = sandbox.session()
    pay(sandbox, session)
    sandbox.settle()
    charge = sandbox.control("truth")["charges"][0]["id"]
    page = browse(sandbox, "GET", "/")[2]
    assert (charge in page, "dora@example.org" in page, "checkout.session.completed" in page) == (True, True, True)

    def press(act, target):
        return browse(sandbox, "POST", "/", {"act": act, "target": target}, Origin=sandbox.base)[1]["Location"]

    assert press("dispute", charge) == "/?said=disputed"
    assert press("won", sandbox.control("truth")["disputes"][0]["id"]) == "/?said=won"
    assert press("redeliver", sandbox.v1.events.list().data[0].id) == "/?said=sent"
    before = sandbox.control("clock")["now"]
    assert browse(sandbox, "POST", "/", {"act": "clock", "months": "1"})[0] == 303
    assert sandbox.control("clock")["now"] > before + 28 * 86_400


def test_the_dashboard_refunds(sandbox):
    session = sandbox.session()
    pay(sandbox, session)
    charge = sandbox.control("truth")["charges"][0]["id"]
    browse(sandbox, "POST", "/", {"act": "refund", "target": charge})
    status, _, text = browse(sandbox, "POST", "/", {"act": "refund", "target": charge})
    assert (status, "has already been refunded" in text) == (400, True)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/", {"Origin": "http://evil.example"}, 403),
        ("POST", "/", {"Origin": "null"}, 403),
        ("POST", "/", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("POST", "/", {"Origin": "http://localhost:8000"}, 403),
        ("POST", "/_control/clock", {"Origin": "http://evil.example"}, 403),
        ("GET", "/_control/truth", {"Origin": "null"}, 403),
        ("GET", "/_control/truth", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("GET", "/_control/truth", {"Host": "evil.example"}, 421),
        ("GET", "/", {"Host": "rebound.example:80"}, 421),
        ("GET", "/_control/truth", {"Host": "localhost:1234"}, 200),
    ],
)
def test_other_sites_are_kept_out(sandbox, method, path, headers, status):
    assert (
        browse(sandbox, method, path, {"act": "clock", "hours": "1"} if method == "POST" else None, **headers)[0]
        == status
    )


def test_a_body_that_is_too_long_is_refused(sandbox):
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(sandbox.base).port, timeout=10)
    connection.putrequest("POST", "/v1/customers")
    connection.putheader("Content-Length", "99999999")
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()
