"""One form and what it says is one donation and one pay page, on Stripe's good days and bad ones."""

import time
import uuid
from dataclasses import replace

import pytest
from django.test import Client

from donations import site_settings
from donations.gateway import client as gateway_client
from donations.models import Donation
from donations.services import checkout
from tests.donations.conftest import typed
from tests.donations.test_donate_page import errors

pytestmark = pytest.mark.usefixtures("db")

CREATE = "/v1/checkout/sessions"
UNAVAILABLE = "Payments are unavailable. Nothing was charged."


@pytest.fixture
def token(client):
    """Of a form in Dora's browser, which has the cookie that came with it."""
    client.get("/en/donate/")
    return str(uuid.uuid4())


def test_a_form_belongs_to_the_browser_that_shows_it(client, sandbox, token):
    """Mallory cannot send Dora a link to a form of his, to close her pay page or to be led to it."""
    mallory = Client()
    mallory.get("/en/donate/")
    urls = {each.post("/en/donate/", typed(form_token=token)).url for each in (client, mallory)}

    assert len(urls) == 2
    assert sorted(Donation.objects.values_list("status", flat=True)) == ["pending", "pending"]
    assert mallory.post("/en/donate/", typed(form_token=token, preset="1000")).status_code == 302
    dora_s = Donation.objects.order_by("pk")[0]
    assert dora_s.status == "pending"
    assert str(dora_s.form_token) != token


@pytest.mark.parametrize(("interval", "recurring"), [
    ("month", {"interval": "month", "interval_count": "1"}),
    ("quarter", {"interval": "month", "interval_count": "3"}),
    ("year", {"interval": "year"}),
])  # fmt: skip
def test_how_often_is_what_stripe_will_charge(sandbox, dora_gives, interval, recurring):
    donation = dora_gives(interval=interval)

    (request,) = sandbox.requests(CREATE, "POST")
    asked = request["params"]["line_items"]["0"] if isinstance(request["params"]["line_items"], dict) else None
    asked = asked or request["params"]["line_items"][0]
    assert asked["price_data"]["recurring"] == recurring
    assert (request["params"]["mode"], donation.interval) == ("subscription", interval)


def test_stripe_hears_nothing_of_names_words_and_other_people(sandbox, dora_gives):
    dora_gives(
        public_name_kind="alias", public_name="Dodo", words="For her", is_16_or_older="on", tribute_kind="memory",
        honoured_name="Anna", notice_email="otto@example.org", notice_from="Dodo",
    )  # fmt: skip

    (request,) = sandbox.requests(CREATE, "POST")
    said = str(request["params"])
    assert [word for word in ("Dodo", "For her", "Anna", "otto") if word in said] == []
    assert list(request["params"]["metadata"]) == ["donation"]


def test_a_form_sent_again_leads_to_the_same_page(client, sandbox, token):
    urls = {client.post("/en/donate/", typed(form_token=token)).url for _time in range(3)}

    assert len(urls) == 1
    assert (Donation.objects.count(), len(sandbox.sessions())) == (1, 1)


def test_what_we_ask_stripe_for(client, sandbox, dora_gives):
    donation = dora_gives(at="/zh-hans/donate/", interval="once")

    (request,) = sandbox.requests(CREATE, "POST")
    params = request["params"]
    assert params["locale"] == "zh"
    assert params["client_reference_id"] == donation.public_id
    assert params["adaptive_pricing"] == {"enabled": "false"}
    assert params["success_url"] == "http://localhost:8000/zh-hans/donate/thanks/?session={CHECKOUT_SESSION_ID}"
    assert request["idempotency_key"] == f"checkout-{donation.public_id}-0"
    assert request["stripe_version"] == "2026-10-28.endive"


@pytest.mark.parametrize("status", [500, 429, 400, 503, "reset", "html", "truncate"])
def test_while_stripe_is_down_nothing_is_charged_and_the_second_try_works(client, sandbox, token, status):
    sandbox.fault(path=CREATE, status=status, times=2)

    page = client.post("/en/donate/", typed(form_token=token, receipt_name="Dora D."))

    assert page.status_code == 503
    assert UNAVAILABLE in page.content.decode()
    assert 'value="Dora D."' in page.content.decode()
    assert f'value="{token}"' in page.content.decode()
    donation = Donation.objects.get()
    assert (donation.status, donation.stripe_checkout_session_id) == ("not-started", None)

    sandbox.control("faults", method="DELETE")
    again = client.post("/en/donate/", typed(form_token=token, receipt_name="Dora D."))

    donation.refresh_from_db()
    assert (again.status_code, again.url) == (302, donation.checkout_url)
    assert donation.status == "pending"


def test_a_page_whose_answer_got_lost_is_not_made_twice(client, sandbox, token):
    sandbox.fault(path=CREATE, status="reset", times=2, after_effect=True)
    assert client.post("/en/donate/", typed(form_token=token)).status_code == 503

    again = client.post("/en/donate/", typed(form_token=token))

    (session,) = sandbox.sessions()
    assert again.url == session["url"]


