"""What was kept, as supporters say: counted hourly, told by precept and country, never of a few."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pledges.models import AnswerTally, Fulfilment, HeartPhoto, Pledge, PreceptTally
from pledges.services import photos, precept_tallies
from tests.pledges.factories import BodyFactory, HeartFactory, WordingFactory
from tests.pledges.test_photos import picture

pytestmark = pytest.mark.django_db
PAGE = "/en/hearts/kept/"


def kept(*wordings, answer="done", words="", words_status="none", **kwargs) -> Pledge:
    """A heart whose supporter says: done."""
    is_done = answer == "done"
    heart = HeartFactory(precepts=list(wordings), fulfilled_at=timezone.now() if is_done else None, **kwargs)
    said = Fulfilment.objects.create(pledge=heart, answer=answer, words=words, words_status=words_status)
    said.kept.set(wordings)
    return heart


def tallies() -> set[tuple]:
    return set(PreceptTally.objects.values_list("precept__slug", "country", "kept"))


@pytest.fixture
def wear():
    return WordingFactory(precept__slug="wear", title="Wear")


@pytest.fixture
def tell():
    return WordingFactory(precept__slug="tell", title="Tell")


def test_counts_are_of_fulfilled_pledges_that_count(wear, tell):
    kept(wear, tell)
    kept(wear)
    kept(wear, country="ES")
    kept(wear, answer="not-yet")
    kept(wear, standing="suspected")
    kept(wear, standing="invalid")
    kept(wear, status="withdrawn")
    BodyFactory(pledge=kept(wear, kind="organisation", verification="waiting"))
    precept_tallies.recount()

    assert tallies() == {("wear", "PT", 2), ("wear", "ES", 1), ("tell", "PT", 1)}
    assert set(AnswerTally.objects.values_list("country", "done", "not_yet")) == {("PT", 2, 1), ("ES", 1, 0)}


def test_versions_of_one_precept_count_together_and_a_pledge_once(wear):
    newer = WordingFactory(precept=wear.precept, version=2, title="Wear it")
    kept(wear, newer)
    kept(newer)
    precept_tallies.recount()

    assert tallies() == {("wear", "PT", 2)}


def test_recount_repairs_whatever_was_there(wear):
    PreceptTally.objects.create(precept=wear.precept, country="XX", kept=99)
    kept(wear)
    for _time in range(2):
        precept_tallies.recount()

    assert tallies() == {("wear", "PT", 1)}


def test_erased_supporter_stays_counted_without_the_person(wear):
    heart = kept(wear)
    Pledge.objects.filter(pk=heart.pk).update(
        erased_at=timezone.now(), email="", canonical_email=None, public_name="", name_key=""
    )
    precept_tallies.recount()

    assert tallies() == {("wear", "PT", 1)}


def test_page_tells_countries_of_five_and_sums_the_others(client, wear, tell):
    for _supporter in range(5):
        kept(wear)
    kept(wear, tell)
    kept(wear, country="ES")
    kept(wear, country="FR", answer="not-yet")
    precept_tallies.recount()
    told = precept_tallies.what_was_kept()
    page = client.get(PAGE).content.decode()

    assert (told.done, told.not_yet, told.countries, told.elsewhere) == (7, 1, [("PT", 6)], 1)
    assert [(row.wording.title, row.kept) for row in told.precepts] == [("Wear", 7), ("Tell", 1)]
    assert "Portugal" in page
    assert "Spain" not in page
    assert "France" not in page


def test_one_country_tells_no_precept_of_fewer_than_five(client, wear, tell):
    for _supporter in range(5):
        kept(wear)
    kept(wear, tell)
    precept_tallies.recount()
    page = client.get(PAGE, {"country": "pt"}).content.decode()

    assert [row.kept for row in precept_tallies.what_was_kept("PT").precepts] == [6, None]
    assert "fewer than five" in page


@pytest.mark.parametrize("country", ["es", "xx", "'", "pt" * 200])
def test_country_of_a_few_answers_like_all_together(client, wear, country):
    for _supporter in range(4):
        kept(wear, country="ES")
    precept_tallies.recount()

    assert precept_tallies.what_was_kept(country.upper()).country == ""
    assert client.get(PAGE, {"country": country}).status_code == 200


def test_only_what_a_person_approved_of_hearts_that_are_shown_is_there(client, wear):
    shown = kept(wear, words="I asked my shop.", words_status="approved")
    photos.put(shown, webp=picture("WEBP"), size=(320, 240), alt="A heart on a door")
    kept(wear, words="Waiting words.", words_status="waiting")
    kept(wear, words="Refused words.", words_status="refused")
    kept(wear, words="Hidden words.", words_status="approved", hidden_at=timezone.now(), hidden_reason="abuse")
    kept(wear, words="Suspected words.", words_status="approved", standing="suspected")
    page = client.get(PAGE).content.decode()

    assert "I asked my shop." in page
    assert not any(f"{kind} words." in page for kind in ("Waiting", "Refused", "Hidden", "Suspected"))
    assert "A heart on a door" not in page
    HeartPhoto.objects.update(status="approved", file="hearts/x.webp")
    assert "A heart on a door" in client.get(PAGE).content.decode()


def test_words_come_in_pages_that_do_not_move(client, wear, monkeypatch):
    monkeypatch.setattr("pledges.views.kept_by_all.SHOWN_AT_ONCE", 2)
    for number in range(5):
        kept(wear, words=f"Word {number}.", words_status="approved")
    seen, page = [], client.get(PAGE)
    for _page in range(3):
        seen += [heart.pledge.fulfilment.words for heart in page.context["words"].hearts]
        kept(wear, words="Newer.", words_status="approved")
        page = client.get(PAGE, {"words": page.context["words"].older_than or 0})

    assert seen == [f"Word {number}." for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize("key", ["", "x", "-1", "1" * 19, "٣"])
def test_what_is_no_key_is_not_found(client, key):
    assert client.get(PAGE, {"words": key}).status_code == 404


def test_page_costs_the_same_queries_at_any_size(client, wear, tell):
    costs = []
    for _round in range(3):
        for _heart in range(3):
            heart = kept(wear, tell, words="x", words_status="approved")
            photos.put(heart, webp=b"x", size=(3, 2), alt="x")
        HeartPhoto.objects.filter(status="waiting").update(status="approved", file="hearts/x.webp")
        precept_tallies.recount()
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        costs.append(len(queries))

    assert costs[0] == costs[2] <= 8


def test_page_is_friendly_while_nobody_has_answered(client):
    page = client.get(PAGE).content.decode()

    assert "No answer is counted yet." in page
    assert "0 supporters" not in page
    assert '<svg class="chart' not in page
