"""Moderators work queues off: one item at a time, each for one person, and the last decision can be taken back."""

import datetime as dt
import re
import threading

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from blueheart.moderation import claims
from blueheart.moderation.models import Claim, Decision
from blueheart.post.models import Message
from blueheart.trail.models import Entry
from donations.models import Donation, GiftReport
from office.queues.kinds import QUEUES
from pledges.models import Fulfilment, Group, HeartPhoto, HeartReport, Pledge
from tests.donations.factories import donation
from tests.office.factories import StaffFactory, desk_of
from tests.pledges.factories import BodyFactory, GroupFactory, HeartFactory
from tests.pledges.test_photos import held

WORDS = "/staff/queues/words/"


@pytest.fixture
def ada(db):
    return StaffFactory(username="ada")


@pytest.fixture
def desk(ada):
    return desk_of(ada)


@pytest.fixture
def abe(db):
    """A colleague's browser."""
    return desk_of(StaffFactory(username="abe"))


def moderator(name: str = "mo", *permissions: str):
    user = StaffFactory(username=name, is_superuser=False)
    for permission in permissions or ("pledges.moderate_pledge",):
        app, codename = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return desk_of(user)


def worded(words: str = "I wear it.", **changes) -> Pledge:
    return HeartFactory(words=words, **changes)


def press(desk, act: str, *, at: str = WORDS, **changes):
    """Open the queue and press a button, as it stands there without scripts; returns the page that comes next."""
    page = desk.get(at)
    context = page.context
    fields = {"act": act, "item": context.get("row_id", 0), "seen": context.get("seen", "")}
    if context.get("last"):
        fields["decision"] = context["last"].pk
    return desk.post(at, fields | changes, follow=True)


def text_of(page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))


def test_queue_shows_the_oldest_words_and_the_next_after_a_decision(desk):
    first, second = worded("Primero", language="es"), worded("Second")

    page = desk.get(WORDS)
    assert page.context["heading"] == f"Heart {first.number}"
    assert '<blockquote dir="auto" lang="es">Primero</blockquote>' in page.content.decode()
    assert "language: Español (es)" in text_of(page)
    page = press(desk, "approve")

    first.refresh_from_db()
    assert first.words_status == "approved"
    assert page.redirect_chain == [(WORDS, 302)]
    assert page.context["heading"] == f"Heart {second.number}"
    assert f"You approved the words of heart {first.number}." in text_of(page)


def test_no_page_of_a_queue_says_an_address(desk):
    worded(email="sam.secret@example.org")

    assert "sam.secret" not in desk.get(WORDS).content.decode()


def test_what_the_queue_has_not_shown_is_claimed_by_nobody(desk, abe):
    heart = worded()

    assert desk.post(WORDS, {"act": "look", "item": heart.pk}).status_code == 409

    assert not Claim.objects.exists()
    assert abe.get(WORDS).context["row_id"] == heart.pk


def test_whoever_turns_to_another_row_lets_go_of_the_first(desk, abe):
    first, second = worded(), worded()
    assert desk.get(WORDS).context["row_id"] == first.pk

    desk.get(f"/staff/pledges/pledge/{second.pk}/moderate/")

    assert list(Claim.objects.values_list("target_id", flat=True)) == [second.pk]
    assert abe.get(WORDS).context["row_id"] == first.pk


def test_words_are_refused_for_a_reason_and_the_trail_says_which(desk):
    heart = worded()

    assert "Choose the reason" in text_of(press(desk, "refuse"))
    press(desk, "refuse", reason="advertising")

    heart.refresh_from_db()
    assert heart.words_status == "refused"
    assert Entry.objects.get(action="pledge.words-refused").why == "advertising"


def test_may_need_help_is_asked_once_more_and_is_for_good(desk):
    heart = worded()

    page = press(desk, "help")
    assert page.context["asked"].name == "help"
    heart.refresh_from_db()
    assert heart.words_status == "waiting"
    page = press(desk, "help", confirmed="yes")

    heart.refresh_from_db()
    assert (heart.hidden_reason, heart.words_status) == ("may-need-help", "refused")
    assert not page.context["last"].undo
    assert Message.objects.filter(kind="alert-heart-may-need-help").exists()


def test_two_at_once_get_two_items_and_a_third_is_told_who_is_at_it(desk, abe):
    first, second = worded(), worded()

    assert desk.get(WORDS).context["row_id"] == first.pk
    assert abe.get(WORDS).context["row_id"] == second.pk
    assert desk.get(WORDS).context["row_id"] == first.pk
    page = moderator().get(WORDS)

    assert "item" not in page.context
    assert [name for name, _until in page.context["held_by"]] == ["abe", "ada"]


