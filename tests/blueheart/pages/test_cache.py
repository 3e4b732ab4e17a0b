"""What the cache answers by itself, what it leaves to Django, and what it does when Django or the database fail."""

import threading
import time

import pytest
from django.db import OperationalError

from blueheart.pages.cache.application import EXCUSED_SECONDS, RENEWED_SECONDS, PageCache
from blueheart.pages.cache.watch import Watch
from blueheart.pages.cache.wishes import forget
from tests.blueheart.pages.asking import Database, Hands, ask

HTML = ("Content-Type", "text/html; charset=utf-8")
PUBLIC = ("Cache-Control", "public, max-age=0, s-maxage=2")


class Site:
    """A stand-in for Django that numbers its answers and remembers what it was asked."""

    def __init__(self) -> None:
        self.status = "200 OK"
        self.headers = [HTML, PUBLIC, ("ETag", '"abc"')]
        self.body = "<p>page {number}</p>" + "<p>The same again.</p>" * 50
        self.asked: list[dict] = []
        self.closed = 0
        self.before_answer = lambda: None

    def __call__(self, environ, start_response):
        self.asked.append(dict(environ))
        number = len(self.asked)
        self.before_answer()
        start_response(self.status, list(self.headers))
        return Closing(self, [self.body.format(number=number).encode()])


class Closing(list):
    def __init__(self, site, parts):
        self.site = site
        super().__init__(parts)

    def close(self):
        self.site.closed += 1


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def cache(site, hands, database, monkeypatch) -> PageCache:
    """A cache whose thread is the test: it polls when the test says so, and renews at once."""
    forget()
    watch = Watch(read=database.read, next_moment=database.next_moment, clock=hands.clock, now=hands.now)
    monkeypatch.setattr(watch, "keep_running", lambda: None)
    watch.poll()
    cache = PageCache(site, most_bytes=2**20, watch=watch, clock=hands.clock)
    renewed: list = []
    monkeypatch.setattr(cache._renewer, "soon", renewed.append)
    cache.to_renew = renewed
    return cache


def renew(cache) -> None:
    """What the renewing thread would do now."""
    while cache.to_renew:
        cache._renew(cache.to_renew.pop())


# Hits


def test_page_is_made_once_and_then_answered_without_django(cache, site):
    told = [ask(cache, accept_encoding="br") for _time in range(4)]

    assert [each.state for each in told] == ["miss", "hit", "hit", "hit"]
    assert len({(each.status, each.plain) for each in told}) == 1
    assert len(site.asked) == site.closed == 1
    assert cache.counts.read() == cache.counts.read() == {"hit": 3, "stale": 0, "miss": 1, "bypass": 0}


def test_page_is_made_from_its_wish_and_from_nothing_of_its_first_visitor(cache, site):
    ask(
        cache, "/en/news/", "page=2&utm_source=mallory&page=3", cookie="csrftoken=secret; a=b", user_agent="Mallory",
        accept_language="ar", x_forwarded_for="198.51.100.1", referer="https://mallory.example/", origin="null",
        if_none_match='"abc"', accept_encoding="gzip", x_whatever="1", accept="text/x",
    )  # fmt: skip
    (environ,) = site.asked

    assert {name: value for name, value in environ.items() if not name.startswith("wsgi.")} == {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/en/news/", "QUERY_STRING": "page=3",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "",
        "HTTP_HOST": "localhost",
    }  # fmt: skip


def test_query_that_the_view_does_not_read_makes_no_other_page(cache, site):
    for query in ("", "utm_source=1", "utm_source=2&fbclid=3", "%ff=%ff", "page"):
        ask(cache, "/en/", query)

    assert len(site.asked) == 1


def test_query_that_the_view_reads_is_the_same_in_any_order(cache, site):
    for query in (
        "topic=law&format=csv",
        "format=csv&topic=law",
        "format=csv&x=1&topic=law",
        "topic=x&topic=law&format=csv",
    ):
        ask(cache, "/en/facts/", query)

    assert [environ["QUERY_STRING"] for environ in site.asked] == ["topic=law&format=csv"]


