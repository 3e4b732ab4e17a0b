"""Sam opens the link in his mail; robots open it before him."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blueheart import tokens
from blueheart.post.jobs import send_due
from blueheart.post.models import Message
from pledges.models import MailedLink, Pledge, PledgeDelta, PledgingBody, QuietAddress
from pledges.services import confirming
from tests.pledges.factories import BodyFactory, HeartFactory, PledgeFactory, WordingFactory

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


def test_robots_that_fetch_the_link_change_nothing_and_mail_nobody(client, link):
    before = list(Pledge.objects.values()), list(MailedLink.objects.values())
    for _robot in range(20):
        assert Client(headers={"user-agent": "LinkScanner/1.0"}).get(link).status_code == 200
        assert Client(headers={"purpose": "prefetch"}).head(link).status_code == 200

    assert (list(Pledge.objects.values()), list(MailedLink.objects.values())) == before
    assert (PledgeDelta.objects.count(), QuietAddress.objects.count(), len(mail.outbox)) == (0, 0, 1)


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


@pytest.fixture
def press_with(client, link):
    """Press the button with name and words as they are typed on the page."""

    def press_with(**typed):
        seen = re.search(r'name="seen" value="(\w+)"', client.get(link).content.decode())[1]
        fields = {"seen": seen, "public_name": "Sam", "words": "For my sister", "is_16_or_older": "on"} | typed
        return client.post(link, {name: value for name, value in fields.items() if value is not None})

    return press_with


def test_name_and_words_can_be_corrected_before_the_button(press_with):
    answer = press_with(public_name=" Ｓamuel ", words="")

    pledge = Pledge.objects.get()
    assert answer.status_code == 302
    assert (pledge.public_name, pledge.name_key, pledge.words, pledge.words_status) == ("Samuel", "samuel", "", "none")
    assert pledge.status == "confirmed"


def test_name_can_be_taken_away_and_needs_no_age_then(press_with):
    press_with(public_name="", words="", is_16_or_older=None)

    pledge = Pledge.objects.get()
    assert (pledge.status, pledge.public_name, pledge.is_16_or_older) == ("confirmed", "", False)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"public_name": "www.example.org"}, "public_name"),
        ({"public_name": "=1+1"}, "public_name"),
        ({"is_16_or_older": None}, "is_16_or_older"),
        ({"words": "x" * 281}, "words"),
    ],
)
def test_name_rule_holds_on_the_page_too_and_keeps_what_was_typed(press_with, typed, field):
    answer = press_with(**typed)

    assert (answer.status_code, list(answer.context["form"].errors)) == (200, [field])
    assert 'class="error-summary"' in answer.content.decode()
    assert Pledge.objects.get().status == "pending"


def test_name_of_another_pledge_of_the_same_mailbox_is_told_kindly(press_with, sam_pledges):
    sam_pledges(public_name="Dora")
    answer = press_with(public_name="DORA")

    assert "Another pledge of yours in this campaign has this name" in answer.content.decode()
    assert list(Pledge.objects.order_by("pk").values_list("public_name", "status")) == [
        ("Sam", "pending"),
        ("Dora", "pending"),
    ]


def test_page_changed_to_another_language_keeps_what_was_typed(client, link):
    fields = {"switch_language": "en", "public_name": "Samuel", "words": "New words"}
    page = client.post(link.replace("/en/", "/fr/"), fields).content.decode()

    assert 'value="Samuel"' in page
    assert "New words</textarea>" in page
    assert Pledge.objects.get().status == "pending"


def test_confirmed_pledge_keeps_what_it_says_when_the_button_is_pressed_again(client, link, press_with):
    press_with()
    client.post(link, {"seen": "", "public_name": "Mallory", "words": "", "is_16_or_older": "on"})

    assert (Pledge.objects.get().public_name, PledgeDelta.objects.count()) == ("Sam", 1)


def test_who_did_not_pledge_says_so_and_is_left_alone(client, link, sam_pledges):
    assert "This was not me" in client.get(link).content.decode()
    answer = client.post(link, {"act": "not-me"})

    assert (answer.status_code, "We leave you alone" in answer.content.decode()) == (200, True)
    assert not Pledge.objects.exists()
    assert [quiet.reason for quiet in QuietAddress.objects.all()] == ["not-me"]
    rows = repr([*QuietAddress.objects.values(), *Message.objects.values()])
    assert "sam@example.org" not in rows
    assert "does not work any more" in client.post(link, {"act": "not-me"}).content.decode()


def test_address_that_is_left_alone_gets_no_mail_and_the_form_answers_as_ever(
    client, link, sam_pledges, time_machine, mailed_link
):
    client.post(link, {"act": "not-me"})
    time_machine.move_to(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=11))
    answer = sam_pledges(email=" SAM@Example.org")
    send_due()

    assert answer.status_code == 302
    assert len(mail.outbox) == 1
    assert [message.status for message in Message.objects.order_by("pk")] == ["sent", "dropped"]


def test_confirmed_pledge_is_not_disowned_by_its_link(client, link, press_confirm):
    press_confirm(link)
    page = client.get(link).content.decode()
    answer = client.post(link, {"act": "not-me"})

    assert "This was not me" not in page
    assert "Your pledge is confirmed" in answer.content.decode()
    assert (Pledge.objects.get().status, QuietAddress.objects.count()) == ("confirmed", 0)


def test_organisation_is_told_that_staff_look_at_it_before_and_after(client, mailed_link, press_confirm):
    body = BodyFactory(
        pledge=PledgeFactory(kind="organisation", verification="waiting", public_name="Sea Rescue", asked_at=None)
    )
    confirming.ask_to_confirm(body.pledge)
    link = mailed_link()

    page = client.get(link).content.decode()
    assert all(text in page for text in ("once they are verified", "Association or NGO", "120", "Olu", "(never shown)"))
    assert 'name="public_name"' not in page
    assert press_confirm(link).url == link
    thanks = client.get(link).content.decode()
    assert "A person of our staff checks that the pledge is yours" in thanks
    assert body.pledge.get_absolute_url() not in thanks
    assert (Pledge.objects.get().status, PledgeDelta.objects.count()) == ("confirmed", 0)


def test_what_an_organisation_says_of_itself_cannot_change_behind_its_back(client, mailed_link):
    body = BodyFactory(pledge=PledgeFactory(kind="organisation", verification="waiting", asked_at=None))
    confirming.ask_to_confirm(body.pledge)
    link = mailed_link()
    seen = re.search(r'name="seen" value="(\w+)"', client.get(link).content.decode())[1]
    PledgingBody.objects.update(link="https://mallory.example/")

    assert "this pledge changed" in client.post(link, {"seen": seen}).content.decode()
    assert Pledge.objects.get().status == "pending"


def test_page_asks_the_database_at_most_eight_times(client, link):
    with CaptureQueriesContext(connection) as asked:
        client.get(link)

    assert len(asked) <= 8
