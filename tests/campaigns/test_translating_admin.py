"""Tova translates: English on one side, her language on the other, and on to what is missing next."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from blueheart.trail.models import Entry
from campaigns.models import Fact, NewsItem
from campaigns.translation import next_missing, progress
from tests.campaigns.factories import FactFactory, HelplineFactory, NewsFactory
from tests.office.factories import StaffFactory, desk_of

pytestmark = pytest.mark.django_db


def desk_that_may(*names) -> Client:
    person = StaffFactory(username="tova", is_superuser=False)
    person.user_permissions.set(Permission.objects.filter(codename__in=names))
    return desk_of(person)


@pytest.fixture
def tova():
    return desk_that_may("translate_content", "view_newsitem", "view_fact", "view_picture")


def item(**fields) -> NewsItem:
    return NewsFactory(**{"title": "A march", "summary": "We march.", "body": "**Come** along."} | fields)


def page(row, language="ar") -> str:
    return reverse(f"admin:campaigns_{row._meta.model_name}_translate", args=[row.pk, language])


def test_translator_writes_beside_english_and_the_trail_names_the_language(tova):
    row = item()

    answer = tova.get(page(row))
    saved = tova.post(page(row), {"title_ar": "مسيرة", "summary_ar": "", "body_ar": "**تعالوا**", "save": ""})

    assert [(pair.english, pair.is_missing) for pair in answer.context["pairs"]] == [
        ("A march", True), ("We march.", True), ("**Come** along.", True),
    ]  # fmt: skip
    assert "<strong>Come</strong> along." in answer.context["pairs"][2].prose
    html = answer.content.decode()
    assert 'dir="rtl"' in html
    assert "3 texts are missing here." in html
    assert saved.url == page(row)
    row.refresh_from_db()
    assert (row.title_ar, row.body_ar, row.title_en) == ("مسيرة", "**تعالوا**", "A march")
    entry = Entry.objects.get(action="news-item.translated")
    assert entry.detail == {"language": "ar", "fields": ["title_ar", "body_ar"]}
    assert row.history.first().title_ar == "مسيرة"


def test_next_missing_leads_from_row_to_row_and_round_to_the_first(tova):
    first, second, third = item(), item(title_ar="x", summary_ar="x", body_ar="x"), item()
    item(status="draft")
    whole = {"title_ar": "عنوان", "summary_ar": "ملخص", "body_ar": "نص", "next": ""}

    assert tova.post(page(first), whole).url == page(third)
    assert tova.get(reverse("admin:campaigns_newsitem_translate_next", args=["ar"])).url == page(third)
    assert tova.post(page(third), {"title_ar": "عنوان", "next": ""}).url == reverse(
        "admin:campaigns_newsitem_changelist"
    )
    assert next_missing(NewsItem, "ar", after=second.pk) == third.pk
    assert next_missing(NewsItem, "fr", after=third.pk) == first.pk


def test_progress_counts_texts_that_readers_see(tova):
    item(title_fr="Une marche", summary_fr="")
    item(status="draft")

    assert progress(NewsItem, "fr") == (1, 3)
    assert "1 of 3 texts are translated." in tova.get(page(NewsItem.objects.first(), "fr")).content.decode()


def test_text_that_english_lacks_is_not_asked_for(tova):
    fact = FactFactory(unit="", period="", population="")

    names = [pair.label for pair in tova.get(page(fact)).context["pairs"]]

    assert names == ["Statement", "Value", "Scope"]


def test_unknown_fact_in_a_translation_is_refused(tova):
    row = item()

    answer = tova.post(page(row), {"body_ar": "[[fact:no-such]]", "save": ""})

    assert "no-such" in answer.context["form"].errors["body_ar"][0]
    row.refresh_from_db()
    assert not row.body_ar


def test_helpline_is_translated_too():
    desk, helpline = desk_that_may("translate_content", "view_helpline"), HelplineFactory(hours="Day and night")

    desk.post(page(helpline, "fr"), {"hours_fr": "Jour et nuit", "save": ""})

    helpline.refresh_from_db()
    assert helpline.hours_fr == "Jour et nuit"


@pytest.mark.parametrize("language", ["en", "tlh"])
def test_only_our_other_languages_are_translated_into(tova, language):
    row = item()

    assert tova.get(f"/staff/campaigns/newsitem/{row.pk}/translate/{language}/").status_code == 404
    assert tova.get(f"/staff/campaigns/newsitem/translate/{language}/").status_code == 404


def test_who_may_only_look_translates_nothing():
    row = item()
    desk = desk_that_may("view_newsitem")

    assert desk.get(page(row)).status_code == 403
    assert desk.post(page(row), {"title_ar": "x"}).status_code == 403
    assert desk_of(StaffFactory(is_superuser=False)).get(
        reverse("admin:campaigns_newsitem_translate_next", args=["ar"])
    ).status_code == 403  # fmt: skip


def test_writer_translates_drafts_and_not_what_readers_see():
    desk = desk_that_may("view_newsitem", "change_newsitem")

    assert desk.get(page(item(status="draft"))).status_code == 200
    assert desk.get(page(item())).status_code == 403


def test_desk_leads_straight_into_what_is_missing(tova):
    row = item()
    html = tova.get("/staff/content/").content.decode()
    begin = reverse("admin:campaigns_newsitem_translate_next", args=["ar"])

    assert f'href="{begin}"' in html
    assert tova.get(begin).url == page(row)


def test_form_of_a_row_leads_to_its_languages(tova):
    html = tova.get(reverse("admin:campaigns_newsitem_change", args=[item().pk])).content.decode()

    assert "Translate side by side" in html
    assert 'lang="ar"' in html


# Markdown


def test_markdown_is_shown_as_readers_will_see_it(tova):
    fact = FactFactory(value="50 million")
    text = f"**Bold** [[fact:{fact.slug}]] <script>alert(1)</script> [x](javascript:alert(1))"

    whole = tova.post("/staff/preview/", {"preview_of": "body_ar", "body_ar": text})
    part = tova.post("/staff/preview/", {"preview_of": "body", "body": "*so*", "fragment": "1"})

    html = whole.content.decode()
    assert "<strong>Bold</strong>" in html
    assert fact.get_absolute_url() in html
    assert "<script>alert" not in html
    assert 'lang="ar" dir="rtl"' in html
    assert part.content == b"<p><em>so</em></p>\n"


def test_preview_keeps_nothing_and_is_not_for_strangers(tova):
    before = Fact.objects.count(), NewsItem.objects.count()
    tova.post("/staff/preview/", {"preview_of": "body", "body": "x"})

    assert (Fact.objects.count(), NewsItem.objects.count()) == before
    assert tova.get("/staff/preview/").status_code == 405
    assert "/login/" in Client().post("/staff/preview/", {"preview_of": "body", "body": "x"}).url


def test_page_of_another_site_gets_no_preview(ada_elsewhere):
    assert ada_elsewhere.post("/staff/preview/", {"preview_of": "body", "body": "x"}).status_code == 403


@pytest.fixture
def ada_elsewhere():
    """A browser that is signed in here and sends a form of another site's."""
    inside = desk_of(StaffFactory(username="ada"))
    desk = Client(enforce_csrf_checks=True, headers={"Origin": "https://mallory.example"})
    desk.cookies = inside.cookies
    return desk


def test_markdown_fields_have_a_preview_and_others_have_none(tova):
    desk = desk_of(StaffFactory(username="ada"))

    html = desk.get(reverse("admin:campaigns_newsitem_add")).content.decode()

    assert 'value="body_ar" formaction="/staff/preview/"' in html
    assert 'value="title_ar" formaction' not in html
    assert "js/office-markdown.js" in html
    assert 'name="body_ar"' in html
    assert desk.get(reverse("admin:campaigns_source_add")).status_code == 200