@pytest.mark.parametrize(
    "other",
    [{"path": "/pt/"}, {"host": "127.0.0.1"}, {"host": "localhost:8000"}, {"scheme": "https"}, {"path": "/en/law/"},
     {"path": "/en/news/", "query": "page=2"}],
)  # fmt: skip
def test_other_wish_is_another_page(cache, site, other):
    ask(cache)
    ask(cache, **other)
    ask(cache, **other)

    assert len(site.asked) == 2


def test_head_is_told_the_same_headers_and_no_body(cache, site):
    head, whole = ask(cache, method="HEAD"), ask(cache)
    again = ask(cache, method="HEAD")

    assert head.body == again.body == b""
    assert again.headers == whole.headers
    assert int(whole.headers["Content-Length"]) == len(whole.body)
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    ("accepted", "encoding"), [("br, gzip", "br"), ("gzip", "gzip"), ("identity", None), ("br;q=0", None)]
)
def test_each_encoding_has_a_tag_and_says_what_it_is(cache, site, accepted, encoding):
    told = ask(cache, accept_encoding=accepted)
    again = ask(cache, accept_encoding=accepted)

    assert told.headers.get("Content-Encoding") == again.headers.get("Content-Encoding") == encoding
    assert told.headers["Vary"] == "Accept-Encoding"
    assert told.headers["ETag"] == (f'"abc-{encoding}"' if encoding else '"abc"')
    assert told.plain == site.body.format(number=1).encode()


def test_weak_tag_names_what_is_said_in_all_encodings(cache, site):
    site.headers[2] = ("ETag", 'W/"figures"')

    assert {ask(cache, accept_encoding=each).headers["ETag"] for each in ("br", "gzip", "identity")} == {'W/"figures"'}


@pytest.mark.parametrize(
    ("known", "status"),
    [('"abc-br"', 304), ('W/"abc-br"', 304), ('"x", "abc-br" , "y"', 304), ("*", 304), ('"abc"', 200),
     ('"abc-gzip"', 200), ("abc-br", 200), ("", 200)],
)  # fmt: skip
def test_page_that_the_browser_has_is_not_sent_again(cache, known, status):
    first = ask(cache, accept_encoding="br", if_none_match=known)
    second = ask(cache, accept_encoding="br", if_none_match=known)

    assert first.status == second.status == status
    if status == 304:
        assert second.body == b""
        assert second.headers["ETag"] == '"abc-br"'
        assert second.headers["Cache-Control"] == PUBLIC[1]
        assert not {"Content-Length", "Content-Encoding", "Content-Type"} & second.headers.keys()


def test_scripts_of_other_sites_may_read_that_nothing_has_changed(cache, site):
    site.headers += [("Access-Control-Allow-Origin", "*"), ("Content-Security-Policy", "default-src 'none'")]
    told = ask(cache, "/api/v1/facts", if_none_match='"abc"')

    assert (told.status, told.headers["Access-Control-Allow-Origin"]) == (304, "*")
    assert "Content-Security-Policy" in told.headers


def test_date_of_a_feed_is_asked_about(cache, site):
    site.headers.append(("Last-Modified", "Sun, 01 Mar 2026 10:00:00 GMT"))

    assert ask(cache, "/en/news/feed/", if_modified_since="Sun, 01 Mar 2026 10:00:00 GMT").status == 304
    assert ask(cache, "/en/news/feed/", if_modified_since="Sun, 01 Mar 2026 09:59:59 GMT").status == 200
    assert ask(cache, "/en/news/feed/", if_modified_since="soon").status == 200


def test_headers_of_the_store_are_not_the_servers_to_change(cache):
    ask(cache)
    told: list = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/en/", "QUERY_STRING": "", "HTTP_HOST": "localhost",
               "wsgi.url_scheme": "http"}  # fmt: skip
    for _time in range(3):
        cache(environ, lambda _status, headers: (headers.append(("Date", "now")), told.append(headers)))

    assert [name for name, _value in told[2]].count("Date") == 1


# Django's own


