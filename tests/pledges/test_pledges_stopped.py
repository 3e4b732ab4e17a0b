"""No new pledge is taken while staff stop them; what was sent can be confirmed, and nothing typed is lost."""

import datetime as dt

import pytest
from django.utils import timezone

from blueheart.site_settings import changing
from pledges.models import GroupTally, PaperSheet, Pledge
from pledges.site_settings import NETWORK_BURST, PLEDGES_STOPPED
from tests.campaigns.reading import LANGUAGES, skipped_levels, text_of
from tests.pledges.conftest import stamp_from, typed
from tests.pledges.factories import GroupFactory, HeartFactory
from tests.pledges.group_desk import pupil

NOTICE = "New pledges are paused at the moment."
MESSAGE = {"en": "We are being flooded.", "fr": "Nous sommes débordés."}


@pytest.fixture
def stopped(wording):
    changing.change(PLEDGES_STOPPED, {"on": True}, why="a flood")


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_says_so_and_what_goes_on(client, stopped, language):
    answer = client.get(f"/{language}/pledge/")
    page = text_of(answer)

    assert answer.status_code == 503
    assert "notice-warning" in page
    assert f"/{language}/pledge/manage/" in page
    assert f"/{language}/donate/" in page
    assert "pledge-form" not in page
    assert skipped_levels(page) == []


def test_page_says_what_staff_wrote_and_until_when(client, wording):
    until = dt.datetime(2030, 5, 4, 18, 30, tzinfo=dt.UTC)
    changing.change(PLEDGES_STOPPED, {"on": True, "until": until.isoformat(), "message": MESSAGE}, why="a flood")

    assert "We are being flooded." in text_of(client.get("/en/pledge/"))
    assert "4 May 2030, 18:30" in text_of(client.get("/en/pledge/"))
    assert "Nous sommes débordés." in text_of(client.get("/fr/pledge/"))


@pytest.mark.parametrize("changes", [{}, {"step": "what", "go": "who"}, {"step": "check", "go": "send"}])
def test_what_was_typed_stays_and_nothing_is_kept(client, stopped, wording, changes):
    answer = client.post("/en/pledge/", typed(wording, words="For my sister", **changes))
    page = text_of(answer)

    assert answer.status_code == 503
    assert NOTICE in page
    assert "For my sister" in page
    assert 'value="sam@example.org"' in page
    assert not Pledge.objects.exists()


def test_what_was_sent_before_can_be_confirmed(client, sam_pledges, mailed_link, wording):
    sam_pledges()
    link = mailed_link()
    changing.change(PLEDGES_STOPPED, {"on": True}, why="a flood")
    seen = client.get(link).content.decode().split('name="seen" value="')[1].split('"')[0]

    assert client.post(link, {"act": "confirm", "seen": seen}).status_code == 302
    assert Pledge.objects.get().status == Pledge.Status.CONFIRMED


def test_group_takes_no_heart_and_says_so(client, stopped, wording):
    group = GroupFactory()
    page = text_of(client.get(f"/en/groups/{group.code}/"))
    join = client.get(f"/en/groups/{group.code}/join/")
    sent = client.post(f"/en/groups/{group.code}/join/", typed(wording))

    assert NOTICE in page
    assert f"/en/groups/{group.code}/join/" not in page
    assert (join.status_code, sent.status_code) == (503, 503)
    assert NOTICE in text_of(join)
    assert 'value="sam@example.org"' in text_of(sent)
    assert not Pledge.objects.exists()


def test_pupil_adds_no_heart(client, stopped):
    group = GroupFactory(is_of_pupils=True)
    answer = client.post(f"/en/groups/{group.code}/join/", pupil())

    assert answer.status_code == 503
    assert not PaperSheet.objects.exists()
    assert not GroupTally.objects.filter(on_paper__gt=0).exists()


def test_walls_and_own_pages_go_on(client, stopped):
    heart = HeartFactory()

    assert client.get("/en/hearts/").status_code == 200
    assert client.get(heart.get_absolute_url()).status_code == 200
    assert client.get("/en/pledge/manage/").status_code == 200


def test_switch_that_ran_out_takes_pledges_again(client, sam_pledges, time_machine):
    time_machine.move_to(dt.datetime(2030, 1, 1, 12, tzinfo=dt.UTC))
    until = timezone.now() + dt.timedelta(hours=1)
    changing.switch_on("pledges-stopped", "a flood", until=until)
    assert client.get("/en/pledge/").status_code == 503

    time_machine.move_to(until)
    assert client.get("/en/pledge/").status_code == 200


def test_strict_mode_suspects_sooner_in_silence(sam_pledges, wording):
    changing.switch_on("strict-mode", "a flood")
    most = NETWORK_BURST.standard // 4
    answers = [sam_pledges(email=f"sam{number}@example.org") for number in range(most + 2)]

    assert {answer.status_code for answer in answers} == {302}
    assert list(Pledge.objects.order_by("pk").values_list("standing", flat=True)) == ["good"] * most + ["suspected"] * 2


def test_strict_mode_wants_forms_open_for_longer(sam_pledges, wording):
    assert sam_pledges(shown=stamp_from(3)).status_code == 302
    changing.switch_on("strict-mode", "a flood")
    quick = sam_pledges(shown=stamp_from(3), email="dora@example.org")

    assert quick.status_code == 200
    assert "That was very quick." in text_of(quick)
    assert sam_pledges(shown=stamp_from(9), email="dora@example.org").status_code == 302


def test_limits_that_staff_change_count_at_once(sam_pledges, wording):
    changing.change(NETWORK_BURST, 4, why="a flood")
    for number in range(5):
        sam_pledges(email=f"sam{number}@example.org")

    assert Pledge.objects.filter(standing="suspected").count() == 1
