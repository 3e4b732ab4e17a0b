"""deploy/nginx: what it keeps and for whom, what it passes on, and what it turns away."""

import contextlib
import gzip
import http.client
import socket
import ssl
import subprocess
import time

import pytest

from benchmarks import nginx, stage
from blueheart.headers import PERMISSIONS_POLICY, POLICY_OF_FILES
from tests.deploy.conftest import PUBLIC, App

EVERYWHERE = [
    "Strict-Transport-Security",
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Referrer-Policy",
    "Permissions-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
]


@pytest.mark.parametrize("kind", ["tls", "behind-tls"])
def test_configuration_is_valid_with_tls_and_behind_it(kind, tmp_path):
    folder = tmp_path / "nginx"
    values = nginx.values(8000, stage.free_port(), folder, FRONT=kind)
    certificate = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    certificate += ["-subj", "/CN=localhost", "-keyout", values["TLS_KEY"], "-out", values["TLS_CERTIFICATE"]]
    subprocess.run(certificate, check=True, capture_output=True)
    main = nginx.written(folder, values)

    check = [stage.tool("nginx", "nginx"), "-t", "-q", "-p", str(folder), "-c", str(main)]
    checked = subprocess.run([*check, "-g", f"pid {folder}/pid;"], check=False, capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_public_page_is_asked_for_once_for_each_encoding_however_browsers_spell_it(front, app):
    app.says("/en/", **PUBLIC)
    spelled = ["gzip, deflate, br", "br;q=1.0, gzip;q=0.8", "br", "BR", "gzip", "gzip, br;q=0", "deflate", "", "*;q=0"]
    for encoding in spelled * 3:
        assert front.ask("/en/", Accept_Encoding=encoding, Cookie="csrftoken=abc").body == b"a page"
    front.ask("/en/", "HEAD")

    assert sorted(request.get("Accept-Encoding", "") for request in app.requests) == ["", "br", "gzip"]


def test_signed_in_visitors_and_their_pages_pass_by_the_cache(front, app):
    app.says("/en/", b"for all", **PUBLIC)
    front.ask("/en/")
    app.says("/en/", b"for Ada", **PUBLIC)
    cookies = ["a=b; sessionid=ada", "sessionid=ada; a=b", "__Host-sessionid=ada", "a=b;__Host-sessionid=ada"]
    for somebody in (*({"Cookie": cookie} for cookie in cookies), {"Authorization": "Bearer token"}):
        assert front.ask("/en/", **somebody).body == b"for Ada", somebody
    for nobody in ({}, {"Cookie": "a=b; csrftoken=abc"}, {"Cookie": "not-a-sessionid=x; __Host-csrftoken=abc"}):
        assert front.ask("/en/", **nobody).body == b"for all", nobody


def test_page_of_one_visitor_is_never_kept(front, app):
    answers = {
        "/sets-a-cookie/": PUBLIC | {"Set-Cookie": "visitor=1"},
        "/depends-on-language/": PUBLIC | {"Vary": "Accept-Language"},
        "/depends-on-a-cookie/": PUBLIC | {"Vary": "Accept-Encoding, Cookie"},
        "/private/": {"Cache-Control": "private, no-store"},
        "/says-nothing/": {},
    }
    for path, headers in answers.items():
        app.says(path, **headers)
        front.ask(path)
        front.ask(path)
    assert app.asked == dict.fromkeys(answers, 2)


def test_pages_outlive_the_app_but_not_their_removal(front, app):
    for path in ("/en/hearts/1/", "/en/hearts/2/"):
        app.says(path, b"a heart", Cache_Control="public, max-age=0, s-maxage=1")
        front.ask(path)
    time.sleep(2.01)  # nginx counts whole seconds

    app.says("/en/hearts/1/", b"gone", status=404, Cache_Control="private, no-store")
    app.says("/en/hearts/2/", b"broken", status=500, Cache_Control="private, no-store")
    assert front.ask("/en/hearts/1/").status == 404
    assert front.ask("/en/hearts/2/").body == b"a heart"

    port = app.server_port
    app.close()
    assert front.ask("/en/hearts/2/").body == b"a heart"
    assert front.ask("/en/about/").status == 502

    again = App(port)
    again.says("/en/hearts/2/", b"changed", **PUBLIC)
    assert front.ask("/en/hearts/2/").body == b"changed"
    again.close()


def test_app_learns_where_a_visitor_comes_from_once_and_by_which_scheme(front, app):
    front.ask("/en/donate/", X_Forwarded_For="203.0.113.9", Proxy="http://example.org")
    seen = app.requests[-1]
    assert seen.get_all("X-Forwarded-For") == ["203.0.113.9, 127.0.0.1"]
    assert seen.get_all("X-Forwarded-Proto") == ["https"]
    assert seen.get_all("Host") == ["localhost"]
    assert len(seen["X-Request-ID"]) == 32
    assert "Proxy" not in seen


def test_headers_stand_once_and_nobody_says_what_serves(front, app):
    app.says("/en/", X_Content_Type_Options="nosniff", Content_Type="text/html", **PUBLIC)
    answer = front.ask("/en/")
    assert answer.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    assert answer.headers["Server"] == "nginx"


def told(answer, *, but=()):
    """What an answer tells browsers, each header exactly once."""
    several = {name: answer.headers.get_all(name) for name in EVERYWHERE if name not in but}
    assert {name: values for name, values in several.items() if values is None or len(values) != 1} == {}
    return {name: values[0] for name, values in several.items()}


def test_what_nginx_answers_by_itself_tells_browsers_what_the_app_would(front, app):
    (front.kept / "static" / "site.css").write_bytes(b"a{}")
    (front.kept / "media" / "heart.png").write_bytes(b"content")
    answers = {
        "/static/site.css": front.ask("/static/site.css"),
        "/static/none.css": front.ask("/static/none.css"),
        "/media/heart.png": front.ask("/media/heart.png"),
        "/media/none.png": front.ask("/media/none.png"),
        "/metrics": front.ask("/metrics"),
        "413": front.ask("/csp-report/", "POST", b"x" * 20 * 1024),
        "429": [front.ask("/csp-report/", "POST", b"{}") for _ in range(30)][-1],
    }
    app.close()
    answers["502"] = front.ask("/en/")

    assert [answer.status for answer in answers.values()] == [200, 404, 200, 404, 404, 413, 429, 502]
    for path, answer in answers.items():
        said = told(answer)
        assert said["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
        assert said["Permissions-Policy"] == PERMISSIONS_POLICY
        assert said["Cross-Origin-Resource-Policy"] == ("cross-origin" if "static" in path else "same-origin")
        policy = "default-src 'none'; frame-ancestors 'none'; sandbox" if "media" in path else POLICY_OF_FILES
        assert said["Content-Security-Policy"] == policy


def test_what_the_app_tells_browsers_is_neither_doubled_nor_mended(front, app):
    """The counter is framed by others on purpose: it lacks what nginx would say."""
    own = dict.fromkeys(EVERYWHERE, "the app's own") | {"X-Content-Type-Options": "nosniff"}
    app.says("/en/", **PUBLIC, **own)
    app.says("/embed/counter/", **PUBLIC, X_Content_Type_Options="nosniff")
    for _time in range(2):  # the second one is kept
        assert told(front.ask("/en/")) == own
        framed = front.ask("/embed/counter/")
        assert [name for name in EVERYWHERE if name in framed.headers] == ["X-Content-Type-Options"]
    assert app.asked == {"/en/": 1, "/embed/counter/": 1}


def test_metrics_are_not_reached_from_outside(front, app):
    for path in ("/metrics", "/metrics/", "/%6detrics", "//metrics", "/en/../metrics", "/metrics?a=b"):
        assert front.ask(path).status == 404, path
    assert not app.requests


def test_probes_ask_by_address_and_nobody_else_is_answered_by_one(front, app):
    for path in ("/healthz", "/readyz"):
        assert front.ask(path, host="10.0.0.7").status == 200
        assert app.requests[-1]["Host"] == "localhost"
    with pytest.raises(ConnectionError):
        front.ask("/en/", host="10.0.0.7")


def test_machines_that_post_are_stopped_and_stripe_is_not(front, app):
    def refused(path, times, **headers):
        return sum(front.ask(path, "POST", b"{}", **headers).status == 429 for _ in range(times))

    assert refused("/stripe/webhook/", 150, Stripe_Signature="t=1,v1=abc") == 0
    assert refused("/stripe/webhook/", 20) > 10
    assert refused("/csp-report/", 40) > 10
    assert refused("/en/pledge/", 60) == 0
    assert refused("/en/pledge/", 40) > 10
    assert front.ask("/en/pledge/").status == 200


def test_what_is_made_anew_has_a_limit_and_what_lies_there_has_none(front):
    (front.kept / "static" / "heart.svg").write_bytes(b"<svg/>")

    def refused(path):
        return sum(front.ask(path).status == 429 for _ in range(140))

    assert refused("/static/heart.svg") == refused("/en/about/") == 0
    assert refused("/en/hearts/1/card.png") > 10
    assert front.ask("/en/search/?q=help").status == 429  # all that is made counts together
    assert front.ask("/api/v1/stats").status == 429


def test_readiness_costs_the_database_little_however_often_it_is_asked(front, app):
    assert sum(front.ask("/readyz").status == 429 for _ in range(40)) > 10
    assert sum(front.ask("/healthz").status == 429 for _ in range(40)) == 0


def test_visitors_behind_a_balancer_are_told_apart(front_behind_a_balancer, app):
    front = front_behind_a_balancer

    def refused(address, times):
        asked = {"X_Forwarded_For": f"198.51.100.99, {address}"}  # what stands left was written by the visitor
        return sum(front.ask("/en/pledge/", "POST", b"a=b", **asked).status == 429 for _ in range(times))

    assert refused("203.0.113.9", 90) > 10
    assert refused("203.0.113.8", 50) == 0
    assert app.requests[-1]["X-Forwarded-For"].split(", ")[-2:] == ["203.0.113.8"] * 2
    assert front.logged("203.0.113.0")


def test_request_that_never_ends_is_let_go(hasty_front, app):
    """Slowloris: a header, or a body, a byte at a time; the app hears of neither."""
    port = hasty_front.server.port
    for said in (
        b"GET /en/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        b"POST /en/pledge/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\na",
    ):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            line.sendall(said)
            began = time.monotonic()
            with contextlib.suppress(ConnectionResetError):
                line.recv(1024)
            assert time.monotonic() - began < 5
    assert not app.requests


def test_name_that_is_none_of_ours_is_not_answered_over_tls(app, tmp_path, monkeypatch):
    monkeypatch.setattr(nginx, "HOME", tmp_path)
    monkeypatch.setattr(stage, "HOME", tmp_path)
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    make += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*make, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    port = stage.free_port()
    tls = {"FRONT": "tls", "HTTPS_PORT": f"127.0.0.1:{port}", "TLS_KEY": str(key), "TLS_CERTIFICATE": str(certificate)}

    def ask(host):
        trusting = ssl.create_default_context(cafile=str(certificate))
        connection = http.client.HTTPSConnection("localhost", port, context=trusting, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", "/metrics", headers={"Host": host})
            return connection.getresponse()

    with nginx.front(app.server_port, **tls) as plain:
        app.requests.clear()
        ours, anothers = ask("localhost"), ask("mallory.example")
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", plain.port, timeout=10)) as connection:
            connection.request("GET", "/en/?q=x", headers={"Host": "localhost"})
            sent_on = connection.getresponse()
    assert (ours.status, anothers.status) == (404, 421)
    assert ours.headers.get_all("Strict-Transport-Security") == ["max-age=31536000; includeSubDomains; preload"]
    assert (sent_on.status, sent_on.headers["Location"]) == (301, "https://localhost/en/?q=x")
    assert "Strict-Transport-Security" not in sent_on.headers  # RFC 6797, 7.2: never over plain HTTP
    assert not app.requests


def test_body_has_the_size_its_address_needs(front):
    for path, kilobytes, status in (
        ("/stripe/webhook/", 250, 200),
        ("/stripe/webhook/", 300, 413),
        ("/en/hearts/keep/", 5500, 200),
        ("/en/hearts/keep/", 7000, 413),
        ("/staff/resources/", 7000, 200),
        ("/csp-report/", 20, 413),
    ):
        answer = front.ask(path, "POST", b"x" * kilobytes * 1024, Stripe_Signature="t=1")
        assert (path, kilobytes, answer.status) == (path, kilobytes, status)


def test_static_files_are_compressed_beforehand_and_hashed_ones_stay_for_a_year(front):
    static = front.kept / "static"
    (static / "site.0123456789ab.css").write_bytes(b"a{}")
    (static / "site.0123456789ab.css.gz").write_bytes(gzip.compress(b"compressed before"))
    (static / "site.css").write_bytes(b"a{}")

    hashed = front.ask("/static/site.0123456789ab.css", Accept_Encoding="gzip")
    assert gzip.decompress(hashed.body) == b"compressed before"
    assert hashed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert hashed.headers["Vary"] == "Accept-Encoding"
    assert front.ask("/static/site.css").headers["Cache-Control"] == "public, max-age=60"
    assert not front.app.requests


def test_uploaded_files_cannot_run_as_ours(front):
    media = front.kept / "media"
    for name in ("heart.png", "page.html", "drawing.svg"):
        (media / name).write_bytes(b"content")

    shown, page, drawing = (front.ask(f"/media/{name}") for name in ("heart.png", "page.html", "drawing.svg"))
    assert "Content-Disposition" not in shown.headers
    assert shown.headers["Cache-Control"] == "public, max-age=3600"
    for answer in (page, drawing):
        assert answer.headers["Content-Disposition"] == "attachment"
        assert "Cache-Control" not in answer.headers
    for answer in (shown, page, drawing):
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert front.ask("/media/../static/").status == 403


def test_log_holds_no_address_and_nothing_that_opens_a_page(front):
    token, broken = "x-9_" * 11, "tOkEn-that-a-mail-broke"
    secrets = {
        f"/en/pledge/confirm/{token}/": "/en/pledge/confirm/...",
        f"/fr/pledge/manage/{broken}/": "/fr/pledge/manage/...",
        f"/zh-hans/pledge/kept/{broken}/thanks/": "/zh-hans/pledge/kept/...",
        f"/en/giving/{broken}": "/en/giving/...",
        f"/en/giving/%74{broken[1:]}/": "/en/giving/...",
        f"/en/g%69ving/{broken}/": "/en/giving/...",
        f"/en/groups/keep/{broken}/": "/en/groups/keep/...",
        f"/staff/password/{token}/": "/staff/password/...",
    }
    plain = ["/en/giving/home/", "/en/pledge/manage/data/erase/", "/en/groups/spring-school/join/", "/en/giving/"]
    for number, path in enumerate([*secrets, *plain]):
        front.ask(f"{path}?q={number}-where-can-i-hide", Referer=f"https://localhost/en/giving/{token}/")
    front.ask("/en/pledge/", "POST", b"email=dora@example.org")
    for path in [*secrets.values(), *plain, "POST /en/pledge/"]:
        front.logged(f'{path}"')
    lines = [line for line in front.log.read_text().splitlines() if "/healthz" not in line]

    asked = sorted(line.split('"')[1] for line in lines)
    assert asked == sorted([*(f"GET {path}" for path in [*secrets.values(), *plain]), "POST /en/pledge/"])
    assert all(line.startswith("127.0.0.0 [") for line in lines)
    assert [word for word in (token, broken, "hide", "dora", "?") if word in "".join(lines)] == []


def test_app_that_hangs_is_left_alone_and_what_is_kept_is_shown_at_once(impatient_front, app):
    front = impatient_front
    app.says("/en/", b"the home page", Cache_Control="public, max-age=0, s-maxage=1")
    front.ask("/en/")
    time.sleep(2.01)

    app.hangs.set()
    waited = []
    for _ in range(12):
        began = time.monotonic()
        assert front.ask("/en/").body == b"the home page"
        waited.append(time.monotonic() - began)
    assert max(waited[-4:]) < 0.2 < max(waited)
    assert front.ask("/en/pledge/", "POST", b"a=b").status == 200
