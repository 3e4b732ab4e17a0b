"""A form that is half filled in is shown in another language: nothing is lost, nothing saved, nothing found wrong."""

import re
import uuid

import pytest
from django.core import mail
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from blueheart.languages import LANGUAGES
from blueheart.limits.models import Counter
from blueheart.money import CURRENCIES, AmountError, parse_amount, retype_amount
from blueheart.post.jobs import send_due
from blueheart.post.models import Message
from donations.models import Donation, Donor
from pledges.models import HeartReport, Pledge
from tests.donations.conftest import typed as typed_gift
from tests.pledges.conftest import stamp_from, typed
from tests.pledges.factories import GlobalCampaignFactory, HeartFactory, WordingFactory

CODES = [code for code, _name in LANGUAGES]
# Every page whose header offers its form in other languages: add a new one here with what to post to it.
FORM_PAGES = ["pledge", "report", "donate", "confirm"]


def buttons(html):
    """The languages of the header's menu: where each button sends which form."""
    menu = re.search(r'<details class="language-menu">.*?</details>', html, re.DOTALL)[0]
    return re.findall(r'<button type="submit" form="([\w-]+)" formaction="([^"]+)"', menu)


def saved_rows():
    return [model.objects.count() for model in (Pledge, HeartReport, Donation, Donor, Message, Counter)]


@pytest.fixture
def wording(db):
    GlobalCampaignFactory()
    return WordingFactory()


@pytest.fixture
def link(client, wording):
    """Where Sam, who has pledged in English, is asked to confirm it."""
    assert client.post("/en/pledge/", typed(wording)).status_code == 302
    send_due()
    return re.search(r"http://localhost:\d+(/\S+/pledge/confirm/\S+/)", mail.outbox[-1].body)[1]


@pytest.fixture
def addresses(link):
    """Where each form stands in English."""
    return {
        "pledge": "/en/pledge/",
        "report": f"/en/hearts/{HeartFactory().public_id}/report/",
        "donate": "/en/donate/",
        "confirm": link,
    }


@pytest.mark.parametrize("name", FORM_PAGES)
def test_each_language_is_a_button_that_sends_the_form_of_the_page(client, addresses, name):
    html = client.get(addresses[name] + "?from=mail").content.decode()

    form = re.search(r'<form method="post"[^>]* id="([\w-]+)"|<form method="post" id="([\w-]+)"', html)
    assert buttons(html) == [
        (form[1] or form[2], addresses[name].replace("/en/", f"/{code}/", 1) + "?from=mail") for code in CODES
    ]
    assert html.count('formnovalidate name="switch_language" value="en"') == len(CODES)


@pytest.mark.parametrize("name", FORM_PAGES)
def test_a_press_on_enter_goes_on_and_does_not_change_the_language(client, addresses, name):
    html = client.get(addresses[name]).content.decode()

    form = buttons(html)[0][0]
    first = re.search(rf'<button[^>]* form="{form}"[^>]*>', html)[0]
    assert "switch_language" not in first
    assert html.index(first) < html.index("switch_language")


@pytest.mark.parametrize("name", FORM_PAGES)
def test_a_form_shown_in_another_language_saves_nothing_and_finds_no_fault(client, addresses, name):
    before = saved_rows()

    for code in CODES:
        answer = client.post(addresses[name].replace("/en/", f"/{code}/", 1), {"switch_language": "en"})

        html = answer.content.decode()
        assert answer.status_code == 200
        assert f'<html lang="{code}"' in html
        assert "error-summary" not in html
        assert 'aria-invalid="true"' not in html
        assert answer["Cache-Control"] == "private, no-store"
    assert saved_rows() == before
    assert "sessionid" not in client.cookies


@pytest.mark.parametrize("name", FORM_PAGES)
def test_a_form_shown_in_another_language_needs_its_csrf_token(addresses, name):
    mallory = Client(enforce_csrf_checks=True)

    assert mallory.post(addresses[name], {"switch_language": "fr"}).status_code == 403


def test_a_pledge_keeps_all_that_was_typed_even_what_is_wrong(client, wording):
    fields = typed(
        wording, email="sam at home", public_name="www.example.org", words="For <my> sister", way="window", country="FR"
    )

    html = client.post("/ar/pledge/", fields | {"switch_language": "en"}).content.decode()

    assert re.search(rf'value="{wording.pk}"[^>]*checked', html)
    assert re.search(r'<option value="window"\s+selected', html)
    assert re.search(r'<option value="FR"\s+selected', html)
    assert re.search(r'name="is_16_or_older"[^>]*checked', html)
    assert 'value="sam at home"' in html
    assert 'value="www.example.org"' in html
    assert "For &lt;my&gt; sister</textarea>" in html


