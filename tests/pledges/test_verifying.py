"""Organisations and authorities wait until Ada has made sure who they are."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from blueheart.post.jobs import send_due
from blueheart.trail.models import Entry
from office.home.heaps import HEAPS
from pledges.models import Pledge, PledgeDelta, PledgingBody
from pledges.services.verifying import link_fits_mail
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import BodyFactory

pytestmark = pytest.mark.django_db
LIST = "admin:pledges_pledgingbody_changelist"


@pytest.fixture
def desk():
    ada = StaffFactory(username="ada", is_superuser=False)
    ada.user_permissions.set(Permission.objects.filter(codename="verify_pledge"))
    return desk_of(ada)


def waiting(email: str = "olu@example.org", **kwargs) -> PledgingBody:
    return BodyFactory(**{"pledge__verification": "waiting", "pledge__email": email, **kwargs})


def decide(desk, body, name: str, words: str = ""):
    url = reverse("admin:pledges_pledgingbody_decide", args=[body.pk])
    page = desk.post(url, {"act": name, "words": words}, follow=True)
    body.refresh_from_db()
    body.pledge = Pledge.objects.get(pk=body.pledge_id)
    return page


def letters() -> list:
    send_due(limit=50)
    return mail.outbox


def counted() -> int:
    return sum(PledgeDelta.objects.values_list("confirmed", flat=True))


def test_nothing_is_verified_but_what_was_read(desk):
    """Between the page and the button the supporter calls it something else."""
    body = waiting()
    url = reverse("admin:pledges_pledgingbody_decide", args=[body.pk])
    (seen,) = re.findall(r'name="seen" value="(\w+)"', desk.get(url).content.decode())
    Pledge.objects.update(public_name="Police of Lisbon")
    page = desk.post(url, {"act": "verify", "words": "", "seen": seen}).content.decode()

    assert "changed while you read it" in page
    assert Pledge.objects.get().verification == "waiting"
    (seen,) = re.findall(r'name="seen" value="(\w+)"', page)
    desk.post(url, {"act": "verify", "words": "", "seen": seen})
    assert Pledge.objects.get().verification == "verified"


def test_verified_it_counts_shows_and_its_contact_knows(desk, client):
    body = waiting()
    assert (client.get(body.pledge.get_absolute_url()).status_code, counted()) == (404, 0)
    decide(desk, body, "verify")

    (letter,) = letters()
    assert letter.to == ["olu@example.org"]
    assert body.pledge.get_absolute_url() in letter.body
    assert (client.get(body.pledge.get_absolute_url()).status_code, counted()) == (200, 1)
    assert (body.decided_by.username, body.decided_at is not None) == ("ada", True)


def test_refused_it_neither_counts_nor_shows_and_its_contact_knows_why(desk, client):
    body = waiting()
    decide(desk, body, "refuse", "We found no such association.")

    (letter,) = letters()
    assert "We found no such association." in letter.body
    assert (body.pledge.verification, body.refused_for) == ("refused", "We found no such association.")
    assert (client.get(body.pledge.get_absolute_url()).status_code, counted()) == (404, 0)
    assert "association" not in Entry.objects.get(action="pledge.not-verified").why


@pytest.mark.parametrize("name", ["refuse", "ask"])
def test_the_contact_is_not_told_nothing(desk, name):
    body = waiting()
    page = decide(desk, body, name, " ")

    assert "Nothing was changed." in page.content.decode()
    assert (body.pledge.verification, letters()) == ("waiting", [])


def test_question_is_mailed_and_it_goes_on_waiting(desk):
    body = waiting()
    decide(desk, body, "ask", "Who are you?")

    (letter,) = letters()
    assert "Who are you?" in letter.body
    assert body.pledge.public_id in letter.body
    assert (body.pledge.verification, body.asked_for) == ("waiting", "Who are you?")


@pytest.mark.parametrize("first", ["verify", "refuse"])
def test_decision_is_taken_back_and_counts_no_more(desk, first):
    body = waiting()
    decide(desk, body, first, "No.")
    decide(desk, body, "take-back")

    assert (body.pledge.verification, body.decided_at, body.refused_for, counted()) == ("waiting", None, "", 0)


def test_what_is_decided_is_not_decided_again(desk):
    body = waiting()
    decide(desk, body, "verify")

    assert "It is decided already." in decide(desk, body, "refuse", "No.").content.decode()
    assert body.pledge.verification == "verified"


def test_mail_of_a_decision_that_was_taken_back_is_not_sent(desk):
    body = waiting()
    decide(desk, body, "verify")
    decide(desk, body, "take-back")

    assert letters() == []


def test_withdrawn_one_is_not_decided(desk):
    body = waiting(pledge__status="withdrawn", pledge__withdrawn_at=timezone.now())
    decide(desk, body, "verify")

    assert body.pledge.verification == "waiting"


@pytest.mark.parametrize(
    ("link", "email", "fits"),
    [
        ("https://www.example.org/about", "olu@example.org", True),
        ("https://example.org", "olu@mail.example.org", True),
        ("https://example.org", "olu@example.com", False),
        ("https://example.org", "olu@notexample.org", False),
        ("", "olu@example.org", None),
    ],
)
def test_mail_of_another_domain_is_pointed_out(link, email, fits):
    assert link_fits_mail(waiting(email, link=link)) is fits


def test_contact_is_for_those_who_verify(desk):
    body = waiting()
    url = reverse("admin:pledges_pledgingbody_change", args=[body.pk])
    looker = StaffFactory(is_superuser=False)
    looker.user_permissions.set(Permission.objects.filter(codename="view_pledgingbody"))
    seen = desk_of(looker).get(url).content.decode()

    assert "olu@example.org" in desk.get(url).content.decode()
    assert "Sea Rescue" in seen
    assert "olu@example.org" not in seen
    assert "Director" not in seen
    assert desk_of(looker).get(reverse("admin:pledges_pledgingbody_decide", args=[body.pk])).status_code == 403


@pytest.mark.parametrize("lookup", ["pledge__email__startswith", "contact_name__startswith"])
def test_contact_cannot_be_guessed_letter_by_letter(desk, lookup):
    waiting()

    assert desk.get(reverse(LIST), {lookup: "o"}, follow=True).status_code == 400


def test_heap_counts_those_who_wait_and_its_list_shows_them_alone(desk):
    body = waiting()
    BodyFactory()
    waiting("kim@example.org", pledge__status="pending", pledge__number=None, pledge__confirmed_at=None)
    (heap,) = (heap for heap in HEAPS if heap.model is PledgingBody)

    assert list(heap.rows()) == [body]
    assert list(desk.get(reverse(LIST) + f"?{heap.query}").context["cl"].result_list) == [body]


def test_list_costs_the_same_queries_at_any_size(desk):
    costs = []
    for number in range(3):
        waiting(f"olu-{number}@example.org")
        with CaptureQueriesContext(connection) as queries:
            desk.get(reverse(LIST))
        costs.append(len(queries))

    assert costs[0] == costs[2] <= 15