def test_claim_ends_five_minutes_after_its_holder_was_last_seen(desk, abe):
    heart = worded()
    now = dt.datetime.now(dt.UTC)
    desk.get(WORDS)

    with time_machine.travel(now + dt.timedelta(minutes=4)):
        assert desk.post(WORDS, {"act": "look", "item": heart.pk}).status_code == 204
    with time_machine.travel(now + dt.timedelta(minutes=8)):
        assert abe.post(WORDS, {"act": "look", "item": heart.pk}).status_code == 409
        assert "item" not in abe.get(WORDS).context
    with time_machine.travel(now + dt.timedelta(minutes=10)):
        assert abe.get(WORDS).context["row_id"] == heart.pk


def test_what_a_colleague_took_meanwhile_is_not_decided(desk, abe):
    heart = worded()
    page = desk.get(WORDS)
    Claim.objects.all().delete()
    abe.get(WORDS)

    fields = {"act": "approve", "item": heart.pk, "seen": page.context["seen"]}
    said = text_of(desk.post(WORDS, fields, follow=True))

    assert "A colleague looks at it now: abe. Nothing was done." in said
    heart.refresh_from_db()
    assert heart.words_status == "waiting"


def test_words_that_were_changed_meanwhile_are_not_approved(desk):
    heart = worded()
    page = desk.get(WORDS)
    Pledge.objects.filter(pk=heart.pk).update(words="Buy my pills")

    fields = {"act": "approve", "item": heart.pk, "seen": page.context["seen"]}
    again = desk.post(WORDS, fields, follow=True)

    assert "This was changed while you read it" in text_of(again)
    heart.refresh_from_db()
    assert heart.words_status == "waiting"


def test_what_was_decided_elsewhere_is_not_decided_again(desk):
    heart = worded()
    page = desk.get(WORDS)
    Pledge.objects.filter(pk=heart.pk).update(words_status="refused")

    fields = {"act": "approve", "item": heart.pk, "seen": page.context["seen"]}

    assert "Somebody else has decided on it" in text_of(desk.post(WORDS, fields, follow=True))
    heart.refresh_from_db()
    assert heart.words_status == "refused"


def test_skipped_item_goes_to_a_colleague_and_comes_back_on_request(desk, abe):
    heart = worded()

    page = press(desk, "skip")
    assert "item" not in page.context
    assert abe.get(WORDS).context["row_id"] == heart.pk
    press(abe, "leave")
    page = press(desk, "skipped-again")

    assert page.context["row_id"] == heart.pk


def test_last_decision_is_taken_back_and_shown_again(desk):
    heart, other = worded(), worded()
    press(desk, "approve")

    page = press(desk, "undo")

    heart.refresh_from_db()
    assert heart.words_status == "waiting"
    assert {page.context["row_id"]} <= {heart.pk, other.pk}
    assert page.context["done_today"] == 0
    assert Entry.objects.filter(action="pledge.words-waiting").count() == 1


def test_decision_is_not_taken_back_after_ten_minutes_by_others_or_once_changed(desk, abe):
    heart = worded()
    press(desk, "approve")
    decision = Decision.objects.get()
    now = dt.datetime.now(dt.UTC)

    abe.post(WORDS, {"act": "undo", "decision": decision.pk})
    with time_machine.travel(now + dt.timedelta(minutes=11)):
        desk.post(WORDS, {"act": "undo", "decision": decision.pk})
        assert desk.get(WORDS).context["last"] is None
    Pledge.objects.filter(pk=heart.pk).update(words="New", words_status="refused")
    said = text_of(desk.post(WORDS, {"act": "undo", "decision": decision.pk}, follow=True))

    assert "It was changed since" in said
    heart.refresh_from_db()
    assert heart.words_status == "refused"


def test_photo_is_followed_by_the_next_photo(desk):
    first, second = held(HeartFactory()), held(HeartFactory())
    at = "/staff/queues/photos/"

    assert f"/staff/pledges/heartphoto/{first.pk}/picture/" in desk.get(at).content.decode()
    page = press(desk, "approve", at=at)
    assert page.context["row_id"] == second.pk
    press(desk, "refuse", at=at, reason="place")
    press(desk, "undo", at=at)

    statuses = HeartPhoto.objects.order_by("pk").values_list("status", "refused_for")
    assert list(statuses) == [("approved", ""), ("waiting", "")]


def test_photo_of_a_hidden_heart_says_why_it_cannot_be_approved(desk):
    heart = HeartFactory()
    photo = held(heart)
    Pledge.objects.filter(pk=heart.pk).update(hidden_at=dt.datetime.now(dt.UTC), hidden_reason="abuse")

    said = text_of(press(desk, "approve", at="/staff/queues/photos/"))

    assert "Its heart is hidden. Show the heart again first." in said
    photo.refresh_from_db()
    assert photo.status == "waiting"


