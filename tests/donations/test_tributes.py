"""The mail to somebody else: on its day, once, for a gift that stays, and to nobody too often."""

import datetime as dt
import uuid

import pytest
from django.core import mail
from django.utils import timezone

from blueheart.languages import LANGUAGES
from blueheart.post.jobs import send_due
from blueheart.post.models import Message
from donations.models import Dispute, Donation, Refund, Tribute
from donations.services.tributes import forget_notices, promise_notices
from tests.donations.conftest import typed
from tests.donations.factories import CampaignFactory, donation

pytestmark = pytest.mark.usefixtures("db")

DAY = dt.timedelta(days=1)


def today():
    return timezone.now().date()


def tribute(gift=None, **changes):
    fields = {
        "donation": gift or donation("succeeded"),
        "kind": "memory",
        "honoured_name": "Anna",
        "notice_name": "Otto",
        "notice_email": f"{uuid.uuid4().hex[:8]}@example.org",
        "notice_from": "Dora",
        "notice_on": today(),
    }
    return Tribute.objects.create(**fields | changes)


def refund(gift, status, amount_minor=2500):
    Refund.objects.create(
        donation=gift, amount_minor=amount_minor, currency="USD", status=status, source="stripe",
        next_attempt_at=timezone.now() if status == "approved" else None, stripe_refund_id=f"re_{uuid.uuid4().hex}",
    )  # fmt: skip


def test_the_mail_goes_on_its_day_and_once():
    due, later = tribute(), tribute(notice_on=today() + DAY)
    tribute(notice_email="", notice_on=None)

    assert [promise_notices(), promise_notices()] == [1, 0]
    send_due()

    (letter,) = mail.outbox
    assert letter.to == [due.notice_email]
    assert letter.subject == "A gift in memory of Anna"
    assert "Hello Otto," in letter.body
    assert "Dora has made a gift in memory of Anna, and asked us to tell you." in letter.body
    assert "25" not in letter.body
    later.refresh_from_db()
    assert later.noticed_at is None


@pytest.mark.parametrize("status", ["not-started", "pending", "processing", "failed", "expired", "quarantined"])
def test_no_mail_for_a_gift_that_has_not_arrived(status):
    tribute(donation(status))

    assert promise_notices() == 0


@pytest.mark.parametrize(
    ("status", "amount_minor", "told"),
    [
        ("succeeded", 2500, 0), ("waiting", 2500, 0), ("approved", 2500, 0), ("succeeded", 1000, 1),
        ("failed", 2500, 1), ("declined", 2500, 1), ("canceled", 2500, 1),
    ],
)  # fmt: skip
def test_no_mail_for_a_gift_that_was_given_back(status, amount_minor, told):
    gift = donation("succeeded")
    refund(gift, status, amount_minor)
    tribute(gift)

    assert promise_notices() == told


@pytest.mark.parametrize(
    ("status", "told"),
    [("needs_response", 0), ("under_review", 0), ("lost", 0), ("won", 1), ("warning_needs_response", 1)],
)
def test_no_mail_for_a_gift_that_a_bank_wants_back(status, told):
    gift = donation("succeeded")
    now = timezone.now()
    Dispute.objects.create(
        donation=gift, stripe_dispute_id="dp_1", amount_minor=2500, currency="USD", status=status, status_as_of=now,
        opened_at=now,
    )  # fmt: skip
    tribute(gift)

    assert promise_notices() == told


def test_a_gift_given_back_between_the_promise_and_the_sending_is_told_to_nobody():
    gift = donation("succeeded")
    tribute(gift)
    promise_notices()
    refund(gift, "succeeded")

    send_due()

    assert mail.outbox == []
    assert Message.objects.get().status == Message.Status.DROPPED


def test_nobody_is_told_of_more_than_three_gifts_a_month():
    for number in range(5):
        tribute(notice_email="otto@example.org" if number % 2 else "OTTO@example.org")

    assert [promise_notices(), promise_notices()] == [3, 0]


def test_addresses_are_forgotten_a_month_after_the_mail_and_when_none_will_be_sent():
    now = timezone.now()
    told = tribute(noticed_at=now - 31 * DAY)
    dead = tribute(donation("expired", created_at=now - 31 * DAY), notice_on=today() + 200 * DAY)
    given_back = tribute(notice_on=today() - 61 * DAY)
    kept = [tribute(noticed_at=now - 29 * DAY), tribute(donation("expired")), tribute(notice_on=today() + 300 * DAY)]

    assert [forget_notices(), forget_notices()] == [3, 0]

    for row in (told, dead, given_back):
        row.refresh_from_db()
        assert (row.notice_email, row.notice_name, row.notice_from, row.notice_on) == ("", "", "", None)
        assert row.honoured_name == "Anna"
    assert [row.notice_email for row in Tribute.objects.filter(pk__in=[row.pk for row in kept]).order_by("pk")] == [
        row.notice_email for row in kept
    ]


@pytest.mark.parametrize("language", [code for code, _name in LANGUAGES])
@pytest.mark.parametrize("notice_from", ["Dora", ""])
def test_the_mail_is_written_in_every_language_of_a_giver(language, notice_from):
    gift = donation("succeeded", language=language, campaign=CampaignFactory())
    tribute(gift, kind="honour", notice_from=notice_from, notice_name="")
    promise_notices()

    send_due()

    (letter,) = mail.outbox
    html = letter.alternatives[0].content
    assert "Anna" in letter.subject
    assert f'lang="{language}"' in html
    for text in (letter.body, html):
        assert "Anna" in text
        assert ("Dora" in text) is bool(notice_from)
        assert "http" not in text.replace("http://www.w3.org", "")


def test_a_form_keeps_whom_it_honours_and_whom_to_tell(sandbox, dora_gives):
    day = today() + 30 * DAY

    gift = dora_gives(
        tribute_kind="honour", honoured_name=" Anna  Ng ", notice_email="otto@example.org", notice_name="Otto",
        notice_from="Dora", notice_on=str(day),
    )  # fmt: skip

    kept = Tribute.objects.get()
    assert (kept.donation, kept.kind, kept.honoured_name) == (gift, "honour", "Anna Ng")
    assert (kept.notice_email, kept.notice_name, kept.notice_from) == ("otto@example.org", "Otto", "Dora")
    assert (kept.notice_on, kept.noticed_at) == (day, None)
    assert Donation.objects.count() == 1


def test_one_network_asks_for_ten_mails_a_day(client, sandbox):
    answers = [
        client.post(
            "/en/donate/", typed(tribute_kind="memory", honoured_name="Anna", notice_email=f"{number}@example.org")
        )
        for number in range(11)
    ]

    assert [answer.status_code for answer in answers] == [302] * 10 + [429]
    assert "Please give without one." in answers[-1].content.decode()
    assert client.post("/en/donate/", typed(tribute_kind="memory", honoured_name="Anna")).status_code == 302
