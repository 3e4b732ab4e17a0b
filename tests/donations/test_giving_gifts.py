"""What donors see of their own gifts, what they change of what others see, and what stays closed to others."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from blueheart.languages import LANGUAGES
from donations.models import Dispute, Donation, MonthlyGift, ReceiptOrder, Refund, RefundRequest
from donations.services.donor_gifts import GIFTS_PER_PAGE
from donations.services.receipts import bring_up_to_date
from tests.donations.factories import NOW, donation, donor
from tests.donations.giving_desk import visit
from tests.donations.test_privacy import issue_receipt

pytestmark = pytest.mark.django_db
HOME = "/en/giving/home/"
MOST_QUERIES = 8


def page(client, path=HOME):
    answer = client.get(path)
    assert answer.status_code == 200, path
    return " ".join(answer.content.decode().split())


def path_of(gift, part=""):
    return f"/en/giving/gifts/{gift.public_id}/{part}"


def refund(gift, amount_minor, status="succeeded"):
    return Refund.objects.create(
        donation=gift, amount_minor=amount_minor, currency=gift.currency, status=status, source="stripe",
        stripe_refund_id=f"re_{amount_minor}{status}", next_attempt_at=None,
    )  # fmt: skip


def dispute(gift, status):
    return Dispute.objects.create(
        donation=gift, stripe_dispute_id=f"dp_{status}", amount_minor=gift.amount_minor, currency=gift.currency,
        status=status, status_as_of=NOW, opened_at=NOW,
    )  # fmt: skip


def monthly_gift(of=None, **changes):
    fields = {"amount_minor": 1000, "currency": "USD", "language": "en", "status": "active", "status_as_of": NOW}
    return MonthlyGift.objects.create(
        donor=of or donor(), stripe_subscription_id=f"sub_{MonthlyGift.objects.count()}", **fields | changes
    )


# The list


def test_an_address_without_gifts_says_so(client):
    assert "You have given nothing yet with this address." in page(visit(client))


@pytest.mark.parametrize("status", ["not-started", "pending", "expired"])
def test_forms_that_led_to_no_payment_are_no_gifts(client, status):
    gift = donation(status)
    assert "You have given nothing yet" in page(visit(client))
    assert client.get(path_of(gift)).status_code == 404


@pytest.mark.parametrize(
    ("status", "then", "words"),
    [
        ("succeeded", lambda gift: None, "Arrived. Thank you."),
        ("processing", lambda gift: None, "On its way."),
        ("failed", lambda gift: None, "Did not go through. Nothing was charged."),
        ("quarantined", lambda gift: None, "Somebody here is looking at this payment"),
        ("succeeded", lambda gift: refund(gift, 500), "of it given back to you."),
        ("succeeded", lambda gift: refund(gift, 2500), "Given back to you."),
        ("succeeded", lambda gift: refund(gift, 500, "failed"), "Arrived. Thank you."),
        ("succeeded", lambda gift: dispute(gift, "needs_response"), "Your bank is asking about it"),
        ("succeeded", lambda gift: dispute(gift, "warning_under_review"), "Your bank is asking about it"),
        ("succeeded", lambda gift: dispute(gift, "won"), "Arrived. Thank you."),
        ("succeeded", lambda gift: dispute(gift, "lost"), "Your bank took the payment back."),
    ],
)
def test_each_state_is_told_in_plain_words(client, status, then, words):
    gift = donation(status, statement_text="BLUE HEART")
    then(gift)
    visit(client)
    for path in (HOME, path_of(gift)):
        text = page(client, path)
        assert words in text
        assert "ispute" not in text.replace("statement", "")


def test_pages_of_older_gifts_hang_on_the_last_one_shown(client):
    gifts = [donation("succeeded", amount_minor=100 * number) for number in range(1, GIFTS_PER_PAGE + 6)]
    visit(client)
    first = page(client)
    older = f"{HOME}?before={gifts[5].public_id}"
    assert f'href="?before={gifts[5].public_id}"' in first
    assert gifts[4].public_id not in first

    second = page(client, older)
    assert [f"gifts/{gift.public_id}/" in second for gift in gifts[:6]] == [True] * 5 + [False]
    assert 'href="?before=' not in second
    assert "There are no older gifts." in page(client, f"{HOME}?before={gifts[0].public_id}")


def test_the_cursor_of_somebody_else_or_of_nobody_shows_nothing(client):
    donation("succeeded")
    others = donation("succeeded", donor=donor("mallory@example.org"))
    visit(client)
    for before in (others.public_id, "x", "1"):
        assert "There are no older gifts." in page(client, f"{HOME}?before={before}")
    assert client.get(HOME, {"before": "x" * 3000}).status_code == 404


def test_pages_ask_as_often_for_three_hundred_gifts_as_for_one(client):
    def queries(path):
        with CaptureQueriesContext(connection) as asked:
            page(client, path)
        return len(asked)

    def give():
        gift = donation("succeeded", public_name="Dora", is_16_or_older=True)
        issue_receipt(gift, f"BH-2026-{gift.pk % 1_000_000:06d}")
        refund(gift, 500).__class__.objects.filter(donation=gift).update(stripe_refund_id=f"re_{gift.pk}")
        return gift

    first = give()
    monthly_gift()
    visit(client)
    paths = [HOME, path_of(first), path_of(first, "shown/"), "/en/giving/privacy/", "/en/giving/privacy/erase/",
             "/en/giving/receipts/" + first.receipts.get().number + "/"]  # fmt: skip
    once = {path: queries(path) for path in paths[:5]}
    template = Donation.objects.get()
    rows = [
        Donation(**{field.attname: getattr(template, field.attname) for field in Donation._meta.concrete_fields}
                 | {"id": None, "public_id": f"p{number}", "form_token": None,
                    "stripe_checkout_session_id": f"cs_test_{number}", "stripe_payment_intent_id": f"pi_{number}"})
        for number in range(300)
    ]  # fmt: skip
    Donation.objects.bulk_create(rows)
    monthly_gift()

    assert {path: queries(path) for path in paths[:5]} == once
    assert max(once.values()) <= MOST_QUERIES, once


@pytest.mark.parametrize("language", [code for code, _name in LANGUAGES])
def test_pages_answer_in_every_language(client, language):
    gift = donation("succeeded", public_name="Dora", is_16_or_older=True, words="Hi", words_status="waiting")
    monthly_gift()
    issue_receipt(gift)
    visit(client)
    for path in (HOME, path_of(gift), path_of(gift, "shown/"), path_of(gift, "refund/"), "/en/giving/privacy/",
                 "/en/giving/privacy/erase/", "/en/giving/statements/2026/"):  # fmt: skip
        assert client.get(path.replace("/en/", f"/{language}/", 1)).status_code == 200, path
    assert client.post(f"/{language}/giving/privacy/download/").status_code == 200


# Mallory


def test_mallory_finds_nothing_of_doras(client, with_receipt):
    gift, receipt = with_receipt
    monthly = monthly_gift()
    mallory = visit(client, donor("mallory@example.org"))
    paths = [path_of(gift), path_of(gift, "shown/"), path_of(gift, "refund/"), f"/en/giving/receipts/{receipt.number}/",
             f"/en/giving/receipts/{receipt.number}/pdf/", "/en/giving/statements/2026/",
             "/en/giving/statements/2026/pdf/", f"/en/giving/monthly/{monthly.public_id}/"]  # fmt: skip
    for path in paths:
        assert mallory.get(path).status_code == 404, path
        assert mallory.post(path, {"amount": "1", "public_name": "M", "public_name_kind": "alias",
                                   "is_16_or_older": "on"}).status_code == 404, path  # fmt: skip
        assert Client().get(path).status_code == 403, path
    gift.refresh_from_db()
    assert (gift.public_name, RefundRequest.objects.count()) == ("", 0)
    assert gift.public_id not in page(mallory)
    assert visit(Client()).get(paths[0]).status_code == 200


# What others see


def save(client, gift, **typed):
    return client.post(
        path_of(gift, "shown/"), {"public_name_kind": "anonymous", "public_name": "", "words": ""} | typed
    )


def test_a_donor_changes_what_others_see(client):
    gift = donation("succeeded", receipt_name="Dora Donor")
    visit(client)
    answer = save(client, gift, public_name_kind="first", public_name="Dora", words="For her", is_16_or_older="on",
                  is_amount_shown="on")  # fmt: skip

    assert answer.url == path_of(gift, "?done=shown")
    gift.refresh_from_db()
    assert (gift.public_name_kind, gift.shown_name, gift.words_status, gift.is_amount_shown) == (
        "first", "Dora", "waiting", True,
    )  # fmt: skip
    assert gift.shown_words == ""
    assert "Saved." in page(client, answer.url)


def test_words_that_were_published_wait_again_once_they_are_other_words(client):
    gift = donation("succeeded", words="For her", words_status="published", is_16_or_older=True)
    visit(client)
    save(client, gift, words="For her", is_16_or_older="on")
    gift.refresh_from_db()
    assert gift.shown_words == "For her"

    save(client, gift, words="For them", is_16_or_older="on")
    gift.refresh_from_db()
    assert (gift.shown_words, gift.words, gift.words_status) == ("", "For them", "waiting")
    save(client, gift)
    gift.refresh_from_db()
    assert (gift.words, gift.words_status) == ("", "none")


def test_giving_up_a_name_needs_one_choice_only(client):
    gift = donation("succeeded", receipt_name="Dora Donor", public_name="Zed", public_name_kind="alias",
                    is_16_or_older=True)  # fmt: skip
    visit(client)
    save(client, gift, public_name_kind="full", public_name="Zed", is_16_or_older="on")
    gift.refresh_from_db()
    assert gift.public_name == "Dora Donor"
    save(client, gift, public_name_kind="anonymous", public_name="Dora Donor")
    gift.refresh_from_db()
    assert (gift.public_name, gift.public_name_kind) == ("", "anonymous")


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"public_name_kind": "alias", "public_name": "Zed"}, "you must be 16 or older"),
        ({"words": "For her"}, "you must be 16 or older"),
        ({"public_name_kind": "alias", "public_name": "www.evil.example", "is_16_or_older": "on"}, "web"),
        ({"public_name_kind": "alias", "public_name": "Agent 007", "is_16_or_older": "on"}, "without digits"),
        ({"words": "see evil.example", "is_16_or_older": "on"}, "without web or mail addresses"),
        ({"public_name_kind": "alias", "is_16_or_older": "on"}, "Please type the name"),
        ({"public_name_kind": "king"}, "king is not one of the available choices"),
    ],
)
def test_what_may_not_be_shown_is_refused_kindly(client, typed, problem):
    gift = donation("succeeded")
    visit(client)
    answer = save(client, gift, **typed)
    assert problem in answer.content.decode()
    gift.refresh_from_db()
    assert (gift.public_name, gift.words) == ("", "")


def test_a_name_that_staff_hide_stays_hidden_whatever_it_becomes(client):
    gift = donation("succeeded", public_name="Zed", public_name_kind="alias", is_16_or_older=True,
                    public_name_hidden=True, name_hidden_for="abuse")  # fmt: skip
    visit(client)
    assert "Our staff keep the name" in page(client, path_of(gift, "shown/"))
    save(client, gift, public_name_kind="alias", public_name="Anna", is_16_or_older="on")
    gift.refresh_from_db()
    assert (gift.public_name, gift.shown_name) == ("Anna", "")


def test_the_coming_charges_of_a_monthly_gift_take_the_name_over_if_wished(client):
    monthly = monthly_gift()
    gift = donation("succeeded", interval="month", monthly_gift=monthly)
    visit(client)
    save(client, gift, public_name_kind="alias", public_name="Zed", is_16_or_older="on")
    monthly.refresh_from_db()
    assert monthly.public_name == ""
    save(client, gift, public_name_kind="alias", public_name="Zed", is_16_or_older="on", for_the_coming="on")
    monthly.refresh_from_db()
    assert (monthly.public_name, monthly.public_name_kind) == ("Zed", "alias")


def test_the_form_is_shown_in_another_language_with_what_was_typed(client):
    gift = donation("succeeded")
    visit(client)
    answer = client.post(path_of(gift, "shown/").replace("/en/", "/fr/"), {"words": "bonjour", "switch_language": "en"})
    assert "bonjour" in answer.content.decode()
    gift.refresh_from_db()
    assert gift.words == ""


# Asking to have it back


def test_a_donor_asks_to_have_a_gift_back_once(client):
    gift = donation("succeeded")
    visit(client)
    assert "25" in page(client, path_of(gift, "refund/"))
    answer = client.post(path_of(gift, "refund/"), {"amount": "10.00", "words": "I mistyped"})

    assert answer.url == path_of(gift, "?done=refund")
    wish = RefundRequest.objects.get()
    assert (wish.donation, wish.amount_minor, wish.words, wish.status) == (gift, 1000, "I mistyped", "open")
    assert "answers by mail" in page(client, answer.url)
    assert client.get(path_of(gift, "refund/")).url == path_of(gift)
    client.post(path_of(gift, "refund/"), {"amount": "25.00"})
    assert RefundRequest.objects.count() == 1


@pytest.mark.parametrize("amount", ["25.01", "0", "-1", "", "ten", "1e3", "9" * 29])
def test_more_than_there_is_or_no_amount_is_refused(client, amount):
    gift = donation("succeeded")
    visit(client)
    answer = client.post(path_of(gift, "refund/"), {"amount": amount})
    assert answer.status_code == 200
    assert "There is a problem" in answer.content.decode()
    assert RefundRequest.objects.count() == 0


@pytest.mark.parametrize("then", [lambda gift: refund(gift, 2500), lambda gift: dispute(gift, "lost")])
def test_what_is_gone_cannot_be_asked_back(client, then):
    gift = donation("succeeded")
    then(gift)
    visit(client)
    assert "Ask to have it back" not in page(client, path_of(gift))
    assert client.post(path_of(gift, "refund/"), {"amount": "1"}).url == path_of(gift)
    assert RefundRequest.objects.count() == 0


# Receipts


@pytest.fixture
def with_receipt(db):
    """A gift of Dora's with a receipt as the job issues it."""
    gift = donation("succeeded", receipt_name="Dora Donor")
    receipt = bring_up_to_date(ReceiptOrder.objects.create(donation=gift, cause=f"donation:{gift.pk}"))
    return gift, receipt