def test_answers_of_supporters_are_judged_and_taken_back(desk):
    heart = HeartFactory()
    answer = Fulfilment.objects.create(pledge=heart, answer="done", words="I wore it.", words_status="waiting")
    at = "/staff/queues/answers/"

    press(desk, "refuse", at=at, reason="other")
    answer.refresh_from_db()
    assert answer.words_status == "refused"
    press(desk, "undo", at=at)

    answer.refresh_from_db()
    assert answer.words_status == "waiting"


def test_reported_hearts_that_may_need_help_come_first_and_hiding_is_taken_back(desk):
    HeartReport.objects.create(pledge=HeartFactory(), reason="other")
    report = HeartReport.objects.create(pledge=HeartFactory(), reason="may-need-help")
    at = "/staff/queues/reported-hearts/"

    press(desk, "refuse", at=at, reason="abuse")
    report.pledge.refresh_from_db()
    assert report.pledge.hidden_reason == "abuse"
    press(desk, "undo", at=at)

    report.refresh_from_db(), report.pledge.refresh_from_db()
    assert (report.settled_at, report.pledge.hidden_reason) == (None, "")


def test_taking_back_never_shows_a_heart_that_its_supporter_hid(desk):
    heart = HeartFactory(hidden_at=dt.datetime.now(dt.UTC), hidden_reason="own-wish")
    HeartReport.objects.create(pledge=heart, reason="abuse")
    at = "/staff/queues/reported-hearts/"

    page = press(desk, "refuse", at=at, reason="abuse")

    assert not page.context["last"].undo
    heart.refresh_from_db()
    assert heart.hidden_reason == "abuse"


def test_groups_are_approved_and_their_new_words_read(desk):
    new = GroupFactory(status="waiting")
    GroupFactory(about_to_read="We sing.")
    at = "/staff/queues/groups/"

    page = press(desk, "approve", at=at)
    press(desk, "show-words", at=at)

    new.refresh_from_db()
    assert new.status == "approved"
    assert "Its keeper is told by mail." in text_of(page)
    assert set(Group.objects.values_list("about", "about_to_read")) == {("", ""), ("We sing.", "")}


def test_group_is_refused_with_words_that_its_keeper_reads(desk):
    group = GroupFactory(status="waiting")
    at = "/staff/queues/groups/"

    assert "Say why." in text_of(press(desk, "refuse", at=at, reason=" "))
    press(desk, "refuse", at=at, reason="This is a shop.")

    group.refresh_from_db()
    assert (group.status, group.refused_for) == ("refused", "This is a shop.")


def test_words_of_donors_are_published_declined_and_taken_back(desk):
    gift = donation("succeeded", words="For Ana", words_status="waiting", is_16_or_older=True)
    at = "/staff/queues/donor-words/"

    press(desk, "refuse", at=at, reason="other")
    press(desk, "undo", at=at)
    gift.refresh_from_db()
    assert (gift.words_status, gift.words_declined_for) == ("waiting", "")
    press(desk, "help", at=at, confirmed="yes")

    gift.refresh_from_db()
    assert (gift.words_status, gift.may_need_help_at is not None) == ("declined", True)


def test_reported_gift_is_hidden_and_shown_again_as_it_was(desk):
    gift = donation(
        "succeeded", words="For Ana", words_status="published", public_name="Dora", public_name_hidden=False,
        is_16_or_older=True,
    )  # fmt: skip
    report = GiftReport.objects.create(donation=gift, reason="abuse")
    at = "/staff/queues/reported-gifts/"

    press(desk, "refuse", at=at, reason="abuse")
    gift.refresh_from_db()
    assert (gift.shown_words, gift.shown_name) == ("", "")
    press(desk, "undo", at=at)

    gift.refresh_from_db(), report.refresh_from_db()
    assert (gift.shown_words, gift.shown_name, report.settled_at) == ("For Ana", "Dora", None)


def test_suspected_pledges_are_released_and_suspected_again(desk):
    heart = HeartFactory(standing="suspected")
    at = "/staff/queues/suspected/"

    press(desk, "approve", at=at)
    heart.refresh_from_db()
    assert heart.standing == "good"
    press(desk, "undo", at=at)

    heart.refresh_from_db()
    assert heart.standing == "suspected"


def test_organisations_lead_to_the_page_where_they_are_decided(desk):
    body = BodyFactory(pledge__verification="waiting", pledge__public_name="Sea Rescue")

    page = desk.get("/staff/queues/verify/").content.decode()

    assert f'href="/staff/pledges/pledgingbody/{body.pk}/decide/"' in page
    assert "Sea Rescue" in page


