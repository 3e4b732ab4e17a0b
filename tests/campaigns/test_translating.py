"""Tariq translates: every row opens to him, and nothing but its other languages changes by his hand."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse

from blueheart.trail.models import Entry
from campaigns.admin.editing import WithVersions
from campaigns.admin.translating import translation_columns
from campaigns.models import Fact, Helpline, NewsItem
from tests.campaigns import factories
from tests.campaigns.factories import FactFactory, HelplineFactory, NewsFactory
from tests.campaigns.test_admin import fields_of, page_of
from tests.office.factories import StaffFactory, desk_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tariq():
    person = StaffFactory(username="tariq", is_superuser=False)
    person.groups.set([Group.objects.get(name="Translator")])
    return desk_of(person)


def save(desk, row, **changed):
    url = page_of(row, "change", row.pk)
    return desk.post(url, fields_of(desk.get(url)) | changed)


def test_translation_of_a_published_row_is_saved_with_its_version_and_trail(tariq):
    news = NewsFactory(status="published", title="A new heart")

    answer = save(tariq, news, title_fr="Un nouveau cœur")

    assert answer.status_code == 302
    news.refresh_from_db()
    assert (news.title_fr, news.title_en, news.status) == ("Un nouveau cœur", "A new heart", "published")
    assert news.history.first().history_user.username == "tariq"
    entry = Entry.objects.get()
    assert (entry.action, entry.detail) == ("news-item.translated", {"fields": ["title_fr"]})


def test_form_asks_for_translations_only_and_shows_the_rest(tariq):
    fact = FactFactory(status="published")

    page = tariq.get(page_of(fact, "change", fact.pk))

    assert set(page.context["adminform"].form.fields) == set(translation_columns(Fact))
    assert fact.value in page.content.decode()


def test_english_status_and_figures_do_not_change_whatever_is_sent(tariq):
    helpline = HelplineFactory(status="draft")
    before = Helpline.objects.values().get(pk=helpline.pk)

    save(tariq, helpline, status="published", name_en="Mine", name="Mine", phone="0", website="https://evil.example/")

    after = Helpline.objects.values().get(pk=helpline.pk)
    assert {key for key in after if after[key] != before[key]} <= {"updated_at"}


def test_nothing_changed_leaves_no_version_and_no_trail(tariq):
    news = NewsFactory(status="published")
    versions = news.history.count()

    save(tariq, news)

    assert news.history.count() == versions
    assert not Entry.objects.exists()


@pytest.mark.parametrize("action", ["submit", "publish", "unpublish"])
def test_actions_are_not_the_translators(action, tariq):
    fact = FactFactory(status="draft")

    tariq.post(reverse("admin:campaigns_fact_changelist"), {"action": action, "_selected_action": [fact.pk]})

    assert Fact.objects.get().status == "draft"


def test_neither_adding_nor_deleting_nor_restoring_nor_importing(tariq):
    table = factories.DataTableFactory()
    news = NewsFactory(status="draft")
    version = news.history.get().history_id
    addresses = [
        reverse("admin:campaigns_newsitem_add"),
        page_of(news, "delete", news.pk),
        reverse("admin:campaigns_newsitem_restore", args=[news.pk, version]),
        f"{reverse('admin:import_new', args=['data-table'])}?into={table.pk}",
    ]

    assert [tariq.post(url, {"post": "yes"}).status_code for url in addresses] == [403] * 4
    assert NewsItem.objects.exists()


def test_every_kind_of_content_opens_with_translations_alone(tariq):
    made = [
        factories.CampaignFactory, factories.CountryFactory, factories.FactFactory, factories.MilestoneFactory,
        factories.HelplineFactory, factories.GrantCycleFactory, factories.PublishedGrantFactory,
        factories.NewsFactory, factories.ResourceFactory, factories.PartnerFactory, factories.ReportEditionFactory,
        factories.DataTableFactory, factories.LegalInstrumentFactory,
    ]  # fmt: skip
    for factory in made:
        row = factory()
        page = tariq.get(page_of(row, "change", row.pk))
        assert set(page.context["adminform"].form.fields) == set(translation_columns(type(row))), row
        assert save(tariq, row).status_code == 302, row


def test_all_that_is_versioned_can_be_translated():
    desks = [desk for desk in admin.site._registry.values() if isinstance(desk, WithVersions)]

    assert len(desks) >= 16
    assert all(translation_columns(desk.model) for desk in desks)


def test_who_may_neither_write_nor_translate_reads(db):
    reader = StaffFactory(username="rita", is_superuser=False)
    reader.groups.set([Group.objects.get(name="Auditor")])
    news = NewsFactory()

    answer = desk_of(reader).post(page_of(news, "change", news.pk), {"title_fr": "Non"})

    assert answer.status_code == 403
