"""A heart's own page: what its supporter chose to show, what can be taken from it, and how one tells us of it."""

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blueheart.post.models import Message
from pledges.models import Fulfilment, HeartReport, Pledge
from tests.pledges.conftest import stamp_from
from tests.pledges.factories import BodyFactory, HeartFactory, PledgeFactory, WordingFactory, tally

pytestmark = pytest.mark.django_db
NOT_THERE = {
    "pending": lambda: PledgeFactory(),
    "hidden": lambda: HeartFactory(hidden_at=timezone.now(), hidden_reason="abuse"),
    "withdrawn": lambda: HeartFactory(status="withdrawn"),
    "invalid": lambda: HeartFactory(standing="invalid"),
    "unverified": lambda: BodyFactory(pledge__verification="waiting").pledge,
}
BELOW = ("", "card.png", "certificate.pdf", "report/")


def erased(**values):
    return HeartFactory(email="", canonical_email=None, public_name="", name_key="", erased_at=timezone.now(), **values)


def text_of(client, heart):
    return client.get(heart.get_absolute_url()).content.decode()


@pytest.mark.parametrize("make", NOT_THERE.values(), ids=NOT_THERE)
def test_heart_that_is_not_public_is_not_found_whatever_is_asked_of_it(client, make):
    heart = make()

    assert [client.get(heart.get_absolute_url() + path).status_code for path in BELOW] == [404] * 4


def test_page_of_a_heart_that_is_gone_is_kind_and_does_not_tell_why(client):
    withdrawn = NOT_THERE["withdrawn"]()
    never = client.get("/en/hearts/neverthere/")
    gone = client.get(withdrawn.get_absolute_url())

    assert "This heart is not here" in gone.content.decode()
    assert gone.content.decode().replace(withdrawn.public_id, "neverthere") == never.content.decode()
    assert (gone.status_code, "public" in gone["Cache-Control"]) == (404, False)


def test_suspected_heart_has_all_that_others_have(client):
    heart = HeartFactory(public_name="Sam of Lagos", standing="suspected")

    assert [client.get(heart.get_absolute_url() + path).status_code for path in BELOW] == [200] * 4
    assert "Sam of Lagos" in text_of(client, heart)
    assert "Sam of Lagos" not in client.get("/en/hearts/").content.decode()


def test_erased_heart_is_a_supporter(client):
    page = text_of(client, erased())

    assert "<bdi>A supporter</bdi>" in page


def test_organisation_says_what_it_is_for_whom_it_speaks_and_where_it_is(client):
    heart = BodyFactory(people=1200, link="https://example.org/", contact_name="Olu Ade").pledge
    page = text_of(client, heart)

    assert "Association or NGO" in page
    assert "<bdi>1,200</bdi> people, as it says" in page
    assert '<a href="https://example.org/" rel="nofollow noopener ugc">' in page
    assert "Olu" not in page


def test_address_that_is_none_of_the_web_is_no_link(client):
    assert "ftp://" not in text_of(client, BodyFactory(link="ftp://example.org/").pledge)


@pytest.mark.parametrize(("status", "is_shown"), [("waiting", False), ("approved", True)])
def test_kept_promise_says_so_and_its_words_once_a_person_approved_them(client, status, is_shown):
    heart = HeartFactory(fulfilled_at=timezone.now())
    Fulfilment.objects.create(pledge=heart, answer="done", words="We lit the town hall", words_status=status)
    page = text_of(client, heart)

    assert "Kept: this promise" in page
    assert ("We lit the town hall" in page) is is_shown
    assert "Kept: this promise" not in text_of(client, HeartFactory())


@pytest.mark.parametrize("precepts", [1, 11])
def test_heart_costs_the_same_queries_whatever_was_promised(client, django_assert_num_queries, precepts):
    heart = HeartFactory(precepts=[WordingFactory() for _precept in range(precepts)])

    with django_assert_num_queries(4):
        client.get(heart.get_absolute_url())


def test_page_offers_what_to_share_and_works_without_script(client):
    heart = HeartFactory(public_name="Sam")
    page = text_of(client, heart)

    assert f'readonly value="http://localhost:8000{heart.get_absolute_url()}"' in page
    assert page.count(" hidden>") == 2  # the buttons that a script brings to life
    assert f'{heart.get_absolute_url()}certificate.pdf"' in page


# Telling us


def report(client, heart, **fields):
    return client.post(f"{heart.get_absolute_url()}report/", {"reason": "abuse", "shown": stamp_from(60)} | fields)


def test_visitor_reports_a_heart_and_staff_find_it(client):
    heart = HeartFactory()
    answer = report(client, heart, words="It is mine")

    assert (answer.status_code, answer.url) == (302, "/en/hearts/thank-you/")
    found = HeartReport.objects.get()
    assert (found.pledge, found.reason, found.words, found.settled_at) == (heart, "abuse", "It is mine", None)
    assert not Message.objects.exists()


def test_who_thinks_that_somebody_needs_help_reads_of_the_helpline_first_and_staff_are_told_at_once(
    client, django_user_model
):
    django_user_model.objects.create_superuser("ada", "ada@example.org", "x")
    heart = HeartFactory()
    answer = report(client, heart, reason="may-need-help", words="She wrote to me")
    page = client.get(answer.url).content.decode()

    assert page.index("We are no helpline") < page.index("/en/help/", page.index("<main"))
    assert list(Message.objects.values_list("kind", flat=True)) == ["alert-heart-reported"]
    assert Pledge.objects.shown().filter(pk=heart.pk).exists()
    assert not mail.outbox


def test_report_without_a_reason_is_asked_for_one_and_keeps_the_words(client):
    answer = report(client, HeartFactory(), reason="", words="Look at it")

    assert list(answer.context["form"].errors) == ["reason"]
    assert "Look at it</textarea>" in answer.content.decode()
    assert not HeartReport.objects.exists()


def test_mallory_cannot_flood_staff_with_reports(client):
    heart = HeartFactory()
    answers = [report(client, heart).status_code for _report in range(12)]

    assert answers == [302] * 10 + [429] * 2
    assert HeartReport.objects.count() == 10


def test_report_of_a_robot_or_without_csrf_token_is_not_kept(client):
    heart = HeartFactory()

    assert report(client, heart, website="x").status_code == 302
    assert report(Client(enforce_csrf_checks=True), heart).status_code == 403
    assert not HeartReport.objects.exists()


def test_every_card_of_the_wall_leads_to_reporting_it(client):
    hearts = [HeartFactory(), HeartFactory(public_name="")]
    tally("PT", 5)
    page = client.get("/en/hearts/").content.decode()

    assert all(f'href="{heart.get_absolute_url()}report/"' in page for heart in hearts)


def test_pages_of_pictures_and_certificates_ask_as_little_as_the_heart(client):
    heart = HeartFactory()
    with CaptureQueriesContext(connection) as asked:
        client.get(f"{heart.get_absolute_url()}card.png")
        client.get(f"{heart.get_absolute_url()}certificate.pdf")
    assert len(asked) == 2 * 3 + 2  # the precepts, and one certificate more from this network
