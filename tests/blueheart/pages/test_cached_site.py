"""The portal behind its cache, on a PostgreSQL that commits: never another's data, never older than the bound."""

import datetime as dt
import json
import random
import re
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission, User
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from blueheart.pages import moments, versions
from blueheart.pages.cache import PageCache
from blueheart.pages.cache.watch import BOUND_SECONDS, EVERY_SECONDS, Watch
from blueheart.pages.cache.wishes import forget, wish_of
from blueheart.site_settings.models import SiteSetting
from campaigns.models import Campaign, Helpline, NewsItem
from pledges.models import Pledge
from pledges.services.counting import close_windows
from tests.blueheart.pages.asking import Hands, ask
from tests.blueheart.pages.site import fill, open_page, public_pages
from tests.campaigns.factories import HelplineFactory, NewsFactory
from tests.pledges.factories import HeartFactory

SECRET = re.compile(rb"csrfmiddlewaretoken|name=\"form_token\"")
LANGUAGES = ("en", "fr", "ar")


class Cached:
    """The portal behind a cache whose clock and threads are the test's."""

    def __init__(self, monkeypatch, hands: Hands) -> None:
        forget()
        self.hands = hands
        self.django = WSGIHandler()
        watch = Watch(read=versions.read, next_moment=moments.next_moment, clock=hands.clock, now=hands.now)
        monkeypatch.setattr(watch, "keep_running", lambda: None)
        self.cache = PageCache(self.django, most_bytes=2**23, watch=watch, clock=hands.clock)
        self.to_renew: list = []
        monkeypatch.setattr(self.cache._renewer, "soon", self.to_renew.append)
        watch.poll()

    def ask(self, *args, **kwargs):
        return ask(self.cache, *args, **kwargs)

    def second(self) -> None:
        """A second goes by: the thread polls, and the other one renews what was asked for."""
        self.hands.turn(EVERY_SECONDS)
        self.cache.watch.poll()
        while self.to_renew:
            self.cache._renew(self.to_renew.pop())


@pytest.fixture
def portal(committed_db, monkeypatch) -> Cached:
    return Cached(monkeypatch, Hands(timezone.now()))


def at_the_bound(portal: Cached) -> None:
    """As much later as a page may still be the former one: a poll in between, and nobody has asked for a renewal."""
    portal.hands.turn(EVERY_SECONDS / 2)
    portal.cache.watch.poll()
    portal.hands.turn(BOUND_SECONDS - EVERY_SECONDS / 2)


def test_nothing_that_is_changed_is_shown_as_it_was_beyond_the_bound(portal):
    """Publish, edit, translate, hide, switch, count, delete: each on pages that were kept before."""
    fill()
    close_windows()
    NewsFactory(slug="one", title="Old words", status="draft")
    HelplineFactory(name="Old line", iso2="PT")
    heart = HeartFactory(public_name="Sam Supporter")
    other = HeartFactory(public_name="Ana", campaign=heart.campaign)
    item_page, of_heart = "/en/news/one/", heart.get_absolute_url()
    news, lines, hearts = NewsItem.objects.all(), Helpline.objects.all(), Pledge.objects.filter(pk=heart.pk)
    campaigns, of_portugal = Campaign.objects.filter(pk=other.campaign_id), "/en/countries/pt/"
    hidden = {"hidden_at": timezone.now(), "hidden_reason": "abuse"}
    changes = [
        (lambda: news.update(status="published"), item_page, "Old words", True),
        (lambda: news.update(title="New words", title_en="New words"), item_page, "New words", True),
        (lambda: news.update(title_fr="Autres mots"), "/fr/news/one/", "Autres mots", True),
        (lambda: lines.update(name="New line"), of_portugal, "New line", True),
        (lambda: lines.delete(), of_portugal, "New line", False),
        (lambda: hearts.update(public_name="Samuel"), of_heart, "Samuel", True),
        (lambda: hearts.update(**hidden), of_heart, "Samuel", False),
        (lambda: hearts.update(hidden_at=None, hidden_reason=""), "/en/hearts/", "Samuel", True),
        (lambda: HeartFactory(public_name="The Newest", campaign=heart.campaign), "/en/hearts/", "The Newest", True),
        (lambda: SiteSetting.objects.create(key="wall-hidden", value={"on": True}), "/en/hearts/", "The Newest", False),
        (lambda: SiteSetting.objects.all().delete(), "/en/hearts/", "The Newest", True),
        (lambda: campaigns.update(title="Another", title_en="Another"), "/en/campaigns/", "Another", True),
        (lambda: campaigns.update(status="draft"), "/en/campaigns/", "Another", False),
        (lambda: news.delete(), item_page, "New words", False),
    ]
    for change, path, words, is_shown in changes:
        portal.second()
        before = portal.ask(path)
        assert (words in before.plain.decode()) is not is_shown, path
        again = portal.ask(path)
        assert before.status == 404 or again.state == "hit", (path, again.state)
        change()
        assert before.status == 404 or portal.ask(path).plain == before.plain, "nobody has asked the database yet"
        at_the_bound(portal)

        assert (words in portal.ask(path).plain.decode()) is is_shown, (path, words)


def test_count_of_hearts_follows_its_window(portal):
    fill()
    close_windows()
    portal.second()
    before = json.loads(portal.ask("/api/v1/stats").plain)["pledges"]["total"]
    HeartFactory.create_batch(3, campaign=Campaign.objects.get(slug="blue-heart"))
    close_windows()
    at_the_bound(portal)

    assert json.loads(portal.ask("/api/v1/stats").plain)["pledges"]["total"] == before + 3


