"""The form: what it offers, what it keeps, what it refuses."""

import re
import uuid

import pytest
from django.urls import reverse

from blueheart.languages import LANGUAGES
from donations.models import Donation, Donor, GivingCurrency
from tests.donations.conftest import typed
from tests.donations.factories import CampaignFactory

pytestmark = pytest.mark.usefixtures("db")


def errors(page):
    """What the error summary says."""
    html = page.content.decode()
    summary = html.split('class="error-summary"')[1].split("</ul>")[0] if "error-summary" in html else ""
    return [re.sub(r"<[^>]+>", "", item).split(" – ")[-1] for item in re.findall(r"<li>(.*?)</li>", summary)]


def value(page, name):
    """What a text or hidden field holds."""
    (field,) = re.findall(rf'<input[^>]*name="{name}"[^>]*>', page.content.decode())
    found = re.search(r'value="([^"]*)"', field)
    return found[1] if found else ""


def checked(page, name):
    """The radio that is chosen."""
    fields = re.findall(rf'<input[^>]*name="{name}"[^>]*>', page.content.decode())
    return [re.search(r'value="([^"]*)"', field)[1] for field in fields if " checked" in field]


def chosen(page, name):
    """The option that is chosen in a select."""
    select = re.search(rf'<select[^>]*name="{name}".*?</select>', page.content.decode(), re.DOTALL)[0]
    return re.findall(r'<option value="([^"]*)" selected', select)


@pytest.mark.parametrize("language", [code for code, _name in LANGUAGES])
def test_the_form_answers_in_every_language(client, language):
    page = client.get(f"/{language}/donate/")

    assert page.status_code == 200
    assert page["Cache-Control"] == "private, no-store"
    assert "4242 4242 4242 4242" in page.content.decode()


def test_the_form_of_a_campaign_has_it_chosen(client):
    campaign = CampaignFactory()

    page = client.get(reverse("donations:donate_campaign", args=[campaign.slug]))

    assert chosen(page, "campaign") == [campaign.slug]


def test_a_campaign_that_is_not_published_is_not_found(client):
    campaign = CampaignFactory(status="draft")

    assert client.get(f"/en/donate/{campaign.slug}/").status_code == 404
    assert campaign.slug not in client.get("/en/donate/").content.decode()


@pytest.mark.parametrize(
    ("query", "currency", "preset", "amount", "interval"),
    [
        ("", ["USD"], [], "", ["once"]),
        ("amount=50&currency=EUR&interval=month", ["EUR"], ["5000"], "", ["month"]),
        ("amount=12.5&currency=eur", ["EUR"], ["other"], "12.5", ["once"]),
        ("amount=1.25&currency=KWD", ["KWD"], ["other"], "1.25", ["once"]),
        ("amount=3000&currency=JPY", ["JPY"], ["3000"], "", ["once"]),
        ("amount=0.5&currency=JPY&interval=week", ["JPY"], [], "", ["once"]),
        ("amount=NaN&currency=XXX", ["USD"], [], "", ["once"]),
        ("amount=1e400", ["USD"], [], "", ["once"]),
        ("amount=9e999999", ["USD"], [], "", ["once"]),
        ("amount=1e-999999", ["USD"], [], "", ["once"]),
        ("amount=-5", ["USD"], [], "", ["once"]),
    ],
)
def test_a_link_fills_in_the_gift(client, query, currency, preset, amount, interval):
    page = client.get(f"/en/donate/?{query}")

    assert chosen(page, "currency") == currency
    assert checked(page, "preset") == preset
    assert value(page, "amount") == amount
    assert checked(page, "interval") == interval
    assert value(page, "shown_currency") == currency[0]


def test_a_typed_amount_is_filled_in_as_the_language_writes_it(client):
    assert value(client.get("/fr/donate/?amount=12.5&currency=EUR"), "amount") == "12,5"


def test_every_visit_has_a_form_token_of_its_own(client):
    tokens = {value(client.get("/en/donate/"), "form_token") for _visit in range(2)}

    assert len(tokens) == 2


