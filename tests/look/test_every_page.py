"""What holds for every page that a visitor can open, the next one included: addresses come from the site map."""

import html
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import is_valid_path
from django.utils import translation

from blueheart.headers import PERMISSIONS_POLICY
from campaigns.share import subjects
from tests.blueheart.pages.site import AskingClient
from tests.campaigns.test_share import canonical, head, image, meta
from tests.donations.factories import donation, promised_gift
from tests.look.schema_org import problems
from tests.look.test_pseudo_language import OPENED_BELOW, addresses, shown
from tests.pledges.factories import GroupFactory, HeartFactory, WordingFactory

MOST_QUERIES = 8  # BUDGETS: of any public page
FRAMED_BY_OTHERS = ("/embed/counter/", "/badge.svg")
LD_JSON = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.S)
LANGUAGES = [code for code, _name in settings.LANGUAGES]
# Pages of rows that have a picture of their own, with its kind.
ROW_PICTURES = {
    "campaigns:campaign": "campaign",
    "campaigns:country": "country",
    "campaigns:fact": "fact",
    "campaigns:news_item": "news",
    "campaigns:report_edition": "report",
    "campaigns:world_day_edition": "world-day",
    "donations:donate_campaign": "campaign",
    "pledges:pledge_campaign": "campaign",
}
PAGES = [(name, wanted) for name, wanted in addresses() if name not in OPENED_BELOW]


def path_of(slug: str) -> str:
    """The address of a page that shows no single row, after the language."""
    of_the_fund = f"trust-fund/{slug}/"
    return "" if slug == "home" else of_the_fund if is_valid_path(f"/en/{of_the_fund}") else f"{slug}/"


with translation.override("en"):
    WITH_PICTURES = {slug: path_of(slug) for slug in subjects.PAGES if is_valid_path(f"/en/{path_of(slug)}")}


@pytest.fixture(scope="module")
def portal(content_rows, django_db_blocker) -> Iterator[None]:
    """All that the content files bring, and a heart; loaded once and rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic(), translation.override("en"):
        content_rows.put_back()
        HeartFactory(public_name="Sam", precepts=WordingFactory.create_batch(2))
        HeartFactory(public_name="Ana", group=GroupFactory(about="We live by the sea."))
        donation("succeeded", public_name="Dora", is_16_or_older=True)
        promised_gift((100, 100))
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def answers(portal) -> dict[str, HttpResponse | None]:
    """Every page by the name of its address, as a visitor gets it; None where no example opens one."""
    with translation.override("en"):
        return {name: shown(AskingClient(), name, wanted) for name, wanted in PAGES}


@pytest.fixture
def answer(answers, request) -> HttpResponse:
    """One of them."""
    return answers[request.param] or pytest.fail(f"no example opens {request.param}")


every_page = pytest.mark.parametrize("answer", [name for name, _wanted in PAGES], indirect=True)


class Outline(HTMLParser):
    """The headings, landmarks and ids of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))


def is_html(answer) -> bool:
    return answer["Content-Type"].startswith("text/html")


@every_page
def test_page_asks_the_database_at_most_eight_times(answer):
    asked = answer.asked
    if len(asked) > MOST_QUERIES:  # the first page of a kind may bring what the process keeps
        asked = AskingClient().get(answer.request["PATH_INFO"]).asked

    assert len(asked) <= MOST_QUERIES, [query["sql"][:120] for query in asked]


@every_page
def test_headings_stand_in_order_below_one_first_and_every_id_is_its_own(answer):
    if not is_html(answer):
        return
    outline = Outline(answer.content.decode())
    steps = list(zip(outline.headings, outline.headings[1:], strict=False))

    assert outline.headings.count(1) == 1
    assert [step for step in steps if step[1] > step[0] + 1] == []
    assert sorted(outline.ids) == sorted(set(outline.ids))
    assert outline.tags.count("main") == 1


@every_page
def test_what_machines_read_of_it_is_in_the_words_of_schema_org(answer):
    if not is_html(answer):
        return
    blocks = [json.loads(block) for block in LD_JSON.findall(answer.content.decode())]

    assert [line for block in blocks for line in problems(block)] == []
    assert {block["@context"] for block in blocks} <= {"https://schema.org"}


