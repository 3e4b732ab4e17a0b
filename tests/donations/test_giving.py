"""The way to a donor's own pages: a mailed link, a button, a visit of half an hour."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blueheart.post.jobs import send_due
from blueheart.post.models import Message
from donations.models import GivingLink
from donations.services import donor_pages
from donations.site_settings import LINKS_BY_NETWORK, LINKS_FOR_ADDRESS
from donations.views.giving import DOOR
from tests.donations.factories import donation, donor
from tests.donations.giving_desk import link_for, mailed_link, visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(time_machine):
    """Time as it is, to be moved on."""
    time_machine.move_to(timezone.now(), tick=False)
    return time_machine


SENT = "/en/giving/check-your-mail/"
HOME = "/en/giving/home/"


def ask(client, email="dora@example.org", language="en", **extra):
    return client.post(f"/{language}/giving/", {"email": email}, **extra)


# The link


def test_a_mailed_link_opens_by_its_button_and_only_once(client, mailoutbox):
    donor()
    assert ask(client).url == SENT
    link = mailed_link(mailoutbox)

    assert client.get(link).status_code == 200
    assert client.head(link).status_code == 200
    assert client.get(HOME).status_code == 403
    assert client.post(link).url == HOME
    assert client.get(HOME).status_code == 200
    assert "This link does not work any more" in client.post(link).content.decode()
    assert "This link does not work any more" in Client().get(link).content.decode()


def test_the_letter_is_in_the_language_of_the_page_and_holds_the_link_alone(client, mailoutbox):
    donor(name="http://evil.example Dora")
    ask(client, language="fr")
    link = mailed_link(mailoutbox)

    (mail,) = mailoutbox
    assert mail.to == ["dora@example.org"]
    assert link.startswith("/fr/giving/")
    assert "evil" not in mail.body + mail.alternatives[0][0]
    assert GivingLink.objects.get().digest not in mail.body
    token = link.split("/")[3]
    assert not GivingLink.objects.filter(digest__contains=token[:20]).exists()


def test_asking_for_an_unknown_address_does_the_same_and_mails_nobody(client, mailoutbox):
    donor()

    def asked(email):
        with CaptureQueriesContext(connection) as queries:
            answer = ask(client, email)
        kinds = [re.sub(r"\d+|'[^']*'", "?", query["sql"])[:60] for query in queries]
        return answer.status_code, answer.url, answer.headers.items() - {("Date", "")}, kinds

    assert asked("dora@example.org") == asked("nobody@example.org")
    send_due()
    assert [mail.to for mail in mailoutbox] == [["dora@example.org"]]
    assert sorted(Message.objects.values_list("status", flat=True)) == ["dropped", "sent"]


@pytest.mark.parametrize("email", ["dora@example.org\nBcc: all@example.org", "dora@example.org, mallory@example.org"])
def test_an_address_that_is_several_is_refused(client, mailoutbox, email):
    donor()
    assert ask(client, email).status_code == 200
    assert Message.objects.count() == 0


def test_capitals_and_width_are_the_same_address(client, mailoutbox):
    donor("Dora@Example.org")
    ask(client, "dORA@example.ORG")
    assert mailed_link(mailoutbox)


def test_links_for_one_address_are_limited_whether_it_is_known_or_not(client):
    donor()
    for email in ("dora@example.org", "nobody@example.org"):
        answers = [ask(client, email).status_code for _time in range(LINKS_FOR_ADDRESS.standard + 1)]
        assert answers == [302] * LINKS_FOR_ADDRESS.standard + [429]
        assert ask(client, email.upper()).status_code == 429


def test_links_from_one_network_are_limited(client, settings):
    settings.TRUSTED_PROXIES = 1
    there = {"headers": {"X-Forwarded-For": "198.51.100.7"}}
    for number in range(LINKS_BY_NETWORK.standard):
        assert ask(client, f"n{number}@example.org", **there).status_code == 302
    assert ask(client, "dora@example.org", **there).status_code == 429
    assert ask(client, "dora@example.org", headers={"X-Forwarded-For": "198.51.100.8"}).status_code == 302


def test_a_link_is_too_old_after_half_an_hour(client, clock):
    link = link_for(donor())
    clock.shift(dt.timedelta(minutes=31))
    assert "does not work any more" in client.get(link).content.decode()
    assert "does not work any more" in client.post(link).content.decode()
    assert DOOR.cookie not in client.cookies


@pytest.mark.parametrize("token", ["x", "home2", "x" * 43, "x" * 5000, "..", "%0d%0aSet-Cookie:%20giving=1"])
def test_a_guessed_link_opens_nothing(client, token):
    for answer in (client.get(f"/en/giving/{token}/"), client.post(f"/en/giving/{token}/")):
        assert answer.status_code in (200, 404)
        assert DOOR.cookie not in answer.cookies


def test_looking_at_a_link_changes_nothing(client):
    link = link_for(donor())
    before = GivingLink.objects.values().get()
    client.get(link)
    assert GivingLink.objects.values().get() == before


def test_the_page_of_a_link_says_whose_gifts_it_opens(client):
    """Mallory may mail Dora a link to Mallory's own gifts: she must not take them for hers."""
    assert "mallory@example.org" in client.get(link_for(donor("mallory@example.org"))).content.decode()


