"""Everyone looks at the wall; it shows no more of a supporter than they chose."""

import pytest
from django.test import Client

from pledges import wall
from pledges.models import HeartReport, Pledge
from tests.pledges.conftest import stamp_from
from tests.pledges.factories import HeartFactory, PledgeFactory, WordingFactory, tally

pytestmark = pytest.mark.django_db


def numbers(page: wall.WallPage) -> list[int]:
    return [heart.pledge.number for heart in page.hearts]


@pytest.fixture
def short_pages(monkeypatch):
    monkeypatch.setattr(wall, "HEARTS_PER_PAGE", 3)


def test_wall_shows_confirmed_hearts_newest_first(client):
    first, second = HeartFactory(public_name="Sam"), HeartFactory(public_name="Dora")
    PledgeFactory(public_name="Waiting")
    HeartFactory(public_name="Hidden", hidden_at=first.created_at, hidden_reason="abuse")
    withdrawn = HeartFactory(public_name="Withdrawn")
    Pledge.objects.filter(pk=withdrawn.pk).update(status="withdrawn", withdrawn_at="2026-11-22T00:00Z")

    page = client.get("/en/hearts/")
    assert numbers(page.context["page"]) == [second.number, first.number]
    assert not any(name in page.content.decode() for name in ("Waiting", "Hidden", "Withdrawn", "example.org"))


def test_empty_wall_invites(client):
    assert "No hearts here yet" in client.get("/en/hearts/").content.decode()


def test_pages_hang_on_numbers_and_stay_while_hearts_join(short_pages):
    hearts = [HeartFactory().number for _heart in range(7)][::-1]
    first = wall.page()
    assert (numbers(first), first.newer_than) == (hearts[:3], None)

    HeartFactory()
    second = wall.page(before=first.older_than)
    third = wall.page(before=second.older_than)
    assert (numbers(second), numbers(third), third.older_than) == (hearts[3:6], hearts[6:], None)


def test_newer_hearts_are_reached_page_by_page(short_pages):
    hearts = [HeartFactory().number for _heart in range(7)][::-1]

    oldest = wall.page(before=hearts[5])
    newer = wall.page(after=oldest.newer_than)
    newest = wall.page(after=newer.newer_than)

    assert [numbers(oldest), numbers(newer), numbers(newest)] == [hearts[6:], hearts[3:6], hearts[:3]]
    assert (newer.older_than, newest.newer_than) == (hearts[5], None)


def test_heart_hidden_on_a_page_moves_no_other_page(short_pages):
    hearts = [HeartFactory().number for _heart in range(7)][::-1]
    second = wall.page(before=hearts[2])
    Pledge.objects.filter(number=hearts[1]).update(hidden_at="2026-11-22T00:00Z", hidden_reason="abuse")

    assert numbers(wall.page(before=hearts[2])) == numbers(second)


@pytest.mark.parametrize("query", ["before=x", "before=-1", "before=", "before=" + "9" * 30, "after=٣", "after=1e3"])
def test_page_that_cannot_be_is_not_found(client, query):
    assert client.get(f"/en/hearts/?{query}").status_code == 404


def test_unnamed_heart_tells_its_country_only_among_five(client):
    HeartFactory(public_name="", country="PT")
    HeartFactory(public_name="", country="BR")
    HeartFactory(public_name="Dora", country="BR")
    tally("PT", 5)
    tally("BR", 4)

    shown = [(heart.pledge.public_name, heart.country) for heart in wall.page().hearts]
    assert shown == [("Dora", "BR"), ("", ""), ("", "PT")]


def test_unnamed_heart_of_a_small_country_keeps_it_on_its_own_page_too(client):
    heart = HeartFactory(public_name="", country="BR")
    tally("BR", 4)

    page = client.get(heart.get_absolute_url())
    assert "A supporter" in page.content.decode()
    assert "Brazil" not in page.content.decode()


