"""Wanda writes, Ada publishes: drafts, review, an hour to wait for, and the way back to an older version."""

import datetime as dt

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.urls import reverse

from blueheart.trail.models import Entry
from campaigns.models import Fact, Milestone
from tests.campaigns.factories import FactFactory, MilestoneFactory
from tests.campaigns.test_admin import fields_of, page_of
from tests.office.factories import StaffFactory, desk_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    return desk_of(StaffFactory(username="ada"))


def desk_that_may(*names):
    person = StaffFactory(username="wanda", is_superuser=False)
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    return desk_of(person)


@pytest.fixture
def wanda():
    """Writes, and publishes nothing."""
    return desk_that_may("add_fact", "change_fact", "view_fact")


def choose(desk, action, *facts):
    chosen = {"action": action, "_selected_action": [fact.pk for fact in facts]}
    return desk.post(reverse("admin:campaigns_fact_changelist"), chosen)


def test_writer_submits_a_draft_and_a_publisher_publishes_it(wanda, desk):
    fact = FactFactory(status="draft")

    choose(wanda, "submit", fact)
    assert Fact.objects.get().status == "review"
    choose(desk, "publish", fact)
    assert Fact.objects.get().is_public

    assert [entry.action for entry in Entry.objects.order_by("pk")] == ["fact.review", "fact.published"]


def test_writer_cannot_publish_by_action_or_form(wanda):
    fact = FactFactory(status="draft")
    url = page_of(fact, "change", fact.pk)

    choose(wanda, "publish", fact)
    answer = wanda.post(url, fields_of(wanda.get(url)) | {"status": "published"})

    assert "status" in answer.context["adminform"].form.errors
    assert Fact.objects.get().status == "draft"


def test_writer_cannot_change_what_readers_see(wanda):
    fact = FactFactory(status="published")
    url = page_of(fact, "change", fact.pk)

    assert wanda.get(url).context["has_change_permission"] is False
    assert wanda.post(url, {"status": "draft", "value_en": "0"}).status_code == 403
    choose(wanda, "unpublish", fact)

    assert Fact.objects.get().status == "published"


def test_row_with_an_hour_appears_at_its_hour(client):
    fact = FactFactory(status="published", publish_at=dt.datetime(2027, 7, 30, 9, tzinfo=dt.UTC))

    with time_machine.travel(dt.datetime(2027, 7, 30, 8, 59, 59, tzinfo=dt.UTC), tick=False):
        assert client.get(fact.get_absolute_url()).status_code == 404
        assert list(Fact.objects.published()) == []
        assert fact.is_public is False
    with time_machine.travel(dt.datetime(2027, 7, 30, 9, tzinfo=dt.UTC), tick=False):
        assert client.get(fact.get_absolute_url()).status_code == 200
        assert list(Fact.objects.published()) == [fact]
        assert fact.is_public is True


def test_list_tells_a_row_that_waits_for_its_hour_from_one_that_is_out(desk):
    FactFactory(status="published", publish_at=dt.datetime(2999, 7, 30, 9, tzinfo=dt.UTC))

    assert (
        "published from 30 Jul 2999, 09:00 UTC" in desk.get(reverse("admin:campaigns_fact_changelist")).content.decode()
    )


def saved_twice():
    fact = FactFactory(value="2.5 million", status="published")
    fact.value = "2.4 million"
    fact.save()
    return fact, fact.history.last()


def test_versions_show_what_changed_and_by_whom(desk):
    fact = FactFactory(value="2.5 million")
    url = page_of(fact, "change", fact.pk)
    desk.post(url, fields_of(desk.get(url)) | {"value_en": "2.4 million"})

    page = desk.get(page_of(fact, "history", fact.pk)).content.decode()

    assert '<del dir="auto">2.5 million</del>' in page
    assert '<ins dir="auto">2.4 million</ins>' in page
    assert "<td>ada</td>" in page
    assert "the content files" in page


