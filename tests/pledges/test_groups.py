"""Groups in public: opened by anyone, shown once approved, joined with their code."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blueheart.post.jobs import send_due
from campaigns.models import Campaign
from pledges import limits
from pledges.models import Group, GroupTally, KeeperLink, PaperSheet, Pledge
from pledges.services import counting, groups, quiet, sheets
from tests.campaigns.factories import CampaignFactory
from tests.pledges.conftest import stamp_from, typed
from tests.pledges.factories import GlobalCampaignFactory, GroupFactory, HeartFactory, PaperSheetFactory
from tests.pledges.group_desk import KEEPER, mailed_link, opening, pupil

pytestmark = pytest.mark.django_db
NEW, SENT = "/en/groups/new/", "/en/groups/new/check-your-mail/"


@pytest.fixture
def kim_opens(client, wording):
    """Kim opens a group; changes are what they type differently."""

    def kim_opens(**changes):
        return client.post(NEW, opening(**changes))

    return kim_opens


def path_of(group, page="") -> str:
    return f"/en/groups/{group.code}/{page}"


# Opening


def test_a_group_waits_with_all_that_was_typed(kim_opens, client):
    assert kim_opens(is_of_pupils="on", keeper_email="KIM@Example.org").url == SENT

    group = Group.objects.get()
    assert (group.name, group.kind, group.is_of_pupils) == ("Escola do Mar 2030", "school", True)
    assert (group.country, group.language, group.target) == ("PT", "pt", 120)
    assert (group.keeper_name, group.keeper_email, group.keeper_confirmed_at) == ("Kim", KEEPER, None)
    assert group.status == Group.Status.WAITING
    assert client.get(SENT).status_code == 200
    assert client.get(path_of(group)).status_code == 404


def test_the_keeper_confirms_by_the_button_of_the_mailed_link_and_staff_are_told(
    kim_opens, client, django_user_model, settings
):
    staff = django_user_model.objects.create_superuser("ada", "ada@example.org", "x")
    kim_opens()
    link = mailed_link()
    (letter,) = mail.outbox
    assert letter.to == [KEEPER]
    assert "Escola do Mar 2030" in letter.body
    assert link.startswith("/pt/")

    client.get(link)
    assert Group.objects.get().keeper_confirmed_at is None
    client.post(link)

    assert Group.objects.to_decide().count() == 1
    send_due()
    assert mail.outbox[-1].to == [staff.email]
    assert "Escola do Mar 2030" in mail.outbox[-1].body


def test_the_same_group_sent_again_is_one_group_and_one_mail(kim_opens):
    kim_opens()
    kim_opens(target="200")

    send_due()
    assert [group.target for group in Group.objects.all()] == [200]
    assert len(mail.outbox) == 1


def test_a_group_is_mailed_again_after_ten_minutes_and_five_times_a_day(kim_opens, time_machine):
    time_machine.move_to(timezone.now().replace(hour=12), tick=False)  # within one day by UTC
    for _time in range(7):
        kim_opens(shown=stamp_from(60))
        time_machine.shift(dt.timedelta(minutes=11))
    send_due()
    assert len(mail.outbox) == 5


def test_nobody_is_written_to_who_wants_no_mail(kim_opens):
    quiet.leave_alone(KEEPER, "not-me")
    assert kim_opens().url == SENT
    send_due()
    assert mail.outbox == []


def test_the_answer_is_the_same_whoever_keeps_groups_already(kim_opens):
    GroupFactory(keeper_email=KEEPER)
    assert kim_opens().url == kim_opens(keeper_email="new@example.org").url == SENT


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "=HYPERLINK(1)"),
        ("name", "Buy at www.example.org"),
        ("name", "a" * 101),
        ("name", "…"),
        ("about", "see www.example.org"),
        ("about", "a" * 281),
        ("target", "0"),
        ("target", "99999999"),
        ("kind", "sect"),
        ("country", "XX"),
        ("language", "de"),
        ("campaign", "no-such"),
        ("keeper_name", "http://example.org Kim"),
        ("keeper_email", "kim"),
        ("shown", None),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(kim_opens, field, value):
    answer = kim_opens(**{field: value})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "error-summary" in page
    assert 'value="Kim"' in page or field == "keeper_name"
    assert Group.objects.count() == 0


def test_a_robot_gets_the_answer_of_everyone_and_opens_nothing(kim_opens):
    assert kim_opens(website="https://example.org").url == SENT
    assert Group.objects.count() == 0


def test_one_network_opens_twenty_groups_an_hour(kim_opens):
    answers = [kim_opens(name=f"School {turn}", keeper_email=f"k{turn}@example.org").status_code for turn in range(21)]
    assert answers == [302] * 20 + [429]


def test_a_campaign_that_is_over_or_not_published_takes_no_group(kim_opens):
    CampaignFactory(slug="gone", ends_on=dt.date(2020, 7, 30))
    CampaignFactory(slug="draft", status="draft")
    for slug in ("gone", "draft"):
        assert kim_opens(campaign=slug).status_code == 200
    assert Group.objects.count() == 0


def test_a_group_that_nobody_confirms_is_forgotten_after_seven_days(kim_opens):
    kim_opens()
    old = timezone.now() - dt.timedelta(days=8)
    Group.objects.update(created_at=old)
    confirmed = GroupFactory(status="waiting", created_at=old)
    asked_again = GroupFactory(status="waiting", created_at=old, keeper_confirmed_at=None)
    later = timezone.now() + dt.timedelta(days=1)
    KeeperLink.objects.create(group=asked_again, digest="d", expires_at=later)

    assert groups.purge_unconfirmed() == 1
    assert set(Group.objects.all()) == {confirmed, asked_again}


# The page


@pytest.mark.parametrize("status", ["waiting", "refused"])
def test_a_group_that_nobody_approved_has_no_page_and_no_papers(client, status):
    group = GroupFactory(status=status)
    for page in ("", "join/", "joined/", "poster.pdf", "sheet.pdf", "qr.svg"):
        assert client.get(path_of(group, page)).status_code == 404


def test_the_page_tells_both_figures_apart_and_names_who_wants_it(client):
    group = GroupFactory(name="Escola <do> Mar", target=100)
    HeartFactory(group=group, public_name="Ana")
    for _heart in range(4):
        HeartFactory(group=group, public_name="")
    HeartFactory(group=group, public_name="Hidden", hidden_at=timezone.now(), hidden_reason="abuse")
    HeartFactory(group=group, public_name="Doubt", standing="suspected")
    HeartFactory(public_name="Elsewhere")
    PaperSheetFactory(group=group, hearts=30)
    counting.close_windows()

    page = client.get(path_of(group)).content.decode()
    figures = re.findall(r'stat-number"><bdi>(\d+)<', page)

    assert "Escola &lt;do&gt; Mar" in page
    # Five hearts are shown; the hidden one is counted too.
    assert figures == ["6", "30"]
    assert '<progress max="100" value="36"' in page
    assert "Ana" in page
    assert not {"Hidden", "Doubt", "Elsewhere"} & set(re.findall(r"\w+", page))


def test_the_page_costs_the_same_at_one_and_at_three_hundred_hearts(client):
    group = GroupFactory()

    def queries():
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path_of(group)).status_code == 200
        return len(asked)

    HeartFactory(group=group)
    few = queries()
    HeartFactory.create_batch(30, group=group)

    assert queries() == few <= 8


def test_a_group_of_pupils_shows_no_names(client):
    group = GroupFactory(is_of_pupils=True)
    page = client.get(path_of(group)).content.decode()
    assert "The newest hearts" not in page
    assert "confirmed by mail" not in page


def test_a_closed_group_keeps_its_page_and_says_so(client):
    group = GroupFactory(status="closed")
    page = client.get(path_of(group)).content.decode()
    assert "takes no more hearts" in page
    assert f"{group.code}/join/" not in page
    assert "takes no more hearts" in client.get(path_of(group, "join/")).content.decode()


@pytest.mark.parametrize("change", [{"status": "draft"}, {"ends_on": dt.date(2020, 7, 30)}])
def test_a_group_outlives_its_campaign_but_takes_nobody_then(client, wording, change):
    group = GroupFactory(campaign=CampaignFactory(slug="day", title="The Day", **change))

    page = client.get(path_of(group)).content.decode()
    assert "has ended" in page
    assert ("/en/campaigns/day/" in page) == ("status" not in change)
    assert "has ended" in client.post(path_of(group, "join/"), typed(wording)).content.decode()
    assert Pledge.objects.count() == 0


def test_codes_are_no_words_of_the_paths(client):
    assert client.get("/en/groups/new/").status_code == 200
    assert client.get("/en/groups/keep/").status_code == 200
    assert client.get("/en/groups/partners/").status_code == 404


# Joining


def test_a_member_joins_by_a_short_pledge(client, wording):
    group = GroupFactory(country="BR")
    page = client.get(path_of(group, "join/")).content.decode()
    assert '<option value="BR" selected' in page
    assert 'name="words"' not in page

    token = re.search(r'name="form_token" value="([^"]+)"', page)[1]
    sent = typed(wording, words="Not asked", email="ana@example.org", form_token=token)
    answer = client.post(path_of(group, "join/"), sent)

    pledge = Pledge.objects.get()
    assert answer.status_code == 302
    assert answer.url == f"/en/pledge/check-your-mail/?form={token}"
    assert 'name="code"' in client.get(answer.url).content.decode()
    assert (pledge.group, pledge.campaign, pledge.words) == (group, group.campaign, "")


def test_what_is_wrong_when_joining_is_said(client, wording):
    group = GroupFactory()
    answer = client.post(path_of(group, "join/"), typed(wording, email="ana"))
    assert "error-summary" in answer.content.decode()
    assert Pledge.objects.count() == 0
    client.post(path_of(group, "join/"), typed(wording, website="x"))
    assert Pledge.objects.count() == 0


def test_limits_are_asked_with_the_group(client, wording, monkeypatch):
    asked = []
    judge = limits.judge
    monkeypatch.setattr(
        limits, "judge", lambda request, **said: (asked.append(said["group"]), judge(request, **said))[1]
    )
    group = GroupFactory()

    client.post(path_of(group, "join/"), typed(wording))

    assert asked == [group]


def test_a_pupil_adds_a_heart_without_anything_of_themselves(client, wording):
    group = GroupFactory(is_of_pupils=True)
    form = client.get(path_of(group, "join/")).content.decode()
    main = form[form.index("<main") :]
    assert set(re.findall(r'name="(\w+)"', main)) == {"csrfmiddlewaretoken", "shown", "website", "form_token"}

    sent = pupil(email="ana@example.org", public_name="Ana")
    for _time in range(3):
        assert client.post(path_of(group, "join/"), sent).url == path_of(group, "joined/")
    client.get(path_of(group, "joined/"))

    sheet = PaperSheet.objects.get()
    assert (sheet.group, sheet.hearts, sheet.way) == (group, 1, "joined")
    assert Pledge.objects.count() == 0
    assert "ana" not in str(list(PaperSheet.objects.values())).lower()


def test_a_class_behind_one_address_joins_and_a_flood_is_told_kindly(client, wording, monkeypatch):
    monkeypatch.setattr(sheets, "JOINS_AT_LEAST", 10)
    group = GroupFactory(is_of_pupils=True, target=20)

    answers = [client.post(path_of(group, "join/"), pupil()).status_code for _time in range(41)]

    assert answers == [302] * 40 + [429]
    assert PaperSheet.objects.count() == 40
    other = GroupFactory(is_of_pupils=True, target=20)
    assert client.post(path_of(other, "join/"), pupil()).status_code == 302


def test_target_lifts_the_ceiling_of_a_day_no_further_than_that_of_lists(client, wording, monkeypatch):
    monkeypatch.setattr(sheets, "MOST_A_DAY", 3)
    group = GroupFactory(is_of_pupils=True, target=10_000_000)

    answers = [client.post(path_of(group, "join/"), pupil()).status_code for _time in range(4)]
    assert answers == [302, 302, 302, 429]


def test_one_network_cannot_flood_all_codes(client, wording, monkeypatch):
    monkeypatch.setattr(sheets, "JOINS_BY_NETWORK", 3)
    codes = [path_of(GroupFactory(is_of_pupils=True), "join/") for _time in range(4)]
    assert [client.post(path, pupil()).status_code for path in codes] == [302, 302, 302, 429]


@pytest.mark.parametrize("changes", [{"form_token": "x"}, {"shown": ""}, {"website": "x"}, {"switch_language": "fr"}])
def test_a_press_that_is_none_counts_nothing(client, wording, changes):
    group = GroupFactory(is_of_pupils=True)
    client.post(path_of(group, "join/"), pupil(**changes))
    assert PaperSheet.objects.count() == 0


def test_the_form_of_another_group_counts_for_its_own_alone(client, wording):
    one, other = GroupFactory(is_of_pupils=True), GroupFactory(is_of_pupils=True)
    sent = pupil()
    client.post(path_of(one, "join/"), sent)
    client.post(path_of(other, "join/"), sent)
    assert [sheet.group for sheet in PaperSheet.objects.all()] == [one]


def test_a_code_is_read_in_capitals_too(client):
    group = GroupFactory()
    assert client.get(f"/en/groups/{group.code.upper()}/").status_code == 200


def test_without_a_main_campaign_the_form_still_answers(client, db):
    assert Campaign.objects.count() == 0
    assert client.get(NEW).status_code == 200
    GlobalCampaignFactory()
    assert 'value="blue-heart"' in client.get(NEW).content.decode()


@pytest.mark.parametrize(("confirmed", "shown"), [(0, "0"), (4, "&lt;5"), (5, "5")])
def test_few_confirmed_hearts_of_a_group_are_told_to_nobody(client, confirmed, shown):
    group = GroupFactory(target=100)
    GroupTally.objects.create(group=group, confirmed=confirmed, on_paper=7)

    page = client.get(group.get_absolute_url()).content.decode()

    assert f'<p class="stat-number"><bdi>{shown}</bdi></p>' in page
    assert f'<progress max="100" value="{7 + (confirmed if confirmed >= 5 else 0)}"' in page
