"""Sam is asked whether he did it, and says so."""

import datetime as dt
import re

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blueheart.post.jobs import send_due
from blueheart.post.models import Message
from pledges.models import CampaignTerms, Fulfilment, Pledge, PledgeDelta, QuietAddress
from pledges.services import keeping, quiet
from tests.campaigns.factories import CampaignFactory
from tests.pledges.factories import BodyFactory, HeartFactory, WordingFactory

pytestmark = pytest.mark.django_db


def days_ago(days: int) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=days)


def old_heart(**kwargs) -> Pledge:
    return HeartFactory(**{"confirmed_at": days_ago(31), **kwargs})


def asked() -> set[int]:
    return set(Message.objects.filter(kind="pledge-kept").values_list("subject_id", flat=True))


@pytest.fixture
def link():
    """The path of the link that Sam is mailed when his time has come."""

    def link(heart: Pledge) -> str:
        keeping.ask_supporters()
        send_due()
        (letter,) = (letter for letter in mail.outbox if letter.to == [heart.email])
        return re.search(r"http://localhost:\d+(/\S+/pledge/kept/\S+/)", letter.body)[1]

    return link


@pytest.fixture
def sam(link):
    """Sam, who promised two things a month ago; with his link."""
    wordings = [WordingFactory(title="Wear"), WordingFactory(title="Tell")]
    heart = old_heart(precepts=wordings, email="sam@example.org")
    heart.path, heart.wordings = link(heart), wordings
    return heart


def said(heart: Pledge, **changes) -> dict:
    fields = {"answer": "done", "kept": [heart.wordings[0].pk], "words": "", "alt": "", "is_16_or_older": "on"}
    return {name: value for name, value in (fields | changes).items() if value is not None}


def kept_change() -> int:
    return sum(PledgeDelta.objects.values_list("fulfilled", flat=True))


def test_supporters_are_asked_once_when_their_time_has_come():
    due, early = old_heart(), HeartFactory(confirmed_at=days_ago(29))

    assert (keeping.ask_supporters(), keeping.ask_supporters()) == (1, 0)

    assert asked() == {due.pk}
    due.refresh_from_db()
    early.refresh_from_db()
    assert (due.kept_asked_at is not None, early.kept_asked_at) == (True, None)


@pytest.mark.parametrize(
    "state",
    [
        {"status": "withdrawn"},
        {"standing": "suspected"},
        {"standing": "invalid"},
        {"hidden_at": timezone.now(), "hidden_reason": "may-need-help"},
        {"erased_at": timezone.now(), "email": "", "canonical_email": None, "public_name": "", "name_key": ""},
        {"kept_asked_at": timezone.now()},
    ],
)
def test_nobody_else_is_asked(state):
    old_heart(**state)
    BodyFactory(pledge__verification="waiting", pledge__confirmed_at=days_ago(31))

    assert keeping.ask_supporters() == 0


def test_who_has_answered_already_is_not_asked():
    Fulfilment.objects.create(pledge=old_heart(), answer="done")

    assert keeping.ask_supporters() == 0


def test_terms_of_the_campaign_say_when():
    never, soon, on_a_day, later = (CampaignFactory() for _campaign in range(4))
    today = timezone.now().date()
    CampaignTerms.objects.create(campaign=never, ask_after_days=0)
    CampaignTerms.objects.create(campaign=soon, ask_after_days=3)
    CampaignTerms.objects.create(campaign=on_a_day, ask_on=today)
    CampaignTerms.objects.create(campaign=later, ask_on=today + dt.timedelta(days=1))
    due = {old_heart(campaign=soon, confirmed_at=days_ago(3)).pk, old_heart(campaign=on_a_day).pk}
    due.add(HeartFactory(campaign=on_a_day, confirmed_at=days_ago(1)).pk)
    old_heart(campaign=never)
    old_heart(campaign=later)
    HeartFactory(campaign=on_a_day, confirmed_at=timezone.now())
    HeartFactory(campaign=soon, confirmed_at=days_ago(2))

    keeping.ask_supporters()

    assert asked() == due


def test_who_pledges_after_the_day_is_asked_after_so_many_days():
    campaign = CampaignFactory()
    CampaignTerms.objects.create(campaign=campaign, ask_on=days_ago(40).date(), ask_after_days=30)
    late = old_heart(campaign=campaign)
    HeartFactory(campaign=campaign, confirmed_at=days_ago(5))

    keeping.ask_supporters()

    assert asked() == {late.pk}


def test_batches_ask_all_and_cost_what_they_ask(monkeypatch):
    monkeypatch.setattr(keeping, "ASKED_IN_ONE_TRANSACTION", 2)
    hearts = [old_heart() for _heart in range(5)]

    assert keeping.ask_supporters() == 5
    assert asked() == {heart.pk for heart in hearts}


def test_who_is_left_alone_gets_no_mail():
    heart = old_heart(email="sam@example.org")
    quiet.leave_alone("Sam@example.org", QuietAddress.Reason.NOT_ME)
    keeping.ask_supporters()
    send_due()

    heart.refresh_from_db()
    assert (mail.outbox, heart.kept_asked_at is not None) == ([], True)


def test_mail_says_what_was_promised(sam):
    (letter,) = mail.outbox

    assert "Wear" in letter.body
    assert "Tell" in letter.body
    assert letter.subject == "Your Blue Heart pledge: did you do it?"


def test_looking_changes_nothing_and_shows_the_wording_that_was_signed(client, sam):
    WordingFactory(precept=sam.wordings[0].precept, version=2, title="Wear it daily")
    page = client.get(sam.path).content.decode()
    client.head(sam.path)

    assert "Wear" in page
    assert "Wear it daily" not in page
    assert not Fulfilment.objects.exists()


