"""Many requests at the same moment, on a database that really commits."""

import re
from concurrent.futures import ThreadPoolExecutor

from django.core import mail
from django.db import connection, connections, transaction
from django.db.models import Count, Max, Min
from django.test import Client

from blueheart.post.jobs import send_due
from blueheart.post.models import Message
from pledges import jobs
from pledges.models import ConfirmationCode, Pledge, PledgeDelta, PledgeTally
from pledges.services import counting
from tests.pledges.conftest import typed
from tests.pledges.factories import GlobalCampaignFactory, HeartFactory, PledgeFactory, WordingFactory

THREADS = 8


def at_once(act, times: int) -> list:
    """Run `act` so many times in eight threads, each with a connection of its own."""

    def closing(turn: int):
        try:
            return act(turn)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(closing, range(times)))


def test_many_pledges_of_one_who_has_pledged_already_are_one_row_and_one_mail(committed_db):
    GlobalCampaignFactory()
    wording = WordingFactory()
    HeartFactory(email="sam@example.org")
    spellings = ["sam@example.org", "SAM@Example.org", " ｓａｍ@example.org"]
    names = ["Sam", "SAM", " ｓａｍ "]

    def pledge(turn: int):
        fields = typed(wording, email=spellings[turn % 3], public_name=names[turn % 3])
        answer = Client().post("/en/pledge/", fields)
        return answer.status_code, answer.url, answer.content

    answers = at_once(pledge, 100)
    send_due()

    assert set(answers) == {(302, "/en/pledge/check-your-mail/", b"")}
    assert Pledge.objects.count() == 1
    assert [letter.subject for letter in mail.outbox] == ["You wear the Blue Heart already"]


def test_many_forms_of_a_new_mailbox_are_one_row_one_mail_and_one_round_of_digits(committed_db):
    GlobalCampaignFactory()
    wording = WordingFactory()

    answers = at_once(
        lambda turn: Client().post("/en/pledge/", typed(wording, form_token=f"{turn:0>43}")).status_code, 40
    )

    assert set(answers) == {302}
    assert (Pledge.objects.count(), Message.objects.count()) == (1, 1)
    rounds = ConfirmationCode.objects.aggregate(Count("pk"), Min("made_at"), Min("expires_at"), Max("expires_at"))
    ends_at = rounds["made_at__min"] + ConfirmationCode.LASTS
    assert rounds == rounds | {"pk__count": 40, "expires_at__min": ends_at, "expires_at__max": ends_at}


def test_button_pressed_in_eight_windows_at_once_counts_once(committed_db):
    GlobalCampaignFactory()
    Client().post("/en/pledge/", typed(WordingFactory()))
    send_due()
    (link,) = re.findall(r"http://localhost:\d+(/\S+/confirm/\S+/)", mail.outbox[0].body)
    seen = re.search(r'name="seen" value="(\w+)"', Client().get(link).content.decode())[1]

    answers = at_once(lambda _turn: Client().post(link, {"seen": seen}).url, 40)

    pledge = Pledge.objects.get()
    assert set(answers) == {f"/en/hearts/{pledge.public_id}/?confirmed=1"}
    assert PledgeDelta.objects.count() == 1


def test_hearts_confirmed_while_windows_close_are_all_counted_once(committed_db):
    GlobalCampaignFactory()
    WordingFactory()

    def confirm_or_close(turn: int) -> None:
        if turn % 5 == 0:
            jobs.close_windows()
        else:
            HeartFactory(country=("PT", "BR", "FR")[turn % 3])

    at_once(confirm_or_close, 200)
    jobs.close_windows()

    assert PledgeTally.objects.total() == Pledge.objects.confirmed().count() == 160
    assert list(counting.differences()) == []


def impatiently(job) -> int:
    """What the job answers in another connection that waits for no lock."""

    def run(_turn: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '500ms'")
        return job()

    return at_once(run, 1)[0]


def test_pledge_asked_for_again_is_not_purged_at_that_moment(committed_db):
    pledge = PledgeFactory(created_at="2020-01-01T00:00Z", asked_at=None)
    with transaction.atomic():
        Pledge.objects.select_for_update().get(pk=pledge.pk)
        assert impatiently(jobs.purge_unconfirmed) == 0

    assert jobs.purge_unconfirmed() == 1


def test_window_is_left_to_the_worker_that_is_closing_it(committed_db):
    HeartFactory()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [counting.LOCK])
        assert impatiently(jobs.close_windows) == 0

    assert impatiently(jobs.close_windows) == 1
