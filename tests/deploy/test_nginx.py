"""deploy/nginx: what it keeps and for whom, what it passes on, and what it turns away."""

import gzip
import subprocess
import time

import pytest

from benchmarks import nginx, stage
from tests.deploy.conftest import PUBLIC, App


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
    for somebody in ({"Cookie": "a=b; sessionid=ada"}, {"Authorization": "Bearer token"}):
        assert front.ask("/en/", **somebody).body == b"for Ada"
    assert front.ask("/en/").body == b"for all"


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
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert front.ask("/media/../static/").status == 403


def test_log_holds_no_address_and_nothing_that_opens_a_page(front):
    token = "x-9_" * 11
    front.ask(f"/en/pledge/confirm/{token}/?next={token}")
    line = front.logged("/en/pledge/confirm/")
    assert token not in line
    assert line.startswith("127.0.0.0 [")
    assert '"GET /en/pledge/confirm/..." 200' in line


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