def test_restoring_shows_what_it_changes_and_then_brings_the_version_back(desk):
    fact, first = saved_twice()
    url = page_of(fact, "restore", fact.pk, first.history_id)

    shown = desk.get(url).content.decode()
    assert '<ins dir="auto">2.5 million</ins>' in shown
    assert Fact.objects.get().value_en == "2.4 million"
    desk.post(url)

    assert Fact.objects.get().value_en == "2.5 million"
    assert [version.value_en for version in fact.history.all()] == ["2.5 million", "2.4 million", "2.5 million"]
    assert Entry.objects.get().action == "fact.restored"


def test_restoring_neither_publishes_nor_withdraws(desk):
    fact = FactFactory(status="draft")
    first = fact.history.get()
    fact.status = "published"
    fact.save()

    desk.post(page_of(fact, "restore", fact.pk, first.history_id))

    assert Fact.objects.get().status == "published"


def test_version_that_breaks_a_rule_of_today_is_refused_and_says_why(desk):
    milestone = MilestoneFactory(slug="first")
    first = milestone.history.get()
    milestone.slug = "second"
    milestone.save()
    MilestoneFactory(slug="first")

    answer = desk.post(page_of(milestone, "restore", milestone.pk, first.history_id), follow=True)

    assert "It was not restored" in answer.content.decode()
    assert Milestone.objects.get(pk=milestone.pk).slug == "second"


def test_mallory_who_may_only_look_cannot_restore():
    fact, first = saved_twice()
    mallory = desk_that_may("view_fact")
    url = page_of(fact, "restore", fact.pk, first.history_id)

    assert mallory.get(page_of(fact, "history", fact.pk)).status_code == 200
    assert (mallory.get(url).status_code, mallory.post(url).status_code) == (403, 403)
    assert Fact.objects.get().value_en == "2.4 million"


def test_version_of_another_row_is_not_restored_here(desk):
    fact, _first = saved_twice()
    other = FactFactory(value="1 million")

    assert desk.post(page_of(fact, "restore", fact.pk, other.history.get().history_id)).status_code == 404


def test_rows_that_miss_a_translation_are_listed_by_language(desk):
    complete = FactFactory(value="1", statement="One", scope="World", unit="", population="", period="")
    for field in ("value", "statement", "scope"):
        setattr(complete, f"{field}_fr", "un")
    complete.save()
    missing = FactFactory(value="2", value_fr="deux")
    url = reverse("admin:campaigns_fact_changelist")

    assert list(desk.get(f"{url}?missing=fr").context["cl"].queryset) == [missing]
    assert set(desk.get(f"{url}?missing=ar").context["cl"].queryset) == {complete, missing}


def test_text_that_names_an_unknown_fact_is_refused_and_stays_typed(desk):
    milestone = MilestoneFactory()
    FactFactory(slug="known")
    url = page_of(milestone, "change", milestone.pk)
    typed = "There are [[fact:known]] and [[fact:unknown]]."

    answer = desk.post(url, fields_of(desk.get(url)) | {"text_en": typed})

    form = answer.context["adminform"].form
    assert form.errors["text_en"] == ["There is no published fact of this name: unknown"]
    assert form["text_en"].value() == typed


def test_what_is_published_is_found_and_what_is_withdrawn_is_not(desk, client):
    fact = FactFactory(status="draft", statement="Quokkas are never trafficked.")
    choose(desk, "publish", fact)
    assert "Quokkas" in client.get("/en/search/?q=quokkas").content.decode()

    choose(desk, "unpublish", fact)
    assert fact.get_absolute_url() not in client.get("/en/search/?q=quokkas").content.decode()


def test_writer_may_delete_her_draft_and_not_what_readers_see(desk):
    wanda = desk_that_may("view_fact", "change_fact", "delete_fact")
    draft, published = FactFactory(status="draft"), FactFactory(status="published")

    answers = [wanda.post(page_of(fact, "delete", fact.pk), {"post": "yes"}) for fact in (draft, published)]

    assert [answer.status_code for answer in answers] == [302, 403]
    assert list(Fact.objects.all()) == [published]


@pytest.mark.parametrize("address", ["?missing=xx", "abc/history/", "abc/history/1/"])
def test_odd_address_is_no_fault_of_ours(desk, address):
    FactFactory()

    assert desk.get(reverse("admin:campaigns_fact_changelist") + address).status_code in (200, 404)
