"""The form: what it offers, what it keeps, what it refuses."""

import re
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from blueheart.languages import LANGUAGES
from donations.models import Donation, Donor, FeeRate, GivingCurrency
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
        ("amount=12.5&currency=eur", ["EUR"], ["other"], "12.50", ["once"]),
        ("amount=1.25&currency=KWD", ["KWD"], ["other"], "1.250", ["once"]),
        ("amount=3000&currency=JPY", ["JPY"], ["3000"], "", ["once"]),
        ("amount=1500&currency=ISK&interval=quarter", ["ISK"], ["150000"], "", ["quarter"]),
        ("amount=1501&currency=UGX&interval=year", ["UGX"], [], "", ["year"]),
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
    assert value(client.get("/fr/donate/?amount=12.5&currency=EUR"), "amount") == "12,50"


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


def opened(page):
    """The folded parts that stand open."""
    found = re.findall(r'<details class="folded"( open)?>\s*<summary>([^<]*)</summary>', page.content.decode())
    return [title for is_open, title in found if is_open]


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ({}, []),
        ({"public_name_kind": "anonymous", "tribute_kind": ""}, []),
        ({"words": "For her"}, ["With my name or words"]),
        ({"tribute_kind": "memory"}, ["In honour or memory of somebody"]),
        ({"notice_email": "otto"}, ["In honour or memory of somebody"]),
        (
            {"is_16_or_older": "on", "honoured_name": "Anna"},
            ["With my name or words", "In honour or memory of somebody"],
        ),
    ],
)
def test_the_form_is_short_until_something_more_is_said(client, said, parts):
    assert opened(client.post("/en/donate/", typed(show_currency="1", **said))) == parts
    assert opened(client.post("/en/donate/", typed(email="wrong", **said))) == parts


def test_a_campaign_that_a_link_names_is_seen(client):
    campaign = CampaignFactory()

    page = client.get(f"/en/donate/?campaign={campaign.slug}")

    assert (opened(page), chosen(page, "campaign")) == (["For one campaign"], [campaign.slug])
    for wrong in ("none-such", "%00", "' or 1", "x" * 3000):
        assert opened(client.get(f"/en/donate/?campaign={wrong}")) == []


FULL = {
    "interval": "year", "currency": "KWD", "shown_currency": "KWD", "preset": "other", "amount": "12.5",
    "cover_fees": "on", "email": "not yet", "receipt_name": "Dora", "public_name_kind": "alias", "public_name": "Dodo",
    "words": "For her", "is_amount_shown": "on", "tribute_kind": "memory", "honoured_name": "Anna",
    "notice_email": "otto", "notice_name": "Otto", "notice_from": "Dodo", "notice_on": "2099-01-01",
}  # fmt: skip


@pytest.mark.parametrize("sent", [{}, {"show_currency": "1"}, {"switch_language": "en"}, {"currency": "USD"}])
def test_everything_typed_stays_typed(client, sent):
    """On errors, on asking for the sum, in another language and in another currency."""
    path = "/fr/donate/" if "switch_language" in sent else "/en/donate/"

    page = client.post(path, typed(**FULL | sent))

    assert page.status_code == 200
    assert value(page, "amount") == ("12,5" if "switch_language" in sent else "12.5")
    for name in ("email", "receipt_name", "public_name", "honoured_name", "notice_email", "notice_name", "notice_on"):
        assert value(page, name) == FULL[name]
    for name in ("interval", "preset", "public_name_kind", "tribute_kind"):
        assert checked(page, name) == [FULL[name]]
    for name in ("cover_fees", "is_amount_shown"):
        assert " checked" in re.search(rf'<input[^>]*name="{name}"[^>]*>', page.content.decode())[0]
    assert re.search(r'<textarea[^>]*name="words"[^>]*>\s*For her</textarea>', page.content.decode())
    assert chosen(page, "currency") == [sent.get("currency", "KWD")]
    assert Donation.objects.count() == 0


def total(page):
    """What the page says will be charged, and what it will know to have shown."""
    html = page.content.decode().split('id="gift-total"')[1].split("</div>")[0]
    words = re.findall(r"<p[^>]*>(.*?)</p>", html)
    return [re.sub(r"<[^>]+>", "", each) for each in words], value(page, "seen_total")