def test_news_appear_at_their_moment(portal):
    NewsFactory(slug="later", title="At last", publish_at=portal.hands.now() + dt.timedelta(seconds=30))
    portal.second()
    for _second in range(28):
        portal.second()
        assert b"At last" not in portal.ask("/en/news/").plain
    portal.hands.turn(EVERY_SECONDS + 0.1)

    portal.ask("/en/news/")
    assert portal.to_renew, "it ended on the tick"


def staff() -> Client:
    ada = User.objects.create_superuser("walker", "walker@example.org", "x")
    ada.user_permissions.set(Permission.objects.all()[:3])
    client = Client()
    client.force_login(ada)
    return client


@pytest.mark.parametrize("seed", range(2))
def test_walk_of_many_visitors_meets_nothing_of_another(portal, seed):
    """Two visitors, staff, forms, languages, encodings, queries, hosts and methods, in any order.

    What anyone is answered from the cache is what Django says, now, to somebody who brings nothing at all.
    """
    chance = random.Random(seed)
    fill()
    close_windows()
    session = staff().cookies["sessionid"].value
    cookies = {
        "sam": "csrftoken=samsamsamsamsamsamsamsamsamsamsa; messages=sams-secret",
        "mallory": "django_language=ar; giving=mallorys-secret; csrftoken=<b>",
        "ada": f"sessionid={session}; csrftoken=adaadaadaadaadaadaadaadaadaadaada",
        "nobody": "",
    }
    paths = ["", "hearts/", "law/", "news/", "pledge/", "donate/", "facts/", "search/", "tracker/", "groups/new/"]
    queries = ["", "page=1", "format=csv", "q=sams-secret", "utm_source=mallorys-secret", "before=99", "%00", "page=x"]
    for _step in range(90):
        if chance.random() < 0.1:
            portal.second()
        who = chance.choice(list(cookies))
        path = f"/{chance.choice(LANGUAGES)}/{chance.choice(paths)}" if chance.random() < 0.9 else "/api/v1/facts"
        query = chance.choice(queries)
        browser = {
            "accept_encoding": chance.choice(["br", "gzip", "", "br;q=0"]),
            "accept_language": chance.choice(LANGUAGES),
            "x_forwarded_for": f"203.0.113.{chance.randrange(9)}",
            "user_agent": f"{who}s-secret",
            "host": chance.choice(["localhost", "127.0.0.1", "mallory.example"]),
            "method": chance.choice(["GET", "GET", "GET", "HEAD"]),
        } | ({"cookie": cookies[who]} if cookies[who] else {})
        told = portal.ask(path, query, **browser)

        text = told.plain
        if "mallory" in browser["host"]:
            assert told.status == 400
        if told.state in {"hit", "stale", "miss"}:
            assert who != "ada"
            assert b"secret" not in text or (path.endswith("search/") and query == "q=sams-secret")
            assert "Set-Cookie" not in told.headers
            assert not SECRET.search(text)
            assert "public" in told.headers["Cache-Control"]
            anyone = ask(portal.django, path, query, host=browser["host"])
            assert told.status == anyone.status == 200
            if browser["method"] == "GET" and "tracker" not in path:
                assert text == anyone.plain
            assert told.headers["Content-Language"] == anyone.headers["Content-Language"]
        elif told.status == 200:
            assert who == "ada" or path.endswith(("pledge/", "donate/", "groups/new/"))
    for slot in (*portal.cache.store._new.values(), *portal.cache.store._kept.values()):
        assert slot.wish == wish_of(slot.wish.environ())


class CachedClient:
    """Opens an address of the portal, behind its cache."""

    def __init__(self, portal: Cached) -> None:
        self.portal = portal

    def get(self, path):
        told = self.portal.ask(path, accept_encoding="br")
        return SimpleNamespace(path=path, status_code=told.status, plain=told.plain)


def test_every_public_page_is_the_same_as_djangos_own(portal, content_rows):
    with transaction.atomic():
        content_rows.put_back()
    fill()
    close_windows()
    portal.second()
    client, seen = CachedClient(portal), 0
    for page in public_pages():
        first = open_page(client, page)
        path = first.path
        again, own = portal.ask(path, accept_encoding="br"), ask(portal.django, path)
        seen += again.state == "hit"

        assert again.state == ("hit" if page.rule.kept else "bypass"), path
        assert first.plain == again.plain, path
        if not re.search(rb"as_of|datetime=", own.plain):
            assert again.plain == own.plain, path
        expected = {name: value for name, value in own.headers.items() if name not in OF_A_SHAPE}
        assert {name: value for name, value in again.headers.items() if name not in OF_A_SHAPE} == expected, path
    assert seen > 60


OF_A_SHAPE = {"ETag", "Content-Length", "Content-Encoding", "Vary", "Server-Timing"}


def test_kept_pages_ask_for_nothing_of_a_visitor(portal, monkeypatch):
    """No view behind the cache looks at an address: the request that makes a page has none."""
    monkeypatch.setattr("blueheart.limits.addresses.client_address", lambda request: 1 / 0)
    assert connection.vendor == "postgresql"
    for name in ("campaigns:home", "pledges:hearts", "office:tracker", "donations:donors"):
        assert portal.ask(reverse(name)).status == 200
