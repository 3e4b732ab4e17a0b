"""The home of the office: what it shows to whom, what it costs, and that its words say how things are."""

import datetime as dt
from functools import reduce
from operator import or_

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.utils import timezone

from blueheart.days import utc_today
from blueheart.languages import LANGUAGES
from blueheart.post.models import Message
from blueheart.trail.models import Entry, Seal
from blueheart.trail.record import record
from campaigns.models import Campaign, Fact
from campaigns.translation import missing_anywhere, missing_in, translated_fields
from donations import ledger
from donations.models import DayTotal, ReconciliationRun, StripeEvent
from office.home import sections
from office.home.heaps import Area
from office.models import JobTurn
from pledges.models import CampaignTally, PledgeDay
from tests.campaigns.factories import CampaignFactory, FactFactory
from tests.donations.true_books import booked
from tests.office.factories import StaffFactory, desk_of

HOME = "/staff/"


@pytest.fixture
def office(db):
    return desk_of(StaffFactory(username="ada"))


@pytest.fixture
def clerk(db):
    """A browser of staff who may do only what `clerk(…)` is told."""

    def sit_down(*permissions: str):
        user = StaffFactory(username="clerk", is_superuser=False)
        for permission in permissions:
            app, codename = permission.split(".")
            user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
        return desk_of(user)

    return sit_down


def days(campaign: Campaign, numbers: list[int]) -> None:
    """So many hearts on the last days, the newest last."""
    today = utc_today()
    for back, number in enumerate(reversed(numbers)):
        PledgeDay.objects.create(campaign=campaign, day=today - dt.timedelta(days=back), confirmed=number)


def line(desk, what: str):
    """The line of the office's health that begins so."""
    return next(each for each in desk.get(HOME).context["health"] if each.what.startswith(what))


# What waits


def test_heaps_stand_by_area_and_those_without_anything_in_one_line(office):
    Message.objects.create(kind="pledge-confirm", cause="x:1", subject_id=1, language="en").shelve("broken")
    FactFactory(status="review")

    answer = office.get(HOME)

    desk = answer.context["desk"]
    assert [area for area, _heaps in desk.areas] == [Area.CONTENT, Area.TECHNOLOGY]
    assert "Mails that could not be sent" not in [heap.label for heap in desk.empty]
    assert f"Nothing waits in {len(desk.empty)} other heaps" in answer.content.decode()


def test_missing_translations_and_old_figures_wait_for_who_writes(office, clerk):
    FactFactory(year=2010)
    FactFactory(year=2010, status="draft")

    waiting = {str(heap.label): heap for heap in office.get(HOME).context["desk"].heaps}

    missing = waiting["Published rows that lack a translation"]
    assert (missing.count, missing.url) == (1, "/staff/content/#translations")
    old = waiting["Figures older than two years that nothing newer has replaced"]
    assert old.count == office.get(old.url).context["cl"].result_count == 1
    assert clerk("campaigns.view_fact").get(HOME).context["desk"].heaps == []


def test_a_text_that_one_language_lacks_is_missing_as_the_list_of_that_language_shows_it(db):
    others = [code.replace("-", "_") for code, _name in LANGUAGES if code != "en"]
    texts = {f"{field}_{code}": "written" for field in sorted(translated_fields(Fact)) for code in ("en", *others)}
    whole = FactFactory(**texts)
    assert list(missing_anywhere(Fact)) == []

    lacked = reduce(or_, (missing_in(Fact, language) for language, _name in LANGUAGES))
    for column in texts:
        for nothing in ("", None) if Fact._meta.get_field(column).null else ("",):
            Fact.objects.filter(pk=whole.pk).update(**texts | {column: nothing})
            is_missing = not column.endswith("_en")
            assert (column, missing_anywhere(Fact).exists()) == (column, is_missing)
            assert Fact.objects.filter(lacked).exists() is is_missing


# How it goes


def test_hearts_stand_by_day_and_by_month(office):
    days(CampaignFactory(), [3, 0, 4])
    days(CampaignFactory(), [1])

    by_day, by_month = office.get(HOME).context["goes"]["hearts"]

    assert [cells for _label, cells in by_day.rows] == [["5"], ["3"]]
    assert by_day.total == ["8"]
    assert by_month.total in (["8"], ["5"])  # in the first days of a year the others were last year
    assert len(by_day.chart.rects) == 2


