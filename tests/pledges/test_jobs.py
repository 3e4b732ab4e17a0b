import datetime as dt

import pytest
from django.utils import timezone

from pledges import jobs
from pledges.models import MailedLink, Pledge
from tests.pledges.factories import HeartFactory, PledgeFactory

pytestmark = pytest.mark.django_db


def days_ago(days: float) -> dt.datetime:
    return timezone.now() - dt.timedelta(days=days)


def test_pledge_that_nobody_confirms_is_gone_after_seven_days():
    PledgeFactory(created_at=days_ago(7.1), asked_at=days_ago(7.1))
    PledgeFactory(created_at=days_ago(9), asked_at=None)
    fresh = PledgeFactory(created_at=days_ago(6.9), asked_at=days_ago(6.9))
    asked_again = PledgeFactory(created_at=days_ago(9), asked_at=days_ago(2))
    heart = HeartFactory(created_at=days_ago(30), asked_at=days_ago(30))

    assert jobs.purge_unconfirmed() == 2
    assert set(Pledge.objects.all()) == {fresh, asked_again, heart}


def test_expired_links_are_forgotten():
    heart = HeartFactory()
    for digest, days in (("a", 0.1), ("b", -0.1)):
        MailedLink.objects.create(pledge=heart, purpose="confirm", digest=digest * 64, expires_at=days_ago(days))
    jobs.purge_unconfirmed()

    assert [link.digest[0] for link in MailedLink.objects.all()] == ["b"]