def test_nobody_but_the_newest_secret_is_in_the_database(client):
    visiting = visit(client)
    secret = visiting.cookies[DOOR.cookie].value
    assert secret not in str(GivingLink.objects.values_list())
    assert visiting.get("/en/giving/").url == HOME


# The visit


def test_a_visit_ends_after_half_an_hour(client, clock):
    visit(client)
    clock.shift(dt.timedelta(minutes=29))
    assert client.get(HOME).status_code == 200
    clock.shift(dt.timedelta(minutes=2))
    answer = client.get(HOME)
    assert answer.status_code == 403
    assert "Your visit is over" in answer.content.decode()


def test_leaving_ends_the_visit_on_every_tab(client):
    visit(client)
    secret = client.cookies[DOOR.cookie].value
    assert client.get("/en/giving/leave/").url == HOME
    assert "Your pages are closed" in client.post("/en/giving/leave/").content.decode()

    client.cookies[DOOR.cookie] = secret
    assert client.get(HOME).status_code == 403
    assert GivingLink.objects.count() == 0


def test_the_cookie_is_for_browsers_only_and_for_this_site(client, settings):
    answer = client.post(link_for(donor()))
    cookie = answer.cookies[DOOR.cookie]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["max-age"]) == (True, "Lax", "/", 1800)
    assert cookie["domain"] == ""

    settings.SESSION_COOKIE_SECURE = True
    cookie = Client().post(link_for(donor())).cookies["__Host-giving"]
    assert cookie["secure"]


@pytest.mark.parametrize("secret", ["", "x", "x" * 4096, "1", "null", "\x00", "ü"])
def test_a_forged_cookie_opens_nothing(client, secret):
    donation("succeeded")
    visit(Client())
    client.cookies[DOOR.cookie] = secret
    assert client.get(HOME).status_code == 403


def test_the_token_of_a_link_is_no_cookie_and_the_cookie_no_link(client):
    link = link_for(donor())
    client.cookies[DOOR.cookie] = link.split("/")[3]
    assert client.get(HOME).status_code == 403
    secret = visit(client).cookies[DOOR.cookie].value
    assert "does not work any more" in client.get(f"/en/giving/{secret}/").content.decode()


def test_what_was_typed_when_the_visit_ended_is_sent_again_in_the_next(client, clock):
    gift = donation("succeeded", is_16_or_older=True)
    shown = f"/en/giving/gifts/{gift.public_id}/shown/"
    visit(client)
    clock.shift(dt.timedelta(minutes=31))
    typed = {"public_name_kind": "alias", "public_name": "“Dora” & Co", "words": "For her", "is_16_or_older": "on"}

    page = client.post(shown, typed | {"public_name": "Dora & Co"}).content.decode()
    kept = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.split("kept-form", 2)[2]))

    assert kept.pop("csrfmiddlewaretoken", "x")
    assert kept == typed | {"public_name": "Dora &amp; Co"}
    visit(client)
    client.post(shown, typed | {"public_name": "Dora & Co"})
    gift.refresh_from_db()
    assert (gift.public_name, gift.words, gift.words_status) == ("Dora & Co", "For her", "waiting")


def test_forms_need_the_token_of_their_page():
    checking = Client(enforce_csrf_checks=True)
    gift = donation("succeeded")
    for path in ("", "leave/", "home/", "privacy/download/", "privacy/erase/", f"gifts/{gift.public_id}/refund/"):
        assert checking.post(f"/en/giving/{path}").status_code == 403, path
    link = link_for(donor())
    assert checking.post(link).status_code == 403
    assert GivingLink.objects.get().opened_at is None


def test_an_open_redirect_is_not_to_be_had(client):
    link = link_for(donor())
    assert client.post(f"{link}?next=https://evil.example/").url == HOME


def test_pages_are_kept_out_of_caches_and_their_address_from_others(client):
    gift = donation("succeeded")
    link = link_for(donor())
    visit(client)
    paths = [HOME, f"/en/giving/gifts/{gift.public_id}/", "/en/giving/privacy/", "/en/giving/privacy/erase/", link]
    for path in paths:
        for answer in (client.get(path), Client().get(path)):
            assert answer["Cache-Control"] == "private, no-store"
            assert answer["Referrer-Policy"] == "same-origin"
            assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert "s-maxage" in Client().get(SENT)["Cache-Control"]


def test_past_links_and_visits_are_forgotten(client, clock):
    visit(client)
    link_for(donor())
    clock.shift(dt.timedelta(minutes=20))
    assert donor_pages.forget_past_links() == 0
    clock.shift(dt.timedelta(minutes=11))
    assert donor_pages.forget_past_links() == 2


def test_an_erased_donor_has_neither_link_nor_visit(client, mailoutbox):
    dora = donor()
    link, visiting = link_for(dora), visit(client)
    type(dora).objects.filter(pk=dora.pk).update(erased_at=timezone.now())
    assert visiting.get(HOME).status_code == 403
    assert "does not work any more" in Client().post(link).content.decode()