@every_page
def test_page_says_what_a_browser_may_not_do(answer):
    policy, framed = answer["Content-Security-Policy"], answer.request["PATH_INFO"] in FRAMED_BY_OTHERS
    shown_by_others = framed or "Access-Control-Allow-Origin" in answer or answer["Content-Type"] == "image/png"

    assert {"default-src 'none'", "base-uri 'none'", "report-uri /csp-report/", "report-to csp"} <= set(
        policy.split("; ")
    )
    assert "unsafe" not in policy
    assert ("frame-ancestors 'none'" in policy) is not framed
    assert answer.get("X-Frame-Options") == (None if framed else "DENY")
    assert answer["Cross-Origin-Resource-Policy"] == ("cross-origin" if shown_by_others else "same-origin")
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] in ("strict-origin-when-cross-origin", "same-origin")
    assert answer["Permissions-Policy"] == PERMISSIONS_POLICY
    assert is_html(answer) is (answer.get("Reporting-Endpoints") == 'csp="/csp-report/"')
    assert not answer["Content-Type"].startswith("text/") or answer["Content-Type"].endswith("; charset=utf-8")


@every_page
def test_page_sets_no_cookie_unless_it_has_a_form_of_the_visitors_own(answer):
    own = "no-store" in answer["Cache-Control"]

    assert set(answer.cookies) <= ({"csrftoken"} if own else set())
    assert own or "csrfmiddlewaretoken" not in answer.content.decode(errors="ignore")


def test_events_articles_tables_and_the_way_to_give_are_described(answers):
    """The four kinds that the portal promises to machines are there, so that the test above cannot pass on nothing."""
    kinds = {
        block["@type"]
        for answer in answers.values()
        for block in map(json.loads, LD_JSON.findall(answer.content.decode(errors="ignore")))
    }
    assert kinds >= {"Event", "NewsArticle", "Dataset", "DonateAction"}


def test_a_description_that_says_too_little_or_too_much_is_noticed():
    assert problems({"@type": "Event", "name": "30 July", "colour": "blue", "startDate": "soon"}) == [
        "/Event: colour is no property of it",
        "/Event: eventStatus is missing",
        "/Event: location is missing",
        "/Event.startDate: not a date: soon",
    ]


def below(answer: HttpResponse) -> str:
    """What follows the language in an address."""
    return answer.request["PATH_INFO"].split("/", 2)[2]


@pytest.fixture(scope="module")
def in_all_languages(answers) -> dict[str, dict[str, HttpResponse]]:
    """The addresses of the site map in each language, by what follows it."""
    english = {below(answer): answer for answer in answers.values()}
    others = [code for code in LANGUAGES if code != "en"]
    return {"en": english} | {code: {path: Client().get(f"/{code}/{path}") for path in english} for code in others}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_answers_in_every_language(in_all_languages, language):
    wrong = []
    for path, answer in in_all_languages[language].items():
        begins = f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}"'
        if answer.status_code != 200 or (is_html(answer) and begins not in answer.content.decode()[:400]):
            wrong.append(path)
    assert wrong == []


# What shared links show


@pytest.fixture(scope="module")
def shared(answers) -> dict[str, str]:
    """Each page that has a picture of its own, by its address; and one for which the home page's stands."""
    paths = {name: below(answers[name]) for name in ROW_PICTURES}
    of_rows = {path: f"{ROW_PICTURES[name]}/{path.split('/')[1]}" for name, path in paths.items()}
    return of_rows | {path: f"page/{slug}" for slug, path in WITH_PICTURES.items()} | {"privacy/": "page/home"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_names_its_address_and_a_picture_that_is_there(in_all_languages, shared, language):
    for path, subject in shared.items():
        page = head(in_all_languages[language][path])
        own = f"{settings.SITE_URL}/{language}/{path}"

        assert canonical(page) == [own]
        assert meta(page, "og:url") == [own]
        [picture] = meta(page, "og:image")
        assert picture == f"{settings.SITE_URL}/share/{subject}/{language}.png"
        image(Client().get(picture.removeprefix(settings.SITE_URL)))
        assert meta(page, "og:title")[0]
        assert meta(page, "og:description") == meta(page, "description")
        assert meta(page, "twitter:card") == ["summary_large_image"]
        assert len(meta(page, "og:locale:alternate")) == 6
        assert meta(page, "og:locale")[0] not in meta(page, "og:locale:alternate")
        assert meta(page, "og:image:width") + meta(page, "og:image:height") == ["1200", "630"]


def test_shared_title_is_that_of_the_page_without_the_name_of_the_site(in_all_languages, shared):
    for path in shared:
        page = head(in_all_languages["en"][path])
        title = html.unescape(re.search(r"<title>(.*?)</title>", page, re.DOTALL)[1])

        assert f"{meta(page, 'og:title')[0]} · Blue Heart" == title


def test_picture_of_a_page_bears_the_title_of_the_page(in_all_languages):
    assert len(WITH_PICTURES) > 15
    for slug, path in WITH_PICTURES.items():
        title = meta(head(in_all_languages["en"][path]), "og:title")[0]

        assert re.sub(r" \d{4}$", "", title) == str(subjects.PAGES[slug].title)