@pytest.mark.parametrize(
    "request_",
    [
        {"cookie": "sessionid=abc"},
        {"cookie": "x=1; sessionid=abc"},
        {"authorization": "Basic YTpi"},
        {"method": "POST"},
        {"method": "OPTIONS"},
        {"path": "/en/pledge/"},
        {"path": "/"},
        {"path": "/staff/"},
        {"path": "/nowhere/"},
        {"path": "/en/nowhere/"},
        {"path": "/readyz"},
        {"path": "/share/page/home/en.png"},
        {"path": "/en/hearts/AAAAAAAAAA/certificate.pdf"},
        {"path": "/en/" + "x" * 600 + "/"},
        {"query": "q=" + "x" * 2000},
        {"query": "&".join(f"k{number}=" for number in range(200)), "path": "/en/news/" + "x" * 400},
        {"host": "mallory.example"},
        {"host": "localhost:80:80"},
        {"host": ""},
        {"range": "bytes=0-9"},
        {"if_match": '"abc"'},
        {"if_unmodified_since": "Sun, 01 Mar 2026 10:00:00 GMT"},
    ],
)
def test_what_is_no_ones_page_goes_to_django_as_it_is(cache, site, request_):
    ask(cache)
    ask(cache, accept_encoding="br")
    before = len(site.asked)
    told = [ask(cache, **({"user_agent": "Sam"} | request_)) for _time in range(2)]

    assert [each.state for each in told] == ["bypass", "bypass"]
    assert len(site.asked) == before + 2
    assert site.asked[-1]["HTTP_USER_AGENT"] == "Sam"


@pytest.mark.parametrize(
    "header",
    [("Set-Cookie", "a=b"), ("Vary", "Cookie"), ("Vary", "Accept-Encoding, Accept-Language"), ("Vary", "*"),
     ("Cache-Control", "private, no-store"), ("Cache-Control", "max-age=0"), ("Cache-Control", "public, no-cache"),
     ("Content-Encoding", "gzip")],
)  # fmt: skip
def test_answer_that_is_not_for_everyone_is_never_kept(cache, site, header):
    site.headers = [HTML, header] if header[0] == "Cache-Control" else [HTML, PUBLIC, header]
    told = [ask(cache) for _time in range(3)]

    assert [each.state for each in told] == ["bypass"] * 3
    assert len(site.asked) == 3
    assert len(cache.store) == 0


@pytest.mark.parametrize("status", ["404 Not Found", "301 Moved Permanently", "403 Forbidden", "206 Partial Content"])
def test_only_pages_that_are_there_are_kept(cache, site, status):
    site.status = status

    assert [ask(cache).status for _time in range(2)] == [int(status[:3])] * 2
    assert len(site.asked) == 2


def test_secure_redirect_holds_beside_the_page(cache, site, settings):
    ask(cache, scheme="https")
    site.status, site.headers = "301 Moved Permanently", [("Location", "https://localhost/en/")]

    assert ask(cache, scheme="http").status == 301
    assert ask(cache, scheme="https").state == "hit"


@pytest.mark.parametrize("proxies", [True, False])
def test_scheme_is_told_by_our_own_proxy_alone(cache, site, settings, proxies):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if proxies else None
    ask(cache, x_forwarded_proto="https")
    ask(cache)

    assert len(site.asked) == (2 if proxies else 1)
    assert site.asked[0].get("HTTP_X_FORWARDED_PROTO") == ("https" if proxies else None)


def test_former_page_goes_when_its_address_leads_elsewhere(cache, site, hands, database):
    ask(cache)
    database.change()
    hands.turn(3)
    cache.watch.poll()
    site.status = "404 Not Found"

    assert [ask(cache).status for _time in range(2)] == [404, 404]
    assert len(cache.store) == 0


# Freshness


def test_changed_page_is_shown_for_a_moment_while_one_thread_makes_the_new_one(cache, site, hands, database):
    first = ask(cache)
    database.change()
    hands.turn(1)
    cache.watch.poll()
    stale = [ask(cache) for _time in range(3)]

    assert [each.state for each in stale] == ["stale"] * 3
    assert {each.plain for each in stale} == {first.plain}
    assert len(site.asked) == 1
    renew(cache)
    assert ask(cache).state == "hit"
    assert b"page 2" in ask(cache).plain


