"""Staff set what holds for the pledges of a campaign; to hold it is an act of its own."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from blueheart.trail.models import Entry
from pledges.models import CampaignTerms
from pledges.services import retention
from tests.campaigns.factories import CampaignFactory
from tests.donations.money_desk import member
from tests.office.factories import desk_of

pytestmark = pytest.mark.django_db
LIST = "admin:pledges_campaignterms_changelist"
EDITS = ("view_campaignterms", "add_campaignterms", "change_campaignterms")
SENT = {"counts_shown_from": "10", "ask_after_days": "30", "ask_on": "", "anonymise_after_months": "12"}


def page_of(terms):
    return reverse("admin:pledges_campaignterms_change", args=[terms.pk])


def trail():
    lines = Entry.objects.filter(action__startswith="campaign-terms").order_by("pk")
    return list(lines.values_list("action", "why", "detail"))


@pytest.fixture
def terms():
    return CampaignTerms.objects.create(campaign=CampaignFactory())


def test_terms_change_with_a_line_in_the_trail(terms):
    desk_of(member("ada", *EDITS)).post(page_of(terms), SENT)
    terms.refresh_from_db()
    assert (terms.counts_shown_from, terms.anonymise_after_months) == (10, 12)
    assert trail() == [
        ("campaign-terms.changed", "", {
            "fields": ["counts_shown_from", "anonymise_after_months"],
            "counts_shown_from": ["0", "10"], "anonymise_after_months": ["24", "12"],
        }),
    ]  # fmt: skip


def test_a_hold_needs_a_permission_and_a_reason(terms):
    held = SENT | {"is_held": "on", "held_for": "a court asks"}
    desk_of(member("ada", *EDITS)).post(page_of(terms), held)
    terms.refresh_from_db()
    assert not terms.is_held

    holder = desk_of(member("bea", *EDITS, "hold_campaignterms"))
    refused = holder.post(page_of(terms), held | {"held_for": ""})
    assert "Say why nothing of it may be forgotten." in refused.content.decode()
    holder.post(page_of(terms), held)
    terms.refresh_from_db()
    assert terms.is_held
    holder.post(page_of(terms), SENT | {"held_for": ""})
    assert [line[:2] for line in trail() if line[0] != "campaign-terms.changed"] == [
        ("campaign-terms.held", "a court asks"),
        ("campaign-terms.let-go", ""),
    ]
    assert retention.sources_due().count() == 0


def test_terms_are_never_deleted_and_the_list_costs_the_same_for_many(terms):
    desk = desk_of(member("ada", *EDITS, "delete_campaignterms"))
    delete = reverse("admin:pledges_campaignterms_delete", args=[terms.pk])
    assert desk.post(delete, {"post": "yes"}).status_code == 403

    def cost():
        with CaptureQueriesContext(connection) as asked:
            assert desk.get(reverse(LIST)).status_code == 200
        return len(asked)

    one = cost()
    for _number in range(5):
        CampaignTerms.objects.create(campaign=CampaignFactory())
    assert cost() == one <= 15
