"""Ada writes what the campaign says: every act is in the trail, and drafts stay inside."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from blueheart.trail.models import Entry
from blueheart.trail.record import record
from campaigns.models import Campaign, Fact, Helpline, Milestone, Source
from tests.campaigns.factories import (
    CampaignFactory,
    CountryFactory,
    DataTableFactory,
    FactFactory,
    GrantCycleFactory,
    HelplineFactory,
    LegalInstrumentFactory,
    MilestoneFactory,
    PublishedGrantFactory,
    ReportEditionFactory,
    SourceFactory,
)
from tests.office.factories import StaffFactory, desk_of

pytestmark = pytest.mark.django_db

FACTORIES = [
    SourceFactory,
    CampaignFactory,
    CountryFactory,
    DataTableFactory,
    FactFactory,
    GrantCycleFactory,
    HelplineFactory,
    LegalInstrumentFactory,
    MilestoneFactory,
    PublishedGrantFactory,
    ReportEditionFactory,
]


@pytest.fixture
def ada():
    return StaffFactory(username="ada")


@pytest.fixture
def desk(ada):
    return desk_of(ada)


def page_of(row, view="change", *args):
    return reverse(f"admin:campaigns_{row._meta.model_name}_{view}", args=args)


def trail():
    return list(Entry.objects.order_by("pk").values_list("action", "target_id", "detail"))


def fields_of(page):
    """What the form of an admin page would send if nothing were changed."""
    form = page.context["adminform"].form
    return {
        form.add_prefix(name): value
        for name, field in form.fields.items()
        if (value := field.prepare_value(form.get_initial_for_field(field, name))) not in (None, False)
    }


@pytest.mark.parametrize("factory", FACTORIES)
def test_list_and_form_of_each_kind_open(desk, factory):
    row = factory()

    for url in (page_of(row, "changelist") + "?q=a", page_of(row, "add"), page_of(row, "change", row.pk)):
        assert desk.get(url).status_code == 200


@pytest.mark.parametrize("factory", FACTORIES[1:])
def test_list_asks_the_database_the_same_at_one_and_many_rows(desk, factory):
    def add(number):
        codes = {"iso2": f"Z{chr(65 + number)}"} if factory is CountryFactory else {}
        sources = {"source": SourceFactory()} if hasattr(factory._meta.model, "source") else {}
        return factory(**codes, **sources)

    url = page_of(add(0), "changelist")
    desk.get(url)
    with CaptureQueriesContext(connection) as at_one:
        desk.get(url)
    for number in range(1, 12):
        add(number)
    with CaptureQueriesContext(connection) as at_twelve:
        desk.get(url)

    assert len(at_twelve) == len(at_one)


def test_saving_writes_the_trail_with_the_fields_that_changed(desk, ada):
    fact = FactFactory()
    url = page_of(fact, "change", fact.pk)

    answer = desk.post(url, fields_of(desk.get(url)) | {"value_en": "2.4 million"})

    assert answer.status_code == 302
    fact.refresh_from_db()
    assert fact.value_en == "2.4 million"
    assert trail() == [("fact.changed", str(fact.pk), {"fields": ["value_en"]})]
    assert Entry.objects.get().actor == ada


def test_adding_and_deleting_a_row_of_ones_own_writes_the_trail(desk):
    source = {"slug": "ilo", "title": "A page", "publisher": "ILO", "kind": "un", "language": "en"}

    desk.post(reverse("admin:campaigns_source_add"), source)
    row = Source.objects.get()
    desk.post(page_of(row, "delete", row.pk), {"post": "yes"})

    assert [action for action, *_rest in trail()] == ["source.created", "source.deleted"]
    assert not Source.objects.exists()


def test_row_that_a_content_file_brought_is_not_deleted(desk):
    row = SourceFactory(loaded={"title": "A page"})

    assert desk.post(page_of(row, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert Source.objects.get() == row


def test_form_without_the_english_text_is_refused(desk):
    campaign = CampaignFactory()
    url = page_of(campaign, "change", campaign.pk)

    answer = desk.post(url, fields_of(desk.get(url)) | {"title_en": ""})

    assert "title_en" in answer.context["adminform"].form.errors
    assert trail() == []


@pytest.mark.parametrize(
    ("action", "before", "after"), [("publish", "draft", "published"), ("unpublish", "published", "draft")]
)
def test_publishing_and_withdrawing_changes_only_the_others_and_is_in_the_trail(desk, action, before, after):
    changed, same = FactFactory(status=before), FactFactory(status=after)
    chosen = {"action": action, "_selected_action": [changed.pk, same.pk]}

    desk.post(reverse("admin:campaigns_fact_changelist"), chosen)

    assert set(Fact.objects.values_list("status", flat=True)) == {after}
    assert trail() == [(f"fact.{after}", str(changed.pk), {})]


def test_nothing_is_published_that_the_trail_does_not_know(desk, monkeypatch):
    drafts = [FactFactory(status="draft"), FactFactory(status="draft")]
    chosen = {"action": "publish", "_selected_action": [draft.pk for draft in drafts]}
    desk.raise_request_exception = False

    def fail_at_the_second(action, *, target, **kwargs):
        if Entry.objects.exists():
            raise OSError("the disk is full")
        record(action, target=target, **kwargs)

    monkeypatch.setattr("campaigns.admin.editing.record", fail_at_the_second)
    assert desk.post(reverse("admin:campaigns_fact_changelist"), chosen).status_code == 500

    assert set(Fact.objects.values_list("status", flat=True)) == {"draft"}
    assert trail() == []


def test_helpline_of_grade_b_stays_a_draft(desk):
    unverified = HelplineFactory(grade="B", status="draft")

    desk.post(
        reverse("admin:campaigns_helpline_changelist"), {"action": "publish", "_selected_action": [unverified.pk]}
    )

    assert Helpline.objects.get().status == "draft"


def test_staff_without_the_permission_to_change_cannot_publish():
    sam = StaffFactory(is_superuser=False)
    sam.user_permissions.set(Permission.objects.filter(codename="view_milestone"))
    draft = MilestoneFactory(status="draft")

    desk_of(sam).post(
        reverse("admin:campaigns_milestone_changelist"), {"action": "publish", "_selected_action": [draft.pk]}
    )

    assert Milestone.objects.get().status == "draft"


# What readers will see


@pytest.mark.parametrize("factory", [CampaignFactory, FactFactory])
def test_draft_is_previewed_by_staff_and_by_nobody_else(desk, factory):
    draft = factory(status="draft", slug="secret")
    url = page_of(draft, "preview", draft.pk)

    assert desk.get(url).status_code == 200
    assert Client().get(url).status_code == 302
    assert Client().get(draft.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("factory", [CampaignFactory, FactFactory])
def test_draft_is_not_previewed_by_staff_of_another_desk(factory):
    draft = factory(status="draft")
    moderator = StaffFactory(is_superuser=False)
    moderator.user_permissions.set(Permission.objects.filter(codename="view_pledge"))

    assert desk_of(moderator).get(page_of(draft, "preview", draft.pk)).status_code == 403


@pytest.mark.parametrize("factory", [CampaignFactory, CountryFactory, FactFactory, HelplineFactory])
def test_published_row_leads_to_its_page_and_a_draft_to_none(desk, factory):
    row = factory()
    form = page_of(row, "change", row.pk)

    assert Client().get(desk.get(form).context["absolute_url"]).status_code == 200
    type(row).objects.update(status="draft")
    assert desk.get(form).context["absolute_url"] is None


def test_reserved_slug_is_explained_in_the_form(desk):
    new = {"slug": "manage", "kind": "region", "title_en": "A", "summary_en": "B", "position": 1, "status": "draft"}

    page = desk.post(reverse("admin:campaigns_campaign_add"), new)

    assert not Campaign.objects.exists()
    assert page.context["adminform"].form.errors == {"__all__": ["This word is part of the site’s own addresses."]}