def test_gifts_fees_and_refunds_stand_by_day_in_one_currency_and_the_others_are_a_link_away(office):
    booked(amount_minor=2500)
    booked(amount_minor=1000)
    booked(amount_minor=300000, currency="JPY")
    ledger.close_windows()
    DayTotal.objects.create(day=utc_today(), account="DONATION_INCOME", currency="USD", credits_minor=700)

    dollars = office.get(HOME).context["goes"]["money"]
    yen = office.get(HOME, {"currency": "JPY"}).context["goes"]["money"]
    other = office.get(HOME, {"currency": "'"}).context["goes"]["money"]

    assert (dollars.currency, yen.currency, other.currency) == ("USD", "JPY", "USD")
    assert dollars.currencies == ["USD", "JPY"]
    assert dollars.days.rows[0][1][0] == "US$7.00"


def test_goals_of_running_campaigns_say_how_far_they_are(office):
    running = CampaignFactory(title="Wear it", pledge_goal=200, money_goal_minor=100000, money_goal_currency="USD")
    CampaignFactory(title="Over", pledge_goal=10, ends_on=utc_today() - dt.timedelta(days=1))
    CampaignFactory(title="Not begun", pledge_goal=10, starts_on=utc_today() + dt.timedelta(days=1))
    CampaignFactory(title="No goal")
    CampaignTally.objects.create(campaign=running, kind="person", confirmed=50)
    booked(amount_minor=250000, campaign=running)
    ledger.close_windows()

    goals = office.get(HOME).context["goes"]["goals"]

    assert [tuple(goal) for goal in goals] == [
        ("Wear it", "50 hearts", "200 hearts", 25),
        ("Wear it", "US$2,500.00", "US$1,000.00", 250),
    ]
    assert goals[1].bar == 100


def test_money_is_shown_to_who_may_see_the_ledger_and_hearts_to_who_may_see_them(clerk):
    booked(amount_minor=2500)
    days(CampaignFactory(pledge_goal=5, money_goal_minor=5, money_goal_currency="USD"), [3])
    ledger.close_windows()
    moderator = clerk("pledges.view_pledge").get(HOME).context["goes"]

    assert len(moderator["hearts"]) == 2
    assert (moderator["money"], [goal.hoped for goal in moderator["goals"]]) == (None, ["5 hearts"])


def test_treasurer_sees_money_and_no_hearts(clerk):
    booked(amount_minor=2500)
    ledger.close_windows()
    goes = clerk("donations.view_ledgertransaction").get(HOME).context["goes"]

    assert (goes["hearts"], goes["goals"], goes["money"].currency) == ((), [], "USD")


# Is it healthy


def test_health_is_said_in_words_and_signs(office):
    text = office.get(HOME).content.decode()

    assert "please look" in text
    assert "no backup is known" in text
    assert line(office, "The worker").sign.word == "please look"
    assert line(office, "Last comparison").known == "none yet"


def test_health_is_fine_where_all_goes_on(office):
    now = timezone.now()
    for name in ("heartbeat", "recount-pledges", "check-books", "backup"):
        JobTurn.objects.create(name=name, ended_at=now)
    ReconciliationRun.objects.create(since=now, until=now, ended_at=now)
    Seal.objects.create(minute=now, entries=1, digest="0" * 64)
    StripeEvent.objects.create(stripe_event_id="evt_1", payload="{}", source="webhook")

    signs = {each.what: each.sign.css for each in office.get(HOME).context["health"]}

    assert set(signs.values()) == {"fine"}


@pytest.mark.parametrize(
    ("what", "make"),
    [
        ("Mail", lambda at: Message.objects.create(
            kind="pledge-confirm", cause="x:1", subject_id=1, language="en", next_attempt_at=at)),
        ("Events", lambda at: StripeEvent.objects.create(
            stripe_event_id="evt_1", payload="{}", source="poll", next_attempt_at=at)),
        ("Last comparison", lambda at: ReconciliationRun.objects.create(
            since=at, until=at, ended_at=timezone.now(), missing_here=1)),
        ("Last backup", lambda at: JobTurn.objects.create(name="backup", ended_at=at - dt.timedelta(days=2))),
        ("Last recount", lambda at: [JobTurn.objects.create(name=name, ended_at=timezone.now(), failure="x")
                                     for name in ("recount-pledges", "check-books")]),
    ],
)  # fmt: skip
def test_what_is_late_or_failed_asks_to_be_looked_at(office, what, make):
    make(timezone.now() - dt.timedelta(hours=1))

    assert line(office, what).sign.word == "please look"