def test_coming_back_unpaid_says_that_nothing_was_charged_and_keeps_the_form(client, sandbox, dora_gives):
    token = str(uuid.uuid4())
    dora_gives(interval="month", preset="5000", form_token=token)
    (session,) = sandbox.sessions()

    page = client.get(session["cancel_url"].removeprefix("http://localhost:8000"))

    assert "Nothing was charged" in page.content.decode()
    assert value(page, "form_token") == token
    assert (checked(page, "preset"), checked(page, "interval")) == (["5000"], ["month"])
    assert "dora@example.org" not in session["cancel_url"] + page.content.decode()


def test_showing_another_currency_saves_nothing_and_finds_no_fault(client):
    page = client.post("/en/donate/", typed(currency="JPY", email="not yet", show_currency="1", public_name="Dora"))

    assert errors(page) == []
    assert "¥3,000" in page.content.decode()
    assert (chosen(page, "currency"), checked(page, "preset"), value(page, "shown_currency")) == (["JPY"], [], "JPY")
    assert (value(page, "email"), value(page, "public_name")) == ("not yet", "Dora")
    assert Donation.objects.count() == 0


def test_an_amount_picked_in_another_currency_is_not_taken(client):
    page = client.post("/en/donate/", typed(currency="JPY", preset="2500"))

    assert errors(page) == ["Please choose the amount in JPY."]
    assert (checked(page, "preset"), value(page, "shown_currency")) == ([], "JPY")
    assert Donation.objects.count() == 0


def test_an_amount_typed_counts_in_the_currency_that_was_chosen(sandbox, dora_gives):
    donation = dora_gives(currency="JPY", preset="", amount="2500")

    assert (donation.amount_minor, donation.currency) == (2500, "JPY")


WRONG = {
    "nothing chosen": ({"preset": ""}, ["Please choose an amount, or type another one."]),
    "other, but nothing typed": ({"preset": "other"}, ["Please choose an amount, or type another one."]),
    "two amounts": ({"amount": "30"}, ["You chose one amount and typed another. Please keep one of them."]),
    "no number": ({"preset": "other", "amount": "a lot"}, ["Please enter an amount in figures, such as US$25.00."]),
    "too little": ({"preset": "other", "amount": "0.99"}, ["The smallest gift we can take is US$1.00."]),
    "half a cent": (
        {"preset": "other", "amount": "1.005"},
        ["That is more precise than USD allows: the smallest step is US$0.01."],
    ),
    "an amount of no list": (
        {"preset": "2501"},
        ["Select a valid choice. 2501 is not one of the available choices."],
    ),
    "no mail address": ({"email": "dora"}, ["Enter a valid email address."]),
    "no address": ({"email": None}, ["Please enter your e-mail address."]),
    "a name too young": (
        {"public_name": "Dora"},
        ["To show a name or words you must be 16 or older. You can give anonymously, without words."],
    ),
    "a name that is a link": (
        {"public_name": "www.dora.example", "is_16_or_older": "on"},
        ["Please write the name without a web or mail address. After a full stop, leave a space."],
    ),
    "an unknown interval": (
        {"interval": "hour"},
        ["Select a valid choice. hour is not one of the available choices."],
    ),
    "an unknown campaign": (
        {"campaign": "none-such"},
        ["Select a valid choice. That choice is not one of the available choices."],
    ),
    "an unknown currency": (
        {"currency": "XYZ"},
        ["Select a valid choice. XYZ is not one of the available choices."],
    ),
    "a broken token": ({"form_token": "x"}, ["Enter a valid UUID."]),
}


