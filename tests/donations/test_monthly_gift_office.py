"""Ada sees what was agreed about a monthly gift, and pauses or ends it for a donor, with a reason."""

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from blueheart.trail.models import Entry
from donations.models import MonthlyGift
from tests.donations.factories import donation, monthly_gift
from tests.office.factories import desk_of

LIST = reverse("admin:donations_monthlygift_changelist")


@pytest.fixture
def office(db):
    return desk_of(User.objects.create_superuser("ada", "ada@example.org", "x"))


def act(office, action, *gifts, why="she wrote to us"):
    sent = {"action": action, "why": why, "_selected_action": [gift.pk for gift in gifts]}
    return office.post(LIST, sent, follow=True).content.decode()


def test_staff_pause_and_end_a_gift_with_a_reason_in_the_trail(office, sandbox, dora_gives, worker):
    sandbox.pay(dora_gives(interval="month"))
    worker()
    gift = MonthlyGift.objects.get()

    assert "Nothing was changed" in act(office, "pause_until_resumed", gift, why=" ")
    assert "1 of 1 changed" in act(office, "pause_until_resumed", gift)
    assert "0 of 1 changed" in act(office, "pause_until_resumed", gift)
    assert "1 of 1 changed" in act(office, "end_now", gift)
    worker()

    gift.refresh_from_db()
    assert gift.has_ended
    assert list(gift.changes.order_by("pk").values_list("kind", "by")) == [("paused", "staff"), ("cancelled", "staff")]
    trail = Entry.objects.acts().filter(action__startswith="monthly-gift.").order_by("pk").values_list("action", "why")
    assert list(trail) == [
        ("monthly-gift.paused", "she wrote to us"),
        ("monthly-gift.cancelled", "she wrote to us"),
    ]


def test_what_stripe_refuses_is_said_and_leaves_no_line(office, sandbox):
    gift = monthly_gift(stripe_subscription_id="sub_unknown")

    assert gift.public_id in act(office, "end_now", gift)
    assert "Ten at most" in act(office, "end_now", *[monthly_gift() for _number in range(11)])
    assert not Entry.objects.acts().filter(action__startswith="monthly-gift.").exists()


def test_who_may_only_look_cannot_act(db, sandbox):
    clerk = User.objects.create_user("clerk", "clerk@example.org", "x", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_monthlygift"))
    gift = monthly_gift()

    page = desk_of(clerk).get(LIST).content.decode()
    act(desk_of(clerk), "end_now", gift)

    assert gift.public_id in page
    assert "end_now" not in page
    assert sandbox.requests("/v1/subscriptions") == []


def test_one_gift_shows_its_changes_and_charges(office):
    gift = monthly_gift(currency="KWD")
    donation("succeeded", interval="month", currency="KWD", monthly_gift=gift)
    gift.changes.create(kind="amount", by="donor", old_amount_minor=1000, new_amount_minor=2500)
    gift.changes.create(kind="cancelled", by="donor", feedback="too_expensive")

    page = office.get(reverse("admin:donations_monthlygift_change", args=[gift.pk])).content.decode()

    for words in ("1.000", "2.500", "I cannot afford it", "succeeded"):
        assert words in page