def test_receipts_and_statements_open_as_pages_and_as_files(client, with_receipt):
    gift, receipt = with_receipt
    visit(client)
    text = page(client)
    links = [f"/en/giving/receipts/{receipt.number}/", f"/en/giving/receipts/{receipt.number}/pdf/",
             f"/en/giving/statements/{gift.succeeded_at.year}/"]  # fmt: skip
    assert [f'href="{link}"' in text for link in links] == [True, True, True]
    assert "Dora Donor" in page(client, links[0])
    for path in (links[1], links[2] + "pdf/"):
        answer = client.get(path)
        assert answer.content.startswith(b"%PDF")
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["Content-Disposition"].startswith("attachment")
    for year in (0, 1999, 9999, 10**20):
        assert client.get(f"/en/giving/statements/{year}/").status_code == 404
        assert client.get(f"/en/giving/statements/{year}/pdf/").status_code == 404
    assert client.get("/en/giving/receipts/BH-1999-000001/").status_code == 404


@pytest.mark.parametrize("page", ["monthly", "gifts", "receipts"])
def test_no_such_reference_is_no_page(client, page):
    visit(client)

    for reference in ("%ff", "x" * 2000, "..%2f"):
        assert client.get(f"/en/giving/{page}/{reference}/").status_code == 404