def test_who_has_sent_a_form_finds_what_they_wrote(cache, site, database):
    """Others are shown the former page for a moment; nobody has polled since the change."""
    ask(cache)
    database.change()
    own = ask(cache, cookie="csrftoken=sam")

    assert own.state == "miss"
    assert b"page 2" in own.plain
    assert [ask(cache, cookie="csrftoken=sam").state, ask(cache).state] == ["hit", "hit"]


def test_who_has_sent_a_form_does_not_wait_for_a_database_that_is_gone(cache, site, hands, database):
    first = ask(cache)
    database.gone = OperationalError("gone")
    hands.turn(1)
    cache.watch.poll()
    monitored = cache.watch._read
    cache.watch._read = lambda: 1 / 0

    assert ask(cache, cookie="csrftoken=sam").plain == first.plain
    cache.watch._read = monitored


def test_no_page_is_shown_beyond_the_bound(cache, site, hands, database):
    ask(cache)
    database.change()
    hands.turn(1)
    cache.watch.poll()
    hands.turn(0.99)
    assert ask(cache).state == "stale"
    hands.turn(0.02)

    told = ask(cache)

    assert told.state == "miss"
    assert b"page 2" in told.plain


def test_page_that_was_forgotten_for_long_is_never_shown_stale(cache, hands, database):
    """Its bound began when the first change was seen, not when somebody asked again."""
    ask(cache)
    for _second in range(1800):
        database.change()
        hands.turn(1)
        cache.watch.poll()

    assert ask(cache).state == "miss"


def test_page_without_counts_stays_while_numbers_change(cache, site, hands, database):
    ask(cache, "/en/law/")
    ask(cache, "/en/")
    database.change(numbers=True)
    hands.turn(3)
    cache.watch.poll()

    assert ask(cache, "/en/law/").state == "hit"
    assert ask(cache, "/en/").state == "miss"


def test_change_while_a_page_is_made_makes_it_again(cache, site, hands, database):
    """What was committed after Django read is not in the page: it must not count as made with it."""

    def change():
        database.change()
        hands.turn(1)
        cache.watch.poll()

    site.before_answer = change
    ask(cache)
    site.before_answer = lambda: None
    hands.turn(1.5)

    assert ask(cache).state == "miss"


def test_page_is_made_again_now_and_then_even_if_nothing_seems_to_have_changed(cache, hands):
    ask(cache)
    for _second in range(int(RENEWED_SECONDS)):
        hands.turn(1)
        cache.watch.poll()

    assert ask(cache).state == "stale"
    renew(cache)
    assert b"page 2" in ask(cache).plain


def test_renewed_page_is_ready_in_the_encodings_that_were_asked_for(cache, hands, database):
    for accepted in ("br", "gzip"):
        ask(cache, accept_encoding=accepted)
    database.change()
    hands.turn(1)
    cache.watch.poll()
    ask(cache)
    renew(cache)
    (slot,) = cache.store._new.values()

    assert set(slot.page.shapes) >= {"br", "gzip"}


# When something fails


def test_before_the_first_word_of_the_database_all_goes_to_django(site, hands, database, monkeypatch):
    watch = Watch(read=database.read, next_moment=database.next_moment, clock=hands.clock, now=hands.now)
    monkeypatch.setattr(watch, "keep_running", lambda: None)
    cache = PageCache(site, most_bytes=2**20, watch=watch, clock=hands.clock)

    assert [ask(cache).state for _time in range(2)] == ["bypass", "bypass"]
    assert len(cache.store) == 0


def test_without_word_of_the_database_pages_go_out_and_say_so(cache, site, hands, database):
    first = ask(cache)
    database.gone = OperationalError("gone")
    hands.turn(9)
    cache.watch.poll()
    assert ask(cache).state == "hit"
    hands.turn(2)
    cache.watch.poll()
    told = ask(cache)

    assert (told.status, told.state, told.plain) == (200, "stale", first.plain)
    assert told.headers["Warning"].startswith("111 ")
    assert len(site.asked) == 1
    hands.turn(EXCUSED_SECONDS)
    assert ask(cache).state == "bypass"


