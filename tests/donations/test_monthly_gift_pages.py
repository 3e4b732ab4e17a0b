"""What Dora can do with her gift on her own pages, and what Mallory cannot."""

import re

import pytest
from django.urls import reverse

from blueheart.languages import LANGUAGES
from donations.models import Donation, MonthlyGift, MonthlyGiftChange
from tests.donations.factories import CampaignFactory, donation, donor, monthly_gift
from tests.donations.giving_desk import visit

pytestmark = pytest.mark.django_db
PAGES = ("", "amount/", "pause/", "end/")


def at(gift, page="", language="en"):
    return f"/{language}/giving/monthly/{gift.public_id}/{page}"


def text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def token(client, address):
    return re.search(r'name="form_token" value="([^"]+)"', client.get(address).content.decode())[1]


def send(client, gift, page, **typed):
    """Dora fills in the form of a page and sends it."""
    source = at(gift) if page in ("resume/", "card/") else at(gift, page)
    return client.post(at(gift, page), {"form_token": token(client, source)} | typed)


def test_dora_changes_her_gift_by_hand_and_stripe_follows(client, sandbox, dora_gives, worker):
    paid = dora_gives(interval="month")
    sandbox.pay(paid)
    worker()
    gift = MonthlyGift.objects.get()
    visit(client, gift.donor)

    wrong = send(client, gift, "amount/", amount="0.10")
    assert "smallest gift" in text(wrong)
    assert 'value="0.10"' in wrong.content.decode()
    assert "what you give now" in text(send(client, gift, "amount/", amount="25"))
    changed = send(client, gift, "amount/", amount="$40")
    assert changed.url == at(gift) + "?done=amount"
    page = text(client.get(changed.url))
    assert "US$40.00 every month" in page
    assert "US$40.00 instead of US$25.00" in page

    assert "choose how long" in text(send(client, gift, "pause/"))
    paused = send(client, gift, "pause/", length="2")
    assert "Nothing is charged until" in text(client.get(paused.url))
    assert send(client, gift, "resume/").url == at(gift) + "?done=resume"
    portal = send(client, gift, "card/")
    assert portal.url.startswith(f"{sandbox.base}/p/session/")

    ended = send(client, gift, "end/", feedback="other")
    page = client.get(ended.url)
    assert "This gift has ended" in text(page)
    assert "/en/donate/?amount=40&amp;currency=USD&amp;interval=month" in page.content.decode()
    kinds = list(MonthlyGiftChange.objects.order_by("pk").values_list("kind", "by"))
    assert kinds == [(kind, "donor") for kind in ("amount", "paused", "resumed", "cancelled")]
    for later in ("amount/", "pause/", "end/"):
        assert client.get(at(gift, later)).status_code == 302


def test_when_stripe_is_down_nothing_is_changed_and_what_was_typed_stays(client, sandbox, dora_gives, worker):
    sandbox.pay(dora_gives(interval="month"))
    worker()
    gift = MonthlyGift.objects.get()
    visit(client, gift.donor)
    first = token(client, at(gift, "amount/"))
    typed = {"amount": "40", "form_token": first}

    sandbox.fault(method="POST", path="/v1/subscriptions/*", times=2, status="reset")
    silent = client.post(at(gift, "amount/"), typed)
    assert "does not answer" in text(silent)
    assert 'value="40"' in silent.content.decode()
    assert f'value="{first}"' in silent.content.decode()

    sandbox.fault(method="POST", path="/v1/subscriptions/*", times=2, status=500)
    refused = client.post(at(gift, "amount/"), typed)
    assert "refused" in text(refused)
    assert f'value="{first}"' not in refused.content.decode()
    gift.refresh_from_db()
    assert gift.amount_minor == 2500

    sandbox.fault(method="POST", path="/v1/billing_portal/*", times=2, status=500)
    assert "refused" in text(send(client, gift, "card/"))
    for _time in range(3):
        assert send(client, gift, "amount/", amount="40").status_code in (200, 302)
    assert MonthlyGiftChange.objects.count() == 1


@pytest.mark.parametrize("part", [*PAGES, "resume/", "card/"])
def test_mallory_sees_nothing_of_doras_gift(client, part):
    gift = monthly_gift()
    assert client.get(at(gift, part)).status_code == 403
    assert client.post(at(gift, part), {"form_token": "x"}).status_code == 403

    visit(client, donor("mallory@example.org"))
    assert client.get(at(gift, part)).status_code == 404
    assert client.post(at(gift, part)).status_code == 404


STATES = {
    "runs": ({}, "Next charge:"),
    "fails": ({"status": "past_due", "failing_invoice_id": "in_1", "failed_tries": 1}, "did not go through"),
    "rests": ({"is_paused": True}, "until you let it go on"),
    "ends soon": ({"ends_at_period_end": True}, "is about to end"),
    "is not begun": ({"status": "incomplete"}, "not through yet"),
    "has ended": ({"status": "canceled", "next_charge_at": None}, "has ended"),
}


@pytest.mark.parametrize(("state", "words"), STATES.values(), ids=STATES.keys())
def test_each_state_is_said_in_words(client, state, words):
    gift = monthly_gift(**state)

    assert words in text(visit(client).get(at(gift)))


def test_an_end_for_want_of_money_owes_nothing(client):
    gift = monthly_gift(status="canceled")
    gift.changes.create(kind="cancelled", by="stripe", feedback="payment_failed")

    assert "you owe nothing" in text(visit(client).get(at(gift)))


def test_a_gift_that_never_began_has_no_page(client):
    assert visit(client).get(at(monthly_gift(status="incomplete_expired"))).status_code == 404


@pytest.mark.parametrize("part", PAGES)
def test_every_page_speaks_every_language(client, part):
    gift = monthly_gift(campaign=CampaignFactory(), currency="KWD", amount_minor=12500)
    gift.changes.create(kind="amount", by="donor", old_amount_minor=5000, new_amount_minor=12500)
    visit(client)

    for language, _name in LANGUAGES:
        assert client.get(at(gift, part, language)).status_code == 200


def test_a_form_shown_in_another_language_keeps_what_was_typed(client):
    gift = monthly_gift()
    visit(client)

    shown = client.post(at(gift, "amount/", "fr"), {"switch_language": "en", "amount": "4x", "form_token": ""})

    assert 'value="4x"' in shown.content.decode()
    assert "error-summary" not in shown.content.decode()


def test_a_page_costs_the_same_with_one_charge_and_with_many(client, django_assert_num_queries):
    gift = monthly_gift()
    visit(client)
    for count in (1, 15):
        for _charge in range(count):
            donation("succeeded", interval="month", monthly_gift=gift)
        gift.changes.bulk_create(MonthlyGiftChange(monthly_gift=gift, kind="card", by="stripe") for _ in range(count))
        with django_assert_num_queries(4):
            assert client.get(at(gift)).status_code == 200


def test_home_leads_to_each_gift(client):
    gift = monthly_gift()

    assert at(gift) in visit(client).get(reverse("donations:giving_home")).content.decode()
    assert Donation.objects.count() == 0