@pytest.mark.parametrize(("changes", "said"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_said_and_everything_typed_is_kept(client, changes, said):
    page = client.post("/en/donate/", typed(receipt_name="Dora Donor", **changes))

    assert errors(page) == said
    assert 'role="alert" tabindex="-1" autofocus' in page.content.decode()
    kept = typed(**changes)
    for name in ("email", "receipt_name", "public_name", "amount"):
        assert value(page, name) == (kept.get(name) or "")
    assert (Donation.objects.count(), Donor.objects.count()) == (0, 0)


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD", "ISK", "UGX", "HUF", "IDR", "LBP", "XCG"])
def test_a_preset_of_every_kind_of_currency_leads_to_the_pay_page(client, sandbox, dora_gives, currency):
    page = client.get(f"/en/donate/?currency={currency}")
    presets = GivingCurrency.objects.get(currency=currency).presets_minor
    for preset in presets:
        assert f'value="{preset}"' in page.content.decode()

    assert dora_gives(currency=currency, shown_currency=currency, preset=str(presets[0])).amount_minor == presets[0]


def test_a_gift_for_a_campaign_keeps_what_dora_said(sandbox, dora_gives):
    campaign = CampaignFactory()

    donation = dora_gives(
        campaign=campaign.slug,
        public_name="  Dora   D. ",
        is_16_or_older="on",
        receipt_name=" Dora  Donor ",
        interval="month",
    )

    assert donation.campaign == campaign
    assert (donation.public_name, donation.is_16_or_older, donation.receipt_name) == ("Dora D.", True, "Dora Donor")
    assert (donation.interval, donation.donor.email, donation.language) == ("month", "dora@example.org", "en")


def test_the_form_needs_its_csrf_token(settings):
    from django.test import Client  # noqa: PLC0415

    assert Client(enforce_csrf_checks=True).post("/en/donate/", typed()).status_code == 403


def test_a_known_donor_is_not_made_twice_and_not_renamed_by_a_form(sandbox, dora_gives):
    first = dora_gives()
    second = dora_gives(email="DORA@example.org", receipt_name="Mallory")

    assert second.donor == first.donor
    assert second.donor.name == "Dora Donor"
    assert second.receipt_name == "Mallory"


@pytest.mark.parametrize("session", ["", "cs_test_unknown1", "cs_live_1", "cs_test_", "'; --", "cs_test_" + "a" * 300])
def test_guessing_at_the_page_of_thanks_finds_nothing(client, sandbox, dora_gives, session):
    dora_gives()

    assert client.get("/en/donate/thanks/", {"session": session}).status_code == 404


def test_the_page_of_thanks_names_nobody_and_is_not_kept(client, sandbox, dora_gives):
    donation = dora_gives(public_name="Dora", is_16_or_older="on")
    sandbox.pay(donation)

    page = client.get(f"/en/donate/thanks/?session={donation.stripe_checkout_session_id}")

    assert "Dora" not in page.content.decode()
    assert "dora@example.org" not in page.content.decode()
    assert page["Cache-Control"] == "private, no-store"
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert not page.cookies


def test_the_page_of_thanks_never_reloads_itself_but_offers_to_look_again(client, sandbox, dora_gives):
    donation = dora_gives()
    sandbox.pay(donation, account="000123456789")
    path = f"/en/donate/thanks/?session={donation.stripe_checkout_session_id}"

    page = client.get(path).content.decode()

    assert f'href="{path}"' in page
    assert 'http-equiv="refresh"' not in page


def test_the_page_of_thanks_asks_stripe_a_limited_number_of_times(client, sandbox, dora_gives):
    donation = dora_gives()
    path = f"/en/donate/thanks/?session={donation.stripe_checkout_session_id}"

    for _look in range(35):
        assert client.get(path).status_code == 200

    assert len(sandbox.requests("/v1/checkout/sessions/", "GET")) == 30


@pytest.mark.parametrize("language", [code for code, _name in LANGUAGES])
def test_the_page_of_thanks_answers_in_every_language(client, sandbox, dora_gives, language):
    donation = dora_gives(at=f"/{language}/donate/")
    sandbox.pay(donation)

    page = client.get(f"/{language}/donate/thanks/?session={donation.stripe_checkout_session_id}")

    assert 'data-status="confirmed"' in page.content.decode()