def test_trail_that_nobody_seals_asks_to_be_looked_at(office):
    Seal.objects.create(minute=timezone.now() - dt.timedelta(hours=1), entries=1, digest="0" * 64)
    assert line(office, "Last sealed").sign.word == "fine"  # an hour in which nothing happened has no seal

    record("pledge.hidden")  # now; the next seal is not late yet
    assert line(office, "Last sealed").sign.word == "fine"

    Entry.objects.create(action="pledge.hidden", at=timezone.now() - dt.timedelta(minutes=20))
    assert line(office, "Last sealed").sign.word == "please look"


def test_health_leads_only_where_the_person_may_look(clerk):
    desk = clerk("post.view_message")

    assert {each.what: bool(each.url) for each in desk.get(HOME).context["health"]}["Mail"]
    assert not line(desk, "Events").url


def test_health_is_not_for_everybody(clerk):
    assert clerk("campaigns.view_fact").get(HOME).context["health"] == []


# Every list in its section


def test_every_list_has_a_section_of_its_own_app_or_is_named():
    assert [model._meta.label for model in admin.site._registry if sections.placed(model) is None] == []


def test_sections_name_only_lists_that_there_are_or_will_be():
    named = [label for section in sections.SECTIONS for label in section.models]

    assert len(named) == len(set(named))


def test_home_lists_everything_by_section(office):
    answer = office.get(HOME)

    names = [section["app_label"] for section in answer.context["app_list"]]
    assert names == ["hearts", "gifts", "fund", "books", "content", "words", "people", "machinery"]
    shown = {model["model"] for section in answer.context["app_list"] for model in section["models"]}
    assert shown == set(admin.site._registry)
    assert "Find a list" in answer.content.decode()


def test_clerk_sees_the_sections_of_their_lists(clerk):
    desk = clerk("pledges.view_pledge", "pledges.view_group")

    (section,) = desk.get(HOME).context["app_list"]

    assert [model["object_name"] for model in section["models"]] == ["Pledge", "Group"]
    assert desk.get("/staff/pledges/").status_code == 200


# Language and cost


def test_language_is_chosen_by_a_form_and_changes_the_office_alone(office):
    answer = office.post("/staff/language/", {"language": "ar", "next": "/staff/post/message/?q=x"})

    assert (answer.status_code, answer.url) == (302, "/staff/post/message/?q=x")
    assert '<html lang="ar" dir="rtl">' in office.get(HOME).content.decode()
    assert office.get("/en/").wsgi_request.LANGUAGE_CODE == "en"


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org/staff/", "/en/", "javascript:x", ""])
def test_choosing_a_language_leads_nowhere_else(office, elsewhere):
    assert office.post("/staff/language/", {"language": "fr", "next": elsewhere}).url == "/staff/"


def test_language_that_we_do_not_speak_is_refused(office):
    assert office.post("/staff/language/", {"language": "tlh"}).status_code == 400
    assert office.get("/staff/language/").status_code == 405


def fill(number: int) -> None:
    campaign = CampaignFactory(pledge_goal=100 + number)
    days(campaign, [1] * 3)
    FactFactory(status="review")
    Message.objects.create(kind="pledge-confirm", cause=f"x:{number}", subject_id=number, language="en").shelve("x")
    record("pledge.hidden")


def test_home_costs_the_same_queries_for_one_row_and_three_hundred(office, django_assert_max_num_queries):
    booked(amount_minor=2500)
    ledger.close_windows()
    fill(0)
    office.get(HOME)
    with django_assert_max_num_queries(18) as few:
        office.get(HOME)
    for number in range(1, 300):
        fill(number)
    with django_assert_max_num_queries(18) as many:
        office.get(HOME)

    assert len(many) == len(few)
