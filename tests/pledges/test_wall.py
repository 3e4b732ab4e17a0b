"""Everyone looks at the wall; it shows no more of a supporter than they chose."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pledges import wall
from pledges.models import HeartPhoto, Pledge, PledgeTally
from pledges.wall import Choice
from tests.campaigns.factories import CampaignFactory
from tests.pledges.factories import (
    BodyFactory,
    GlobalCampaignFactory,
    HeartFactory,
    PledgeFactory,
    WordingFactory,
    tally,
)

pytestmark = pytest.mark.django_db
QUERIES = 7


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


@pytest.mark.parametrize("hearts", [1, 300])
def test_wall_costs_the_same_queries_at_any_size(client, hearts):
    precepts = [WordingFactory()]
    for _heart in range(hearts):
        HeartFactory(words="For my sister", words_status="approved", precepts=precepts)
    BodyFactory()
    tally("PT", hearts)

    asked = [questions(client, query) for query in ("", "?before=999999999", "?country=PT&kind=person&on=2026-01-01")]
    assert asked == [QUERIES, QUERIES, QUERIES + 1]


def questions(client, query):
    with CaptureQueriesContext(connection) as asked:
        assert client.get(f"/en/hearts/{query}").status_code == 200
    return len(asked)


def test_pages_of_hearts_set_no_cookie_and_may_be_kept(client):
    heart = HeartFactory()
    for path in ("/en/hearts/", heart.get_absolute_url()):
        answer = client.get(path)
        assert (answer["Cache-Control"][:6], dict(answer.cookies)) == ("public", {})


# Looking for some of them


def shown(client, query):
    return [heart.pledge.public_name for heart in client.get(f"/en/hearts/?{query}").context["page"].hearts]


def test_hearts_of_a_country_a_campaign_and_a_kind_are_found_alone_and_together(client):
    campaign = CampaignFactory(slug="lima")
    HeartFactory(public_name="Sam", country="PT")
    HeartFactory(public_name="Ana", country="PE", campaign=campaign)
    BodyFactory(pledge__public_name="Sea Rescue", pledge__country="PE", pledge__campaign=campaign)
    BodyFactory(pledge__public_name="Lima", pledge__country="PE", pledge__kind="authority", form="city")
    for iso2 in ("PT", "PE"):
        tally(iso2, 5)

    assert shown(client, "country=PE") == ["Lima", "Sea Rescue", "Ana"]
    assert shown(client, "campaign=lima") == ["Sea Rescue", "Ana"]
    assert [shown(client, f"kind={kind}") for kind in ("person", "organisation", "authority")] == [
        ["Ana", "Sam"],
        ["Sea Rescue"],
        ["Lima"],
    ]
    assert shown(client, "country=PE&kind=authority") == ["Lima"]
    assert shown(client, "country=PE&campaign=lima&kind=organisation&on=") == ["Sea Rescue"]
    assert shown(client, "country=PT&campaign=lima") == []


def test_chosen_hearts_are_paged_among_themselves(client, short_pages):
    hearts = [HeartFactory(country=iso2).number for _heart in range(4) for iso2 in ("PT", "BR")]
    tally("PT", 5)
    page = client.get("/en/hearts/?country=PT")

    assert numbers(page.context["page"]) == hearts[6::-2][:3]
    assert f'href="?country=PT&amp;before={hearts[2]}#hearts"' in page.content.decode()
    assert numbers(client.get(f"/en/hearts/?country=PT&before={hearts[2]}").context["page"]) == [hearts[0]]
    assert wall.page(Choice(country="PT"), before=hearts[2]).newer_than == hearts[0]
    assert numbers(wall.page(Choice(country="PT"), after=hearts[0])) == hearts[6:0:-2]


def test_filter_by_a_small_country_lists_only_those_who_show_a_name(client):
    """Whatever else is chosen: unnamed hearts of it would be told by where they are missing."""
    HeartFactory(public_name="", country="BR")
    HeartFactory(public_name="Dora", country="BR")
    tally("BR", 4)

    for more in ("", "&campaign=blue-heart", "&kind=person", "&on=2099-01-01", "&after=0"):
        page = client.get(f"/en/hearts/?country=BR{more}")
        assert [heart.pledge.public_name for heart in page.context["page"].hearts] == ["Dora"]
        assert "Fewer than five people of this country" in page.content.decode()
    PledgeTally.objects.update(confirmed=5)
    assert shown(client, "country=BR") == ["Dora", ""]


def test_small_country_of_an_erased_or_unnamed_heart_stays_untold_in_every_list(client):
    HeartFactory(public_name="", country="BR", featured_at=timezone.now())
    tally("BR", 4)

    for query in ("", "kind=person", "campaign=blue-heart", "on=2099-01-01", "before=999999"):
        page = client.get(f"/en/hearts/?{query}")
        assert {heart.country for heart in page.context["page"].hearts + page.context["page"].featured} == {""}
        assert "heart-country" not in page.content.decode()


def test_wall_is_looked_at_as_of_a_day(client):
    first, second, third = (HeartFactory(confirmed_at=f"2026-03-0{day}T23:59:59Z") for day in (1, 2, 3))

    page = client.get("/en/hearts/?on=2026-03-02").context["page"]
    assert (numbers(page), page.newer_than) == ([second.number, first.number], second.number)
    before_all = client.get("/en/hearts/?on=2026-02-28")
    assert (numbers(before_all.context["page"]), before_all.context["page"].newer_than) == ([], 0)
    assert "Nobody had confirmed a heart by that day" in before_all.content.decode()
    assert numbers(client.get("/en/hearts/?after=0").context["page"]) == [third.number, second.number, first.number]


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "1", "99999-01-01"])
def test_day_that_is_none_is_explained_and_the_newest_are_shown(client, day):
    HeartFactory(public_name="Sam")
    page = client.get(f"/en/hearts/?on={day}&country=PT")

    assert (page.status_code, page.context["form"].errors["on"]) == (200, ["Write the day like 2026-07-30."])
    assert "id_on_error" in page.content.decode()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_day_of_another_age_is_a_day(client, day):
    assert client.get(f"/en/hearts/?on={day}").status_code == 200


@pytest.mark.parametrize("query", ["country=XX", "country=pt", "campaign=nowhere", "kind=robot"])
def test_choice_that_no_list_offers_is_not_found(client, query):
    assert client.get(f"/en/hearts/?{query}").status_code == 404


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("country=PT", "Yours could be the first"),
        ("kind=authority", "Yours could be the first"),
        ("before=1", "no hearts further on"),
        ("after=999999", "no hearts further on"),
    ],
)
def test_each_empty_page_says_why_it_is_empty(client, query, said):
    GlobalCampaignFactory()

    assert said in client.get(f"/en/hearts/?{query}").content.decode()


def test_organisation_has_a_mark_of_its_own_and_nothing_is_shown_before_staff_verified_it(client):
    BodyFactory(pledge__public_name="Sea Rescue")
    BodyFactory(pledge__public_name="Unread", pledge__verification="waiting")

    page = client.get("/en/hearts/").content.decode()
    assert "Organisation · Association or NGO" in page
    assert "heart-organisation" in page
    assert "Unread" not in page


@pytest.mark.parametrize(("status", "is_shown"), [("waiting", False), ("refused", False), ("approved", True)])
def test_photo_is_shown_once_a_person_approved_it(client, status, is_shown):
    heart = HeartFactory()
    HeartPhoto.objects.create(
        pledge=heart, width=640, height=480, alt="A ribbon on a coat", status=status,
        file="hearts/a.webp" if is_shown else "", refused_for="child" if status == "refused" else "",
    )  # fmt: skip

    for path in ("/en/hearts/", heart.get_absolute_url()):
        page = client.get(path).content.decode()
        assert ('width="640" height="480" alt="A ribbon on a coat" loading="lazy"' in page) is is_shown