def test_earlier_decisions_on_the_same_mailbox_are_shown(desk):
    old = worded("Bad", email="sam@example.org", public_name="Sam")
    press(desk, "refuse", reason="abuse")
    worded("Good", email="sam@example.org", public_name="Ana")
    assert old

    (earlier,) = desk.get(WORDS).context["item"].earlier

    assert (earlier.by, str(earlier.what)) == ("ada", "words refused: insult or threat")


def test_page_of_all_queues_says_how_many_wait_and_who_is_at_it(desk, abe):
    worded(), worded()
    abe.get(WORDS)

    lines = {line.queue.name: line for line in desk.get("/staff/queues/").context["lines"]}

    assert set(lines) == set(QUEUES)
    assert (lines["words"].number, lines["words"].people, lines["photos"].number) == (2, ["abe"], 0)


def test_each_works_only_on_their_own_queues(db):
    desk = moderator("cal", "donations.moderate_donation")

    assert desk.get(WORDS).status_code == 403
    assert desk.post(WORDS, {"act": "look", "item": 1}).status_code == 403
    lines = desk.get("/staff/queues/").context["lines"]
    assert {line.queue.name for line in lines} == {"donor-words", "reported-gifts"}
    assert moderator("dee", "post.view_message").get("/staff/queues/").status_code == 403
    assert desk.get("/staff/queues/nothing/").status_code == 404


@pytest.mark.parametrize("number", [1, 12])
def test_a_queue_costs_the_same_however_many_wait(number, db):
    desk = moderator("mo", "pledges.moderate_pledge", "pledges.release_pledge", "donations.moderate_donation")
    for _each in range(number):
        worded()

    desk.get("/staff/password_change/")  # a session that begins is written once
    for url, most in [(WORDS, 15), ("/staff/queues/", 15)]:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert desk.get(url).status_code == 200
        assert len(queries) <= most, "\n".join(query["sql"][:160] for query in queries)


def test_every_look_at_a_new_item_is_in_the_trail_once(desk):
    heart = worded()
    desk.get(WORDS), desk.get(WORDS)

    assert list(Entry.objects.filter(action="pledge.viewed").values_list("target_id", flat=True)) == [str(heart.pk)]


def test_every_button_of_the_queue_is_there_without_scripts(desk):
    worded()
    page = desk.get(WORDS).content.decode()

    for act in ("approve", "skip", "leave"):
        assert re.search(rf'<button type="submit" name="act" value="{act}"', page)
    assert '<input type="hidden" name="act" value="refuse">' in page
    assert 'href="?ask=help&amp;item=' in page
    assert 'accesskey="a"' in page


def test_page_of_a_row_that_a_colleague_looks_at_says_so_and_asks_before_it_is_taken_over(desk, abe):
    heart = worded()
    abe.get(WORDS)
    url = f"/staff/pledges/pledge/{heart.pk}/moderate/"

    page = desk.get(url)
    assert ("Looks at it now", "abe") in page.context["facts"]
    page = desk.post(url, {"act": "approve", "seen": page.context["seen"]})
    assert "Take it over?" in text_of(page)
    heart.refresh_from_db()
    assert heart.words_status == "waiting"
    desk.post(url, {"act": "approve", "seen": page.context["seen"], "confirmed": "yes"})

    heart.refresh_from_db()
    assert heart.words_status == "approved"
    assert not Claim.objects.exists()


def test_page_of_a_row_keeps_it_from_the_queue_of_others(desk, abe):
    heart = worded()
    desk.get(f"/staff/pledges/pledge/{heart.pk}/moderate/")

    assert "item" not in abe.get(WORDS).context
    assert desk.get(WORDS).context["row_id"] == heart.pk


def test_past_claims_and_decisions_are_forgotten(desk):
    worded()
    press(desk, "approve")
    worded()
    desk.get(WORDS)

    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=3)):
        assert claims.forget_past() == 2


def test_moderators_in_many_threads_never_get_the_same_item(committed_db):
    """Six of the staff begin at one moment, and again after each decision."""
    people = [StaffFactory(username=f"ada{number}") for number in range(6)]
    for _each in range(12):
        worded()
    rows, taken, begin = QUEUES["words"].rows, [], threading.Barrier(len(people))

    def work(person):
        begin.wait()
        for _turn in range(2):
            mine = claims.take_next(rows(), person, queue="words")
            taken.append(mine.row.pk)
            Pledge.objects.filter(pk=mine.row.pk).update(words_status="approved")
            claims.release(mine.row, person)
        connections.close_all()

    threads = [threading.Thread(target=work, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == len(set(taken)) == 12
    assert Donation.objects.count() == 0