def test_a_pledge_that_changed_its_language_is_not_sent_too_quickly(client, wording):
    html = client.post("/fr/pledge/", typed(wording, shown=stamp_from(60)) | {"switch_language": "en"}).content.decode()
    stamp = re.search(r'name="shown" value="([^"]+)"', html)[1]

    answer = client.post("/fr/pledge/", typed(wording, shown=stamp))

    assert (answer.status_code, answer.url) == (302, "/fr/pledge/check-your-mail/")
    assert Pledge.objects.get().language == "fr"


def test_a_robot_stays_one_in_every_language(client, wording):
    html = client.post("/fr/pledge/", typed(wording, website="x.example") | {"switch_language": "en"}).content.decode()

    assert re.search(r'name="website" value="x.example"', html)


def test_a_report_keeps_its_reason_and_words(client, db):
    heart = HeartFactory()
    fields = {"shown": stamp_from(60), "reason": "other", "words": "Not a name", "switch_language": "en"}

    html = client.post(f"/es/hearts/{heart.public_id}/report/", fields).content.decode()

    assert re.search(r'name="reason"[^>]*value="other"[^>]*checked', html)
    assert "Not a name</textarea>" in html


def test_a_confirm_page_in_another_language_confirms_by_its_own_button(client, link):
    link = link.replace("/en/", "/pt/", 1)
    html = client.post(link, {"seen": "whatever", "switch_language": "en"}).content.decode()
    assert Pledge.objects.get().status == "pending"

    client.post(link, {"seen": re.search(r'name="seen" value="(\w+)"', html)[1]})

    assert Pledge.objects.get().status == "confirmed"


def test_a_confirmed_pledge_has_no_form_and_links_to_its_languages(client, link):
    client.post(link, {"seen": re.search(r'name="seen" value="(\w+)"', client.get(link).content.decode())[1]})

    html = client.get(link).content.decode()

    assert buttons(html) == []
    assert f'href="{link.replace("/en/", "/ar/", 1)}" lang="ar"' in html


def test_a_gift_keeps_its_token_and_its_amount_as_the_language_writes_it(client, db):
    token = str(uuid.uuid4())
    fields = typed_gift(form_token=token, preset="other", amount="1234.5", email="dora@", interval="month")

    html = client.post("/es/donate/?amount=50", fields | {"switch_language": "en"}).content.decode()

    assert f'name="form_token" value="{token}"' in html
    assert re.search(r'name="amount" value="1234,5"', html)
    assert re.search(r'value="other"[^>]*checked', html)
    assert re.search(r'value="month"[^>]*checked', html)
    assert 'value="dora@"' in html


@pytest.mark.parametrize(
    ("typed_in", "amount", "language", "shown"),
    [
        ("fr", "1,5", "en", "1.5"),
        ("en", "1.5", "pt", "1,5"),
        ("ar", "١٬٢٣٤٫٥", "fr", "1234,5"),
        ("es", "1.505", "en", "1505"),  # a thousand in Spanish
        ("es", "1,505", "en", "1.505"),  # too precise to be given, and still not a thousand
        ("en", "a lot", "fr", "a lot"),
        ("en", "", "fr", ""),
    ],
)
def test_an_amount_means_the_same_in_the_next_language(typed_in, amount, language, shown):
    assert retype_amount(amount, "USD", typed_in=typed_in, language=language) == shown


@pytest.mark.parametrize("currency", ["XXX", ""])
def test_an_amount_in_no_currency_of_ours_stays_as_it_was_typed(currency):
    assert retype_amount("1,5", currency, typed_in="fr", language="en") == "1,5"


@given(
    text=st.text(alphabet="0125.,' ٫٬٣$", max_size=10),
    currency=st.sampled_from(sorted(CURRENCIES)),
    typed_in=st.sampled_from(CODES),
    language=st.sampled_from(CODES),
)
def test_no_switch_of_language_changes_what_would_be_given(text, currency, typed_in, language):
    def given(text, language):
        try:
            return parse_amount(text, currency, language)
        except AmountError:
            return None

    retyped = retype_amount(text, currency, typed_in=typed_in, language=language)

    assert given(retyped, language) == given(text, typed_in)


@pytest.mark.parametrize("claimed", ["1", "tlh", "../"])
def test_a_language_that_is_none_of_ours_changes_no_amount(client, db, claimed):
    html = client.post("/fr/donate/", typed_gift(amount="1.5") | {"switch_language": claimed}).content.decode()

    assert re.search(r'name="amount" value="1.5"', html)