def test_a_stripe_that_does_not_answer_is_given_up_within_twelve_seconds(client, sandbox, token, settings, monkeypatch):
    """A first try is cut short, and the second is told that the first still runs; what we spare here is counted."""
    patience, pace = gateway_client.TIMEOUT_SECONDS, checkout.SIBLING_SECONDS
    monkeypatch.setattr(gateway_client, "TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr(checkout, "SIBLING_SECONDS", 0.01)
    settings.STRIPE_SECRET_KEY = "sk_test_impatient"  # a client of its own, made with this patience
    spared = (patience - 0.3) + checkout.SIBLING_WAITS * (pace - 0.01)
    sandbox.fault(path=CREATE, status="stall", times=2, seconds=30)
    began = time.monotonic()

    page = client.post("/en/donate/", typed(form_token=token))

    assert page.status_code == 503
    assert time.monotonic() - began + spared < 12


def test_without_a_key_nothing_is_charged(client, settings):
    settings.STRIPE_SECRET_KEY = ""

    page = client.post("/en/donate/", typed())

    assert (page.status_code, Donation.objects.get().status) == (503, "not-started")


def test_another_amount_from_the_same_form_closes_the_page_of_the_first(client, sandbox, token):
    first_url = client.post("/en/donate/", typed(form_token=token, preset="5000")).url

    second_url = client.post("/en/donate/", typed(form_token=token, preset="1000")).url

    old, new = Donation.objects.order_by("pk")
    assert (old.status, new.status) == ("expired", "pending")
    assert (first_url, second_url) == (old.checkout_url, new.checkout_url)
    by_id = {session["id"]: session for session in sandbox.sessions()}
    assert by_id[old.stripe_checkout_session_id]["status"] == "expired"
    assert by_id[new.stripe_checkout_session_id]["status"] == "open"
    assert by_id[new.stripe_checkout_session_id]["amount_total"] == 1000


def test_another_amount_from_a_form_that_was_paid_asks_first(client, sandbox, token):
    client.post("/en/donate/", typed(form_token=token, preset="5000"))
    sandbox.pay(Donation.objects.get())

    page = client.post("/en/donate/", typed(form_token=token, preset="1000"))

    assert errors(page) == [
        "A gift of US$50.00 was already made with this form; nothing more was charged. "
        "To give once more, send the form again."
    ]
    assert f'value="{token}"' not in page.content.decode()
    paid, asked = Donation.objects.order_by("pk")
    assert (paid.status, asked.status) == ("succeeded", "not-started")
    assert len(sandbox.sessions()) == 1


def test_the_same_form_after_paying_leads_to_the_page_of_thanks(client, sandbox, token):
    client.post("/en/donate/", typed(form_token=token))
    donation = Donation.objects.get()
    sandbox.pay(donation)
    client.get(f"/en/donate/thanks/?session={donation.stripe_checkout_session_id}")

    again = client.post("/en/donate/", typed(form_token=token))

    assert again.url.endswith(f"/en/donate/thanks/?session={donation.stripe_checkout_session_id}")
    assert len(sandbox.sessions()) == 1


def test_a_form_whose_page_closed_gets_a_fresh_token(client, sandbox, token):
    client.post("/en/donate/", typed(form_token=token))
    Donation.objects.update(status="expired")

    page = client.post("/en/donate/", typed(form_token=token))

    assert "The payment page of this form is closed. Nothing was charged." in page.content.decode()
    assert f'value="{token}"' not in page.content.decode()
    assert 'value="dora@example.org"' in page.content.decode()


def test_a_wish_that_never_reached_stripe_is_dropped_for_the_next(client, sandbox, token):
    sandbox.fault(path=CREATE, status=503, times=2)
    client.post("/en/donate/", typed(form_token=token, preset="5000"))

    client.post("/en/donate/", typed(form_token=token, preset="1000"))

    assert list(Donation.objects.order_by("pk").values_list("amount_minor", "status")) == [
        (5000, "expired"),
        (1000, "pending"),
    ]


def test_stripe_down_while_the_old_page_is_closed_opens_no_new_one(client, sandbox, token):
    client.post("/en/donate/", typed(form_token=token, preset="5000"))
    sandbox.fault(path="/v1/checkout/sessions/*", status="reset", times=2)

    page = client.post("/en/donate/", typed(form_token=token, preset="1000"))

    assert page.status_code == 503
    assert len(sandbox.sessions()) == 1


def test_somebody_who_begins_gifts_without_end_is_stopped(client, sandbox):
    for gift in range(40):
        assert client.post("/en/donate/", typed(email=f"dora{gift}@example.org")).status_code == 302

    page = client.post("/en/donate/", typed())

    assert page.status_code == 429
    assert 0 < int(page.headers["Retry-After"]) <= 600
    assert "Too many gifts were begun" in page.content.decode()
    assert Donation.objects.count() == 40


def test_gifts_begun_with_one_address_are_counted_whoever_sends_them_and_however_it_is_spelled(
    client, sandbox, monkeypatch
):
    few = replace(site_settings.GIFTS_BY_ADDRESS, default=4, least=1)
    monkeypatch.setattr(checkout, "GIFTS_BY_ADDRESS", few)
    spellings = ["dora@example.org", "D.ora+1@example.org", "dora+2@EXAMPLE.org.", "ｄｏｒａ＠example.org"]
    for number, email in enumerate(spellings):
        assert client.post("/en/donate/", typed(email=email), REMOTE_ADDR=f"198.51.{number}.1").status_code == 302

    page = client.post("/en/donate/", typed(receipt_name="Dora Maar"), REMOTE_ADDR="198.51.100.1")

    assert (page.status_code, Donation.objects.count()) == (429, 4)
    assert 0 < int(page.headers["Retry-After"]) <= 86_400
    said = page.content.decode()
    assert "Many gifts were begun with this e-mail address today. Nothing was charged." in said
    assert "Dora Maar" in said
    assert client.post("/en/donate/", typed(email="ada@example.org")).status_code == 302
