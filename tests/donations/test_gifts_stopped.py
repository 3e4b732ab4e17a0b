"""No new gift begins while staff stop them; what was begun is booked, and nothing typed is lost."""

import datetime as dt

import pytest
import time_machine

from blueheart.limits import form_age
from blueheart.post.models import Message
from blueheart.site_settings import changing
from donations.models import Donation
from donations.site_settings import GIFTS_BEGUN, GIFTS_STOPPED
from tests.campaigns.reading import LANGUAGES, skipped_levels, text_of
from tests.donations.conftest import typed
from tests.donations.factories import donor, monthly_gift
from tests.donations.giving_desk import visit

pytestmark = pytest.mark.django_db
NOTICE = "New gifts are paused at the moment."


def stop(**more):
    changing.change(GIFTS_STOPPED, {"on": True, **more}, why="Stripe asked us to")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["donate/", "trust-fund/by-bank/"])
def test_page_says_so_and_what_goes_on(client, language, path):
    stop()
    answer = client.get(f"/{language}/{path}")
    page = text_of(answer)

    assert answer.status_code == 503
    assert "notice-warning" in page
    assert f"/{language}/giving/" in page
    assert f"/{language}/pledge/" in page
    assert '<form method="post"' not in page
    assert skipped_levels(page) == []


def test_form_that_was_under_way_begins_nothing_and_keeps_what_was_typed(client, sandbox):
    stop(message={"en": "Back on Monday."})
    answer = client.post("/en/donate/", typed(amount="31.50", preset="other"))
    page = text_of(answer)

    assert answer.status_code == 503
    assert "Back on Monday." in page
    assert 'value="31.50"' in page
    assert 'value="dora@example.org"' in page
    assert not Donation.objects.exists()
    assert sandbox.requests("checkout") == []


def test_same_form_begins_the_gift_once_gifts_are_taken_again(client, sandbox):
    form = typed()
    stop()
    client.post("/en/donate/", form)
    changing.switch_off("gifts-stopped", "over")

    assert client.post("/en/donate/", form).status_code == 302


def test_gift_that_was_begun_is_booked_when_it_comes_in(client, sandbox, dora_gives):
    donation = dora_gives()
    stop()
    sandbox.pay(donation)
    page = client.get(f"/en/donate/thanks/?session={donation.stripe_checkout_session_id}")
    donation.refresh_from_db()

    assert page.status_code == 200
    assert donation.status == Donation.Status.SUCCEEDED


def test_bank_instructions_are_not_mailed(client):
    stop()
    answer = client.post("/en/trust-fund/by-bank/", {"email": "dora@example.org", "language": "fr"})
    page = text_of(answer)

    assert answer.status_code == 503
    assert NOTICE in page
    assert 'value="dora@example.org"' in page
    assert '<option value="fr" selected>' in page
    assert not Message.objects.exists()


def test_monthly_gifts_go_on_and_their_donors_keep_their_pages(client):
    dora = donor()
    gift = monthly_gift(donor=dora)
    stop()
    visit(client, dora)

    assert client.get(f"/en/giving/monthly/{gift.public_id}/").status_code == 200


def test_statistics_are_the_same(client):
    before = client.get("/api/v1/stats").json()
    stop()
    after = client.get("/api/v1/stats").json()

    assert before | {"as_of": ""} == after | {"as_of": ""}


def test_strict_mode_lets_a_network_begin_fewer_gifts(client, sandbox):
    changing.change(GIFTS_BEGUN, 8, why="a flood")
    changing.switch_on("strict-mode", "a flood")
    answers = [client.post("/en/donate/", typed(shown=old_stamp())) for _number in range(3)]

    assert [answer.status_code for answer in answers] == [302, 302, 429]


def test_strict_mode_wants_the_form_open_for_some_seconds(client, sandbox):
    quick = typed(shown=form_age.stamp())
    assert client.post("/en/donate/", quick).status_code == 302
    changing.switch_on("strict-mode", "a flood")
    answer = client.post("/en/donate/", typed(shown=form_age.stamp()))

    assert answer.status_code == 200
    assert "That was very quick." in text_of(answer)
    assert client.post("/en/donate/", typed(shown=old_stamp())).status_code == 302


def old_stamp() -> str:
    with time_machine.travel(dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)):
        return form_age.stamp()