def test_the_sum_is_shown_before_anything_is_charged(client, sandbox):
    page = client.post("/en/donate/", typed(interval="quarter", cover_fees="on"))

    assert "With the fees it comes to <bdi>US$26.06</bdi>. Nothing was charged yet" in page.content.decode()
    (charged, parts), seen = total(page)
    assert (charged, seen) == ("US$26.06 every three months", "2606")
    assert parts.startswith("US$25.00 for the Fund and about US$1.06 for the fees. This is an estimate")
    assert Donation.objects.count() == 0

    again = client.post("/en/donate/", typed(interval="quarter", cover_fees="on", seen_total=seen))

    assert again.status_code == 302
    (session,) = sandbox.sessions()
    assert session["amount_total"] == 2606
    donation = Donation.objects.get()
    assert (donation.amount_minor, donation.fee_cover_minor) == (2606, 106)
    assert "amount=25&" in session["cancel_url"]
    back = client.get(session["cancel_url"].removeprefix("http://localhost:8000"))
    assert total(back)[1] == "2606"


@pytest.mark.parametrize(
    ("said", "words", "seen"),
    [
        ({}, ["US$25.00 once", "The payment may cost about US$1.06 of it: this is an estimate."], "2500"),
        ({"preset": "other", "amount": "twelve"}, [], ""),
        ({"preset": "2501"}, [], ""),
        ({"preset": ""}, [], ""),
        ({"currency": "JPY"}, [], ""),
        (
            {"currency": "JPY", "amount": "5000", "interval": "month"},
            ["JP¥5,000 every month", "The payment may cost about JP¥187 of it: this is an estimate."],
            "5000",
        ),
    ],
)
def test_the_sum_can_be_asked_for(client, said, words, seen):
    assert total(client.post("/en/donate/", typed(show_currency="1", **said))) == (words, seen)


def test_without_an_estimate_no_fees_are_added(client, sandbox, dora_gives):
    FeeRate.objects.all().delete()

    page = client.get("/en/donate/?amount=25")

    assert 'name="cover_fees"' not in page.content.decode()
    assert total(page) == (["US$25.00 once"], "2500")
    assert dora_gives(cover_fees="on").fee_cover_minor == 0


def test_a_currency_that_is_not_offered_is_not_taken(client):
    GivingCurrency.objects.filter(currency="EUR").update(is_offered=False)

    assert chosen(client.get("/en/donate/?currency=EUR"), "currency") == ["USD"]
    assert errors(client.post("/en/donate/", typed(currency="EUR", shown_currency="EUR"))) == [
        "Select a valid choice. EUR is not one of the available choices.",
    ]


@pytest.mark.parametrize("sent", [{"show_currency": "1"}, {"switch_language": "fr"}])
def test_an_amount_in_a_currency_that_is_offered_no_longer_is_no_amount_in_another(client, sent):
    GivingCurrency.objects.filter(currency="EUR").update(is_offered=False)

    page = client.post("/en/donate/", typed(currency="EUR", shown_currency="EUR", **sent))

    assert (chosen(page, "currency"), value(page, "shown_currency"), checked(page, "preset")) == (["USD"], "USD", [])


def test_where_our_own_currency_is_not_offered_the_first_is_shown(client):
    GivingCurrency.objects.filter(currency="USD").update(is_offered=False)

    assert chosen(client.get("/en/donate/?amount=10"), "currency") == ["EUR"]


@pytest.mark.parametrize("language", [code for code, _name in LANGUAGES])
def test_where_no_currency_is_offered_the_page_says_so(client, language):
    GivingCurrency.objects.update(is_offered=False)

    for answer in (client.get(f"/{language}/donate/"), client.post(f"/{language}/donate/", typed())):
        assert answer.status_code == 503
        assert "<form" not in answer.content.decode().split("<main")[1].split("</main>")[0]


def test_common_currencies_come_first_and_all_can_be_found_by_their_code(client):
    html = client.get("/en/donate/").content.decode()
    groups = re.findall(r'<optgroup label="([^"]*)">(.*?)</optgroup>', html, re.DOTALL)
    codes = {name: re.findall(r'<option value="([A-Z]{3})"[^>]*>\1 – ', options) for name, options in groups}

    assert codes["Often chosen"] == ["USD", "EUR", "GBP", "CHF", "JPY", "KWD", "CAD", "AUD"]
    assert codes["All others"] == sorted(codes["All others"])
    assert len(codes["Often chosen"]) + len(codes["All others"]) == GivingCurrency.objects.offered().count()


def test_the_page_needs_few_queries_however_many_campaigns_there_are(client):
    def queries(send):
        with CaptureQueriesContext(connection) as seen:
            assert send().status_code == 200
        return len(seen)

    asks = (
        lambda: client.get("/en/donate/?amount=50"),
        lambda: client.post("/en/donate/", typed(show_currency="1", cover_fees="on")),
        lambda: client.post("/en/donate/", typed(email="wrong", cover_fees="on")),
    )
    CampaignFactory()
    before = [queries(ask) for ask in asks]
    CampaignFactory.create_batch(30)

    assert [queries(ask) for ask in asks] == before
    assert max(before) <= 8