def test_former_page_stands_in_for_one_that_cannot_be_made(cache, site, hands, database):
    first = ask(cache)
    database.change()
    hands.turn(5)
    cache.watch.poll()
    site.status, site.headers = "500 Internal Server Error", [HTML]
    told = [ask(cache) for _time in range(3)]

    assert [(each.status, each.plain) for each in told] == [(200, first.plain)] * 3
    assert "Warning" in told[0].headers
    assert len(site.asked) == 2, "Django is left alone for a moment"
    hands.turn(3)
    site.status, site.headers = "200 OK", [HTML, PUBLIC]
    ask(cache)
    renew(cache)
    assert ask(cache).state == "hit"
    assert "Warning" not in ask(cache).headers


def test_former_page_is_excused_for_an_hour_and_no_longer(cache, site, hands, database):
    ask(cache)
    database.change()
    site.status = "503 Service Unavailable"
    for _minute in range(61):
        hands.turn(60)
        cache.watch.poll()
        told = ask(cache)
        renew(cache)

    assert told.status == 503


def test_failure_without_a_former_page_is_told_as_it_is(cache, site):
    site.status, site.headers = "500 Internal Server Error", [HTML]

    assert ask(cache).status == 500
    site.status, site.headers = "200 OK", [HTML, PUBLIC]
    assert ask(cache).state == "miss"


# Several at once


def at_once(cache, number: int, **request) -> list:
    told: list = []
    threads = [threading.Thread(target=lambda: told.append(ask(cache, **request))) for _thread in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive(), "it waits for ever"
    return told


def test_many_who_come_at_once_have_one_page_made(cache, site):
    site.before_answer = lambda: time.sleep(0.05)
    told = at_once(cache, 12)

    assert len(site.asked) == 1
    assert {each.plain for each in told} == {site.body.format(number=1).encode()}
    assert sorted(each.state for each in told) == ["hit"] * 11 + ["miss"]


def test_next_one_tries_where_the_first_failed(cache, site):
    def fail_once():
        time.sleep(0.05)
        failed = len(site.asked) == 1
        site.status = "500 Internal Server Error" if failed else "200 OK"

    site.before_answer = fail_once
    told = at_once(cache, 6)

    assert sorted(each.status for each in told) == [200] * 5 + [500]
    assert len(site.asked) == 2


def test_who_waits_for_a_failure_twice_asks_for_themselves_and_nobody_waits_for_ever(cache, site):
    site.status = "500 Internal Server Error"
    site.before_answer = lambda: time.sleep(0.05)

    assert [each.status for each in at_once(cache, 4)] == [500] * 4
    assert len(site.asked) == 4


def test_who_waits_for_what_cannot_be_kept_is_answered_by_django(cache, site):
    site.status = "404 Not Found"
    site.before_answer = lambda: time.sleep(0.05)

    assert [each.status for each in at_once(cache, 4)] == [404] * 4


def test_leader_that_dies_does_not_take_the_page_along(cache, site):
    def die():
        site.before_answer = lambda: None
        raise SystemExit

    site.before_answer = die
    with pytest.raises(SystemExit):
        ask(cache)

    assert ask(cache).state == "miss"


def test_page_that_takes_too_long_is_not_waited_for(cache, site, monkeypatch):
    monkeypatch.setattr("blueheart.pages.cache.application.WAIT_SECONDS", 0.05)
    slow = threading.Event()
    site.before_answer = lambda: slow.wait(10) if len(site.asked) == 1 else None
    first = threading.Thread(target=ask, args=[cache])
    first.start()
    while not site.asked:
        time.sleep(0.001)

    assert ask(cache, user_agent="Sam").state == "bypass"
    slow.set()
    first.join(10)
    assert ask(cache).state == "hit"


def test_threads_of_its_own_poll_and_renew(site, database):
    """The watch and the renewer as they run in a server, with a real clock."""
    watch = Watch(read=database.read, next_moment=database.next_moment)
    cache = PageCache(site, most_bytes=2**20, watch=watch)
    ask(cache)
    until = time.monotonic() + 5
    while ask(cache).state != "hit" and time.monotonic() < until:
        time.sleep(0.01)
    made = len(site.asked)
    database.change()
    while len(site.asked) == made and time.monotonic() < until:
        ask(cache)
        time.sleep(0.01)

    assert len(site.asked) == made + 1
    assert f"page {made + 1}".encode() in ask(cache).plain