@pytest.mark.parametrize(("status", "shown"), [("waiting", False), ("refused", False), ("approved", True)])
def test_words_are_shown_once_a_person_approved_them(client, status, shown):
    heart = HeartFactory(words="For my sister", words_status=status)

    for path in ("/en/hearts/", heart.get_absolute_url()):
        assert ("For my sister" in client.get(path).content.decode()) is shown


def test_name_that_looks_like_markup_is_only_text(client):
    """The name rule refuses it; the page would be safe all the same."""
    heart = HeartFactory(public_name="<b>Sam</b>", words="<script>", words_status="approved")

    for path in ("/en/hearts/", heart.get_absolute_url()):
        page = client.get(path).content.decode()
        assert "&lt;b&gt;Sam" in page
        assert "<script>" not in page


@pytest.mark.parametrize("hearts", [1, 3, 60])
def test_wall_costs_the_same_queries_at_any_size(client, django_assert_num_queries, hearts):
    for _heart in range(hearts):
        HeartFactory(words="For my sister", words_status="approved")
    tally("PT", hearts)

    with django_assert_num_queries(4):
        client.get("/en/hearts/")


@pytest.mark.parametrize("precepts", [1, 3])
def test_heart_costs_the_same_queries_whatever_was_promised(client, django_assert_num_queries, precepts):
    heart = HeartFactory(precepts=[WordingFactory() for _precept in range(precepts)])

    with django_assert_num_queries(3):
        client.get(heart.get_absolute_url())


def test_pages_of_hearts_set_no_cookie_and_may_be_kept(client):
    heart = HeartFactory()
    for path in ("/en/hearts/", heart.get_absolute_url()):
        answer = client.get(path)
        assert (answer["Cache-Control"][:6], dict(answer.cookies)) == ("public", {})


@pytest.mark.parametrize(
    "make", [PledgeFactory, lambda: HeartFactory(hidden_at="2026-11-22T00:00Z", hidden_reason="abuse")]
)
def test_heart_that_is_not_public_is_not_found(client, make):
    heart = make()

    assert client.get(heart.get_absolute_url()).status_code == 404
    assert client.get(f"{heart.get_absolute_url()}report/").status_code == 404


def test_visitor_reports_a_heart_and_staff_find_it(client):
    heart = HeartFactory()
    fields = {"reason": "may-need-help", "words": "She wrote to me", "shown": stamp_from(60)}
    answer = client.post(f"{heart.get_absolute_url()}report/", fields)

    assert (answer.status_code, answer.url) == (302, "/en/hearts/thank-you/")
    report = HeartReport.objects.get()
    assert (report.pledge, report.reason, report.words, report.settled_at) == (
        heart,
        "may-need-help",
        "She wrote to me",
        None,
    )


def test_report_without_a_reason_is_asked_for_one_and_keeps_the_words(client):
    heart = HeartFactory()
    answer = client.post(f"{heart.get_absolute_url()}report/", {"words": "Look at it", "shown": stamp_from(60)})

    assert list(answer.context["form"].errors) == ["reason"]
    assert "Look at it</textarea>" in answer.content.decode()
    assert not HeartReport.objects.exists()


def test_mallory_cannot_flood_staff_with_reports(client):
    heart = HeartFactory()
    fields = {"reason": "abuse", "shown": stamp_from(60)}
    answers = [client.post(f"{heart.get_absolute_url()}report/", fields).status_code for _report in range(12)]

    assert answers == [302] * 10 + [429] * 2
    assert HeartReport.objects.count() == 10


def test_report_of_a_robot_or_without_csrf_token_is_not_kept(client):
    heart = HeartFactory()
    fields = {"reason": "abuse", "shown": stamp_from(60)}

    assert client.post(f"{heart.get_absolute_url()}report/", fields | {"website": "x"}).status_code == 302
    assert Client(enforce_csrf_checks=True).post(f"{heart.get_absolute_url()}report/", fields).status_code == 403
    assert not HeartReport.objects.exists()
