"""Pages for everyone carry nothing of one visitor; pages of one visitor stay out of caches."""

import gzip

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.test import Client
from django.urls import path

from blueheart import urls as site
from blueheart.headers import PERMISSIONS_POLICY
from blueheart.pages import form_page, public_page, token_page
from blueheart.pages.kinds import PublicPageSetsCookieError
from blueheart.pages.middleware import CompressionMiddleware


@public_page
def public(request: HttpRequest) -> HttpResponse:
    return render(request, "base.html")


@public_page
def public_with_cookie(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("hello")
    response.set_cookie("visitor", "sam")
    return response


@public_page
def public_with_form(request: HttpRequest) -> HttpResponse:
    get_token(request)
    return HttpResponse("hello")


@public_page
def public_rendered_late(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "office/door.html", {"user": {"is_authenticated": True}})


@public_page
def public_with_session(request: HttpRequest) -> HttpResponse:
    request.session["seen"] = True
    return HttpResponse("hello")


@public_page
def missing(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=404)


@form_page
def form(request: HttpRequest) -> HttpResponse:
    return HttpResponse(get_token(request))


@token_page
def secret(request: HttpRequest) -> HttpResponse:
    return HttpResponse(get_token(request))


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError("broken")


urlpatterns = [
    path("public/", public),
    path("broken/", broken),
    path("cookie/", public_with_cookie),
    path("with-form/", public_with_form),
    path("late/", public_rendered_late),
    path("session/", public_with_session),
    path("missing/", missing),
    path("form/", form),
    path("secret/", secret),
    *site.urlpatterns,
]


@pytest.fixture(autouse=True)
def _these_pages(settings):
    settings.ROOT_URLCONF = __name__


def test_public_page_may_be_kept_by_anyone_and_touches_neither_session_nor_database(client):
    answer = client.get("/public/")

    assert answer.headers["Cache-Control"] == "public, max-age=0, s-maxage=1, stale-while-revalidate=1"
    assert not answer.cookies
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert answer.headers["ETag"]


def test_public_page_is_the_same_for_a_visitor_who_brings_cookies(client, db):
    plain = client.get("/public/").content
    client.cookies["sessionid"] = "x" * 32
    client.cookies["csrftoken"] = "x" * 32
    client.cookies["messages"] = "x"

    answer = client.get("/public/")

    assert answer.content == plain
    assert not answer.cookies


@pytest.mark.parametrize("cookie", ["sessionid=x", "csrftoken=x", "sessionid=x; csrftoken=<b>"])
def test_public_page_answers_cookies_that_are_broken_as_none_at_all(client, cookie, db):
    """Another application of the same host leaves them; an answer to them would be kept for everyone."""
    answer = client.get("/public/", headers={"Cookie": cookie})

    assert answer.status_code == 200
    assert not answer.cookies
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_public_page_that_was_seen_before_is_not_sent_again(client):
    tag = client.get("/public/").headers["ETag"]

    assert client.get("/public/", headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("address", ["/cookie/", "/with-form/", "/late/", "/session/"])
def test_public_page_that_would_be_one_visitors_own_fails_loudly(client, address, db):
    with pytest.raises(PublicPageSetsCookieError):
        client.get(address)


def test_public_page_that_is_missing_is_not_kept(client):
    assert client.get("/missing/").headers["Cache-Control"] == "private, no-store"


def test_public_page_takes_no_post(client):
    assert client.post("/public/").status_code == 405


def test_form_page_is_kept_by_nobody_and_refuses_a_post_without_its_token():
    client = Client(enforce_csrf_checks=True)

    assert client.get("/form/").headers["Cache-Control"] == "private, no-store"
    assert client.post("/form/").status_code == 403


def test_token_page_tells_its_address_to_nobody(client):
    answer = client.get("/secret/")

    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Cache-Control"] == "private, no-store"


ANSWERS = ["/public/", "/form/", "/secret/", "/missing/", "/healthz", "/nowhere/", "/robots.txt", "/broken/"]


@pytest.mark.parametrize("address", [*ANSWERS, "/api/v1/nowhere", "/stripe/webhook/", "/csp-report/"])
def test_every_answer_says_what_a_browser_may_not_do(client, address):
    client.raise_request_exception = False
    headers = client.get(address).headers

    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Permissions-Policy"] == PERMISSIONS_POLICY
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == ("cross-origin" if "/api/" in address else "same-origin")
    assert headers["Referrer-Policy"] == ("same-origin" if address == "/secret/" else "strict-origin-when-cross-origin")


def test_static_files_say_it_too_and_may_be_used_in_frames_without_an_origin(client):
    """The counter's frame has none, where another site sandboxes it: its stylesheet is one of another origin there."""
    headers = client.head("/static/css/site.css").headers

    assert headers["Content-Security-Policy"].startswith("default-src 'none'; frame-ancestors 'none'")
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Permissions-Policy"] == PERMISSIONS_POLICY
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Content-Type"] == 'text/css; charset="utf-8"'


def test_root_sends_the_visitor_to_their_language_without_a_cookie(client):
    answer = client.get("/", headers={"Accept-Language": "pt-BR,en;q=0.5"})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/pt/")
    assert answer.headers["Vary"] == "Accept-Language"
    assert not answer.cookies


@pytest.mark.parametrize(
    ("wanted", "home"),
    [("zh-CN", "/zh-hans/"), ("ar", "/ar/"), ("de", "/en/"), ("", "/en/"), ("x" * 5000, "/en/"), (";;q=,", "/en/")],
)
def test_root_finds_a_language_for_everyone(client, wanted, home):
    assert client.get("/", headers={"Accept-Language": wanted}).headers["Location"] == home


def test_root_goes_by_nothing_that_a_cache_does_not_know(client):
    """Mallory fills a shared cache: whoever asks for English next gets the answer that she got."""
    cookies = "django_language=ru; csrftoken=x; sessionid=x"

    answer = client.get("/", headers={"Accept-Language": "en", "Cookie": cookies})

    assert answer.headers["Location"] == "/en/"
    assert answer.headers["Vary"] == "Accept-Language"
    assert not answer.cookies


def test_root_is_found_again_by_a_cache_for_each_language(client):
    assert client.get("/").headers["Cache-Control"] == "public, max-age=300"


def test_refused_form_is_explained_to_the_visitor():
    client = Client(enforce_csrf_checks=True)

    answer = client.post("/form/")

    assert answer.status_code == 403
    assert "<form" not in answer.content.decode()
    assert "csrf" not in answer.content.decode().lower()


@pytest.mark.parametrize(("path", "varies"), [("/", True), ("/sitemap.xml", False), ("/api/v1/countries", False)])
def test_only_the_way_in_depends_on_the_visitors_languages(client, db, path, varies):
    answer = client.get(path, headers={"accept-language": "ar"})

    assert "public" in answer["Cache-Control"]
    assert ("Accept-Language" in answer.get("Vary", "")) is varies


def test_form_is_compressed_with_random_bytes_and_found_unchanged_all_the_same(client):
    asked = {"Accept-Encoding": "gzip", "Cookie": f"csrftoken={'x' * 32}"}
    answers = [client.get("/en/wear/", headers=asked) for _time in range(12)]

    assert {answer.headers["Content-Encoding"] for answer in answers} == {"gzip"}
    assert {gzip.decompress(answer.content) for answer in answers} == {client.get("/en/wear/").content}
    assert len({len(answer.content) for answer in answers}) > 1, "lengths tell what they hold"
    known = asked | {"If-None-Match": answers[0].headers["ETag"]}
    assert client.get("/en/wear/", headers=known).status_code == 304


def test_what_streams_and_pictures_go_out_as_they_are(rf):
    kinds = [StreamingHttpResponse([b"a" * 500]), HttpResponse(b"a" * 500, content_type="image/png")]
    for answer in kinds:
        compressing = CompressionMiddleware(lambda _request, answer=answer: answer)

        assert "Content-Encoding" not in compressing(rf.get("/", headers={"Accept-Encoding": "gzip"})).headers
