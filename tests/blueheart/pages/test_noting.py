"""Each transaction that changes what pages show moves a version, once, when it commits; none waits for another."""

import datetime as dt
import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from blueheart.pages import moments, versions
from blueheart.site_settings.models import SiteSetting
from campaigns.models import Campaign, Helpline
from pledges.models import Pledge
from pledges.services.counting import close_windows
from tests.campaigns.factories import CampaignFactory, NewsFactory
from tests.donations.factories import donation
from tests.pledges.factories import HeartFactory, PledgeFactory


def moved(act) -> tuple[int, int]:
    """By how much the act moves the versions of content and of numbers."""
    before = versions.read()
    act()
    after = versions.read()
    return after.content - before.content, after.numbers - before.numbers


def in_one(*acts):
    """The acts in one transaction."""

    def act():
        with transaction.atomic():
            for each in acts:
                each()

    return act


def undone(act):
    def all_of_it():
        with transaction.atomic():
            act()
            transaction.set_rollback(True)

    return all_of_it


def with_savepoint_undone(act, then=lambda: None):
    def all_of_it():
        with transaction.atomic():
            with transaction.atomic():
                act()
                transaction.set_rollback(True)
            then()

    return all_of_it


def test_versions_follow_what_is_committed(committed_db):
    news = NewsFactory(slug="one", title="Before")
    heart = HeartFactory(public_name="Sam")
    wordings = list(heart.precepts.all())
    pending = PledgeFactory(campaign=heart.campaign)
    gift = donation("succeeded", public_name="Dora", is_16_or_older=True)

    def title(words):
        return lambda: type(news).objects.filter(pk=news.pk).update(title=words)

    def of_heart(**values):
        return lambda: Pledge.objects.filter(pk=heart.pk).update(**values)

    # Content: once per transaction, at its commit
    assert moved(title("After")) == (1, 0)
    assert moved(in_one(title("a"), title("b"), lambda: SiteSetting.objects.create(key="x", value=1))) == (1, 0)
    assert moved(undone(title("c"))) == (0, 0)
    assert moved(with_savepoint_undone(title("d"))) == (0, 0)
    assert moved(with_savepoint_undone(title("e"), then=title("f"))) == (1, 0)
    assert moved(lambda: Helpline.objects.filter(pk=-1).delete()) == (0, 0), "it found no row"
    assert moved(lambda: SiteSetting.objects.all().delete()) == (1, 0)
    assert moved(lambda: CampaignFactory(slug="another")) == (1, 0)
    # A heart: what its path writes moves nothing, what changes on the wall does
    assert moved(lambda: PledgeFactory(campaign=heart.campaign, precepts=wordings)) == (0, 0)
    assert moved(lambda: Pledge.objects.filter(pk=pending.pk).update(reminders=2, words="hello", words_status="waiting",
                                                                     is_16_or_older=True)) == (0, 0)  # fmt: skip
    assert moved(of_heart(kept_asked_at=timezone.now())) == (0, 0)
    assert moved(of_heart(hidden_at=timezone.now(), hidden_reason="abuse")) == (1, 0)
    assert moved(of_heart(hidden_at=None, hidden_reason="")) == (1, 0)
    assert moved(of_heart(public_name="Samuel")) == (1, 0)
    assert moved(of_heart(public_name="Samuel")) == (0, 0), "it is the same"
    # A gift
    assert moved(lambda: type(gift).objects.filter(pk=gift.pk).update(public_name_hidden=True)) == (1, 0)
    assert moved(lambda: type(gift).objects.filter(pk=gift.pk).update(checkout_tries=3)) == (0, 0)
    # Windows
    close_windows()
    assert moved(close_windows) == (0, 0), "a window in which nothing was counted"
    HeartFactory(campaign=heart.campaign, precepts=wordings)
    assert moved(close_windows) == (0, 1)
    # Another isolation keeps one snapshot: it writes a row of its own
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        before = versions.read()
        title("g")()
    assert versions.read().content == before.content + 1


def test_newest_heart_and_gift_are_seen_before_their_window(committed_db):
    heart = HeartFactory()
    before = versions.read()
    HeartFactory(public_name="Ana", campaign=heart.campaign, precepts=list(heart.precepts.all()))
    after = versions.read()
    donation("succeeded", public_name="Dora", is_16_or_older=True)

    assert before[:2] == after[:2]
    assert before.newest != after.newest != versions.read().newest


def test_transactions_at_the_same_time_neither_wait_nor_hide_each_other(committed_db):
    """Both hold a version's row; the first to begin commits last: a maximum of numbers would have hidden it."""
    first, second = CampaignFactory(slug="first"), CampaignFactory(slug="second")
    Campaign.objects.filter(pk=first.pk).update(title="a row is there")
    before = versions.read()
    done = threading.Event()

    def other():
        Campaign.objects.filter(pk=second.pk).update(title="Second")
        connection.close()
        done.set()

    with transaction.atomic():
        Campaign.objects.filter(pk=first.pk).update(title="First")
        thread = threading.Thread(target=other)
        thread.start()
        assert done.wait(10), "it waits for us"
        thread.join()
    assert versions.read().content == before.content + 2


def test_versions_are_read_in_one_query(committed_db, django_assert_num_queries):
    with django_assert_num_queries(1):
        versions.read()


def test_next_moment_is_the_first_of_publications_and_ends_of_switches(committed_db):
    now = timezone.now()
    soon, later = now + dt.timedelta(minutes=5), now + dt.timedelta(minutes=9)
    NewsFactory(slug="later", publish_at=later)
    NewsFactory(slug="draft", publish_at=now + dt.timedelta(minutes=1), status="draft")
    assert moments.next_moment(now) == later
    SiteSetting.objects.create(key="wall-hidden", value={"on": True, "until": soon.isoformat()})

    assert moments.next_moment(now) == soon
    assert moments.next_moment(soon) == later
    assert moments.next_moment(later) is None


@pytest.mark.parametrize("table", ["campaigns_newsitem", "pledges_pledgetally"])
def test_emptied_table_is_noted(committed_db, table):
    before = versions.read()
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")

    assert versions.read() != before
