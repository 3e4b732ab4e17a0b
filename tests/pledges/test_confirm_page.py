"""Sam opens the link in his mail; robots open it before him."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from blueheart import tokens
from blueheart.post.jobs import send_due
from blueheart.post.models import Message
from pledges.models import MailedLink, Pledge, PledgeDelta
from tests.pledges.factories import HeartFactory, WordingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(sam_pledges, mailed_link):
    sam_pledges(words="For my sister")
    return mailed_link()


def test_page_shows_what_will_be_public_and_never_the_address(client, link):
    page = client.get(link)

    shown = page.content.decode()
    assert all(
        text in shown for text in ("Sam", "Portugal", "A pin or a ribbon", "For my sister", "I will wear the heart")
    )
    assert "sam@example.org" not in shown
    assert page["Cache-Control"] == "private, no-store"
    assert page["Referrer-Policy"] == "same-origin"
    assert "noindex" in page["X-Robots-Tag"]


def test_page_does_not_offer_its_address_to_be_indexed(client, link):
    """A canonical address or links to other languages would carry the token."""
    head = client.get(link).content.decode().split("</head>")[0]

    assert link.split("/")[-2] not in head


def test_robots_that_fetch_the_link_change_nothing(client, link):
    before = list(Pledge.objects.values())
    for _robot in range(10):
        assert client.get(link).status_code == 200
        assert client.head(link).status_code == 200

    assert list(Pledge.objects.values()) == before
    assert not PledgeDelta.objects.exists()


def test_button_makes_the_heart_count_and_leads_to_it(client, link, press_confirm):
    answer = press_confirm(link)

    pledge = Pledge.objects.get()
    assert (answer.status_code, answer.url) == (302, f"/en/hearts/{pledge.public_id}/?confirmed=1")
    assert (pledge.status, pledge.confirmed_at is not None) == ("confirmed", True)
    assert list(PledgeDelta.objects.values_list("country", "kind", "confirmed")) == [("PT", "person", 1)]
    assert f"You are heart number <bdi>{pledge.number}</bdi>" in client.get(answer.url).content.decode()


def test_button_pressed_a_hundred_times_counts_once(link, press_confirm):
    answers = {press_confirm(link).url for _press in range(100)}

    pledge = Pledge.objects.get()
    assert answers == {f"/en/hearts/{pledge.public_id}/?confirmed=1"}
    assert PledgeDelta.objects.count() == 1


def test_confirmed_pledge_is_shown_without_the_button(client, link, press_confirm):
    press_confirm(link)

    page = client.get(link).content.decode()
    assert "Your pledge is confirmed" in page
    assert "Confirm my pledge" not in page


@pytest.mark.parametrize("hidden_first", [True, False])
def test_heart_that_staff_have_hidden_is_confirmed_without_a_dead_end(client, link, press_confirm, hidden_first):
    """Who may need help must not be sent to a page that says that there is no such heart."""
    hide = {"hidden_at": timezone.now(), "hidden_reason": "may-need-help"}
    if hidden_first:
        Pledge.objects.update(**hide)
    answer = press_confirm(link)
    Pledge.objects.update(**hide)

    page = client.get(link)

    assert (answer.url == link) is hidden_first
    assert "Your pledge is confirmed" in page.content.decode()
    assert Pledge.objects.get().get_absolute_url() not in page.content.decode()


def test_button_needs_its_csrf_token(link):
    mallory = Client(enforce_csrf_checks=True)

    assert mallory.post(link, {"seen": ""}).status_code == 403
    assert Pledge.objects.get().status == "pending"


def test_pledge_changed_while_sam_looks_at_it_is_shown_again(client, link, sam_pledges, press_confirm):
    seen = re.search(r'name="seen" value="(\w+)"', client.get(link).content.decode())[1]
    sam_pledges(words="Mallory was here")
    answer = client.post(link, {"seen": seen})

    assert answer.status_code == 200
    assert "this pledge changed" in answer.content.decode()
    assert "Mallory was here" in answer.content.decode()
    assert Pledge.objects.get().status == "pending"
    assert press_confirm(link).status_code == 302


def test_pledge_keeps_the_wording_that_was_seen(sam_pledges, mailed_link, press_confirm, wording):
    sam_pledges()
    link = mailed_link()
    WordingFactory(precept=wording.precept, version=2, text="Something else altogether")
    press_confirm(link)

    assert [promised.version for promised in Pledge.objects.get().precepts.all()] == [1]


@pytest.mark.parametrize("alter", [lambda token: token[:-1], lambda token: token.swapcase(), lambda _token: "x"])
def test_altered_link_is_answered_kindly(client, link, alter):
    token = link.split("/")[-2]
    altered = link.replace(token, alter(token))

    for answer in (client.get(altered), client.post(altered)):
        assert answer.status_code == 200
        assert "This link does not work any more" in answer.content.decode()
    assert Pledge.objects.get().status == "pending"


@pytest.mark.parametrize(("days", "works"), [(6.9, True), (7.1, False)])
def test_link_works_for_seven_days(sam_pledges, mailed_link, client, time_machine, days, works):
    time_machine.move_to(dt.datetime(2026, 11, 22, tzinfo=dt.UTC), tick=False)
    sam_pledges()
    link = mailed_link()
    time_machine.shift(dt.timedelta(days=days))

    assert ("Confirm my pledge" in client.get(link).content.decode()) is works


def test_link_of_the_first_mail_works_beside_that_of_the_second(sam_pledges, mailed_link, press_confirm, time_machine):
    time_machine.move_to(dt.datetime(2026, 11, 22, tzinfo=dt.UTC), tick=False)
    sam_pledges()
    first = mailed_link()
    time_machine.shift(11 * 60)
    sam_pledges()
    second = mailed_link()

    assert first != second
    assert press_confirm(first).url == press_confirm(second).url
    assert PledgeDelta.objects.count() == 1


def test_withdrawn_pledge_cannot_be_confirmed_again(client, link, press_confirm):
    press_confirm(link)
    Pledge.objects.update(status=Pledge.Status.WITHDRAWN, withdrawn_at="2026-11-22T00:00Z")

    assert "does not work any more" in press_confirm(link).content.decode()
    assert Pledge.objects.get().status == "withdrawn"


def test_only_the_digest_of_a_link_is_stored(link):
    token = link.split("/")[-2]

    assert MailedLink.objects.get().digest == tokens.digest(token)
    rows = [*MailedLink.objects.values(), *Message.objects.values(), *Pledge.objects.values()]
    assert token not in repr(rows)


def test_mail_is_in_the_language_of_the_form_and_leads_to_it(sam_pledges, mailed_link):
    sam_pledges(at="/ar/pledge/", public_name="سام")
    link = mailed_link()

    (letter,) = mail.outbox
    (html,) = [content for content, kind in letter.alternatives if kind == "text/html"]
    assert link.startswith("/ar/pledge/confirm/")
    assert '<html lang="ar" dir="rtl">' in html
    assert link in html
    assert letter.to == ["sam@example.org"]


def test_mail_is_dropped_once_there_is_nothing_to_confirm(sam_pledges):
    sam_pledges()
    Pledge.objects.all().delete()
    send_due()

    assert Message.objects.get().status == "dropped"
    assert mail.outbox == []


def test_mail_that_asks_to_confirm_is_dropped_once_that_is_done(link, press_confirm, sam_pledges, time_machine):
    time_machine.move_to(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=11))
    sam_pledges()
    press_confirm(link)
    send_due()

    assert len(mail.outbox) == 1
    assert sorted(Message.objects.values_list("status", flat=True)) == ["dropped", "sent"]


def test_mail_about_a_pledge_that_is_not_confirmed_any_more_is_dropped(sam_pledges):
    heart = HeartFactory(email="sam@example.org")
    sam_pledges()
    Pledge.objects.filter(pk=heart.pk).update(email="")
    send_due()

    assert mail.outbox == []