def test_done_counts_once_however_often_it_is_sent(client, sam):
    for _time in range(3):
        answer = client.post(sam.path, said(sam))

    assert answer["Location"] == f"{sam.path}thanks/"
    sam.refresh_from_db()
    assert sam.fulfilled_at is not None
    assert [wording.title for wording in sam.fulfilment.kept.all()] == ["Wear"]
    assert kept_change() == 1


def test_answer_can_change_and_the_count_follows(client, sam):
    client.post(sam.path, said(sam))
    client.post(sam.path, said(sam, answer="not-yet", kept=None))

    sam.refresh_from_db()
    assert (sam.fulfilled_at, kept_change(), sam.fulfilment.answer) == (None, 0, "not-yet")


def test_who_is_done_is_not_asked_once_more(client, sam):
    assert client.post(sam.path, said(sam, ask_again="on")).status_code == 302
    assert Fulfilment.objects.get().ask_again_on is None


def test_done_wants_one_thing_that_was_done(client, sam):
    page = client.post(sam.path, said(sam, kept=None, words="It rained."))

    assert "Choose at least one that you have done." in page.content.decode()
    assert "It rained." in page.content.decode()
    assert not Fulfilment.objects.exists()


def test_what_was_not_promised_cannot_be_kept(client, sam):
    page = client.post(sam.path, said(sam, kept=[WordingFactory().pk]))

    assert "not in your pledge any more" in page.content.decode()


def test_words_wait_for_a_person_and_wait_again_when_they_change(client, sam):
    client.post(sam.path, said(sam, words="Three asked me why."))
    Fulfilment.objects.update(words_status="approved")
    client.post(sam.path, said(sam, words="Three  asked me why."))
    assert Fulfilment.objects.get().words_status == "approved"

    client.post(sam.path, said(sam, words="Four asked me why."))
    assert Fulfilment.objects.get().words_status == "waiting"


def test_words_need_16_years(client, sam):
    page = client.post(sam.path, said(sam, words="Three asked me.", is_16_or_older=None))

    assert "If you are younger, send neither." in page.content.decode()
    assert not Fulfilment.objects.exists()


def test_words_are_no_longer_than_500(client, sam):
    assert client.post(sam.path, said(sam, words="x" * 501)).status_code == 200
    assert not Fulfilment.objects.exists()


def test_not_yet_is_asked_once_more_and_then_never(client, sam, monkeypatch):
    client.post(sam.path, said(sam, answer="not-yet", kept=None, ask_again="on"))
    assert keeping.ask_supporters() == 0
    Fulfilment.objects.update(ask_again_on=timezone.now().date())

    assert (keeping.ask_supporters(), keeping.ask_supporters()) == (1, 0)
    send_due()
    assert "you asked us to ask once more" in mail.outbox[-1].body.lower()
    assert "ask_again" not in client.get(sam.path).content.decode()
    client.post(sam.path, said(sam, answer="not-yet", kept=None, ask_again="on"))
    assert Fulfilment.objects.get().ask_again_on is None


@pytest.mark.parametrize(
    "state",
    [
        {"status": "withdrawn", "withdrawn_at": timezone.now()},
        {"standing": "invalid"},
        {"erased_at": timezone.now(), "email": "", "canonical_email": None, "public_name": "", "name_key": ""},
    ],
)
def test_link_of_a_pledge_that_is_none_any_more_says_so_kindly(client, sam, state):
    Pledge.objects.filter(pk=sam.pk).update(**state)

    for answer in (client.get(sam.path), client.post(sam.path, said(sam)), client.get(f"{sam.path}thanks/")):
        assert answer.status_code == 200
        assert "This link does not work any more" in answer.content.decode()
    assert not Fulfilment.objects.exists()


def test_suspected_supporter_learns_nothing(client, sam):
    Pledge.objects.filter(pk=sam.pk).update(standing="suspected", suspected_at=timezone.now(), suspected_for="burst")

    assert client.post(sam.path, said(sam)).status_code == 302
    assert kept_change() == 0


@pytest.mark.parametrize("token", ["nothing", "x" * 43])
def test_unknown_link_answers_kindly(client, token):
    assert "does not work any more" in client.get(f"/en/pledge/kept/{token}/").content.decode()


def test_link_to_confirm_does_not_answer_and_the_other_way_round(client, sam, mailed_link):
    assert "does not work any more" in client.get(sam.path.replace("/kept/", "/confirm/")).content.decode()


def test_page_is_secret_and_thanks_leads_on(client, sam):
    client.post(sam.path, said(sam))
    page = client.get(f"{sam.path}thanks/")

    assert page["Referrer-Policy"] == "same-origin"
    assert "no-store" in page["Cache-Control"]
    assert sam.get_absolute_url() in page.content.decode()


def test_thanks_without_an_answer_leads_to_the_question(client, sam):
    assert client.get(f"{sam.path}thanks/")["Location"] == sam.path


def test_other_language_keeps_what_was_typed_and_answers_nothing(client, sam):
    path = sam.path.replace("/en/", "/fr/")
    page = client.post(path, said(sam, words="It rained.", switch_language="en"))

    assert "It rained." in page.content.decode()
    assert not Fulfilment.objects.exists()


def test_many_answers_in_a_day_are_refused(client, sam, monkeypatch):
    monkeypatch.setattr(keeping, "ANSWERS_A_DAY", 1)
    statuses = [client.post(sam.path, said(sam)).status_code for _time in range(2)]

    assert statuses == [302, 429]


def test_page_asks_the_database_few_times(client, sam):
    with CaptureQueriesContext(connection) as asked:
        client.get(sam.path)

    assert len(asked) <= 8
