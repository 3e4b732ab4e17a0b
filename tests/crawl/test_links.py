"""The crawl's own judgement, on a small site that has every mistake."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.crawl.links import MOST_QUERIES, Crawl, Document

PAGES = {
    "/": '<a href="/good/#place">1</a> <a href="gone/">2</a> <img src="/missing.png" srcset="/a.png 1x, /b.png 2x">',
    "/good/": '<p id="place">here</p> <a href="/#nowhere">up</a> <a href="/moved/#place">moved</a>',
}
MOVED = {"/moved/": "/good/", "/round/": "/round/", "/away/": "https://elsewhere.example/"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = self.path.partition("?")[0]
        if path in MOVED:
            self._answer(302, "", Location=MOVED[path])
        elif path in self.server.pages:
            self._answer(200, self.server.pages[path].replace("HOST", self.headers["Host"]))
        else:
            self._answer(404, "not found")

    def _answer(self, status, html, **headers):
        body = html.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "text/html", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """The test's output is not a server's log."""


@pytest.fixture
def crawl() -> Iterator:
    """Crawl pages, by path and HTML."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def crawl(pages, *, seeds=("/",), **kwargs) -> Crawl:
        server.pages = pages
        done = Crawl(f"http://127.0.0.1:{server.server_port}", **kwargs)
        done.run(seeds)
        return done

    yield crawl
    server.shutdown()
    server.server_close()


def test_dead_links_and_dead_places_are_found_where_they_stand(crawl):
    found = crawl(PAGES).findings

    assert {(finding.rule, finding.address, finding.detail) for finding in found} == {
        ("link: answers 404", "/", "/gone/"),
        ("link: answers 404", "/", "/missing.png"),
        ("link: answers 404", "/", "/a.png"),
        ("link: answers 404", "/", "/b.png"),
        ("link: no such place in the page", "/good/", "/#nowhere"),
    }


def test_redirects_are_followed_and_places_looked_for_behind_them(crawl):
    done = crawl({"/": '<a href="/moved/#none">x</a>', "/good/": '<p id="place">'})

    assert [(finding.rule, finding.detail) for finding in done.findings] == [
        ("link: no such place in the page", "/moved/#none")
    ]


def test_a_redirect_that_never_ends_is_found(crawl):
    assert [finding.detail for finding in crawl({"/": '<a href="/round/">x</a>'}).findings] == ["/round/"]


def test_other_sites_are_noted_and_never_asked(crawl):
    done = crawl(
        {"/": '<a href="https://elsewhere.example/page">x</a> <a href="/away/">y</a> <a href="mailto:a@b.c">z</a>'}
    )

    assert done.findings == []
    assert done.elsewhere == {"https://elsewhere.example/page", "https://elsewhere.example/"}
    assert set(done.answers) == {"/", "/away/"}


@pytest.mark.parametrize(
    "loaded",
    [
        '<img src="//cdn.example/a.png">',
        '<script src="https://cdn.example/a.js">',
        '<link rel="stylesheet" href="https://cdn.example/a.css">',
    ],
)
def test_what_is_loaded_from_elsewhere_is_found(crawl, loaded):
    assert [finding.rule for finding in crawl({"/": loaded}).findings] == ["link: loaded from elsewhere"]


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<a href="http://HOST/">home</a>', ["link: whole address of this site"]),
        ('<link rel="canonical" href="http://HOST/">', []),
        ('<link rel="alternate" hreflang="fr" href="http://HOST/fr/">', ["link: answers 404"]),
        ('<meta property="og:image" content="http://HOST/share.png">', ["link: answers 404"]),
    ],
)
def test_only_machines_are_told_whole_addresses(crawl, html, found):
    assert [finding.rule for finding in crawl({"/": html}).findings] == found


@pytest.mark.parametrize(
    "html", ['<form action="/gone/">', '<button formaction="/gone/">', '<svg><use href="/gone/#a"/></svg>']
)
def test_forms_buttons_and_drawings_have_addresses_too(crawl, html):
    assert [finding.detail for finding in crawl({"/": html}).findings] == ["/gone/"]


def test_a_wall_of_filters_ends(crawl):
    links = " ".join(f'<a href="/?page={number}">x</a>' for number in range(MOST_QUERIES + 30))

    done = crawl({"/": links})

    assert (len(done.answers), done.left_out) == (MOST_QUERIES + 1, 30)


def test_pages_that_are_not_wanted_are_not_asked(crawl):
    done = crawl(PAGES, wanted=lambda path: path == "/good/")

    assert set(done.answers) == {"/", "/good/"}


def test_pages_are_those_of_html_under_their_own_address(crawl):
    assert set(crawl(PAGES).pages()) == {"/", "/good/"}


def test_places_are_ids_and_old_names():
    document = Document('<p id="a">x</p><a name="b">y</a><input name="c">')

    assert document.places == {"a", "b"}
