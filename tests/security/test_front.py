"""The front server, asked as an attacker asks: old TLS, two ends of one request, files that are none of the site's."""

import contextlib
import socket
import ssl
import subprocess
import warnings

import pytest
import yaml

from benchmarks import nginx, stage
from tests.deploy.conftest import Front, _needs_nginx, app, front
from tests.portal import ROOT

__all__ = ["_needs_nginx", "app", "front"]
SAYS_NOTHING_OF_FILES = {403, 404}


@pytest.fixture
def tls_site(app, tmp_path, monkeypatch):
    """Production's nginx with a certificate of its own: asked in the clear by `ask`, by TLS at `tls_port`."""
    monkeypatch.setattr(nginx, "HOME", tmp_path)
    monkeypatch.setattr(stage, "HOME", tmp_path)
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    make += ["-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(make, check=True, capture_output=True)
    port = stage.free_port()
    own = {"FRONT": "tls", "HTTPS_PORT": f"127.0.0.1:{port}", "TLS_KEY": str(key), "TLS_CERTIFICATE": str(certificate)}
    own["ACME_ROOT"] = str(tmp_path / "acme")
    with nginx.front(app.server_port, **own) as server:
        site = Front(server, app, tmp_path, tmp_path / "access.log")
        site.tls_port, site.acme = port, tmp_path / "acme"
        app.requests.clear()
        yield site


@pytest.fixture
def tls_port(tls_site) -> int:
    return tls_site.tls_port


def handshake(port: int, *, name: str | None = "localhost", ciphers: str = "", most: ssl.TLSVersion | None = None):
    """The version and the cipher that server and client agree on. Raises `ssl.SSLError` where they do not."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings():  # Python knows better than to ask for these versions
        warnings.simplefilter("ignore", DeprecationWarning)
        client.minimum_version = ssl.TLSVersion.TLSv1
        if most:
            client.maximum_version = most
    client.set_ciphers(ciphers or "ALL:@SECLEVEL=0")
    line = socket.create_connection(("127.0.0.1", port), timeout=10)
    with line, client.wrap_socket(line, server_hostname=name) as secured:
        return secured.version(), secured.cipher()[0]


def raw(port: int, said: bytes) -> bytes:
    """All that the server answers to these bytes, until it closes or has nothing more to say for a moment."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
        line.sendall(said)
        with contextlib.suppress(TimeoutError, ConnectionError):
            while more := line.recv(65536):
                answer += more
    return answer


def test_old_tls_is_refused_and_new_is_preferred(tls_port):
    assert handshake(tls_port)[0] == "TLSv1.3"
    assert handshake(tls_port, most=ssl.TLSVersion.TLSv1_2)[0] == "TLSv1.2"
    for old in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        with pytest.raises(ssl.SSLError):
            handshake(tls_port, most=old)


def test_weak_ciphers_are_refused(tls_port):
    for weak in ("AES128-SHA", "AES256-GCM-SHA384", "ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384"):
        with pytest.raises(ssl.SSLError):
            handshake(tls_port, ciphers=f"{weak}:@SECLEVEL=0", most=ssl.TLSVersion.TLSv1_2)
    agreed = handshake(tls_port, most=ssl.TLSVersion.TLSv1_2)[1]
    assert agreed.startswith("ECDHE-")
    assert "GCM" in agreed or "CHACHA20" in agreed


def test_people_are_sent_on_to_tls_and_programs_are_refused(tls_site, app):
    sent = tls_site.ask("/en/help/?country=PT")
    assert (sent.status, sent.headers["Location"]) == (301, "https://localhost/en/help/?country=PT")
    for path in ("/api/v1/stats", "/stripe/webhook/", "/csp-report/"):
        for method in ("GET", "POST"):
            assert tls_site.ask(path, method).status == 403, path
    assert not app.requests


def test_programs_are_refused_behind_a_balancer_too(front, app):
    assert front.ask("/api/v1/stats", X_Forwarded_Proto="http").status == 403
    assert not app.requests
    assert front.ask("/api/v1/stats").status == 200
    assert front.ask("/en/", X_Forwarded_Proto="http").status == 200  # the app itself sends people on


def test_no_certificate_is_shown_to_who_asks_for_another_name(tls_port):
    for name in ("mallory.example", None):
        with pytest.raises(ssl.SSLError):
            handshake(tls_port, name=name)


def test_trace_is_refused(front, app):
    answer = front.ask("/en/", "TRACE", X_Told="only-to-you")
    assert answer.status == 405
    assert b"only-to-you" not in answer.body
    assert not app.requests


def test_folders_are_not_listed(front):
    (front.kept / "media" / "photos").mkdir()
    (front.kept / "media" / "photos" / "a.webp").write_bytes(b"RIFF")
    for path in ("/static/", "/media/", "/media/photos/", "/media/photos"):
        answer = front.ask(path)
        assert answer.status in {301, *SAYS_NOTHING_OF_FILES}, path
        assert b"a.webp" not in answer.body


def test_files_of_the_project_are_not_served(front, app):
    app.says("/.git/config", status=404)
    for path in ("/static../manage.py", "/static/../manage.py", "/static/%2e%2e/manage.py", "/media../media/x"):
        assert front.ask(path).status in {400, *SAYS_NOTHING_OF_FILES} or app.requests, path
    assert front.ask("/.git/config").status == 404
    (front.kept / "secret.txt").write_text("of the machine")
    (front.kept / "media" / "link.txt").symlink_to("/etc/hostname")
    for path in ("/media/../secret.txt", "/media/..%2fsecret.txt", "/media/%2e%2e/secret.txt", "/static/../secret.txt"):
        assert b"of the machine" not in front.ask(path).body


def test_requests_that_end_in_two_places_are_refused(front, app):
    smuggled = b"GET /smuggled/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = b"POST /en/pledge/ HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\n"
    disputed = [
        head + b"Content-Length: 4\r\nContent-Length: 50\r\n\r\n" + b"a=b&" + smuggled,
        head + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + smuggled,
        head + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + smuggled,
        head + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
        head + b"Content-Length: -1\r\n\r\n" + smuggled,
        head + b"X-Folded: a\r\n b\r\nContent-Length : 4\r\n\r\na=b&" + smuggled,
    ]
    for said in disputed:
        first = raw(front.server.port, said).split(b"\r\n", 1)[0]
        assert first.split()[1:2] in ([b"400"], [b"501"]), (said, first)
    assert not app.requests


def test_the_front_passes_on_to_the_app_alone(front, app):
    """A whole address in the request line, or another host, leads nowhere else."""
    for said in (
        b"GET http://mallory.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"CONNECT mallory.example:443 HTTP/1.1\r\nHost: mallory.example:443\r\n\r\n",
        b"GET /en/ HTTP/1.1\r\nHost: mallory.example\r\n\r\n",
    ):
        assert raw(front.server.port, said)[9:12] in {b"", b"400", b"405"}
    assert not app.requests
    written = "".join(path.read_text() for path in (ROOT / "deploy" / "nginx").rglob("*.conf"))
    passed = {word.strip(" ;") for line in written.splitlines() if (word := line.strip().partition("proxy_pass ")[2])}
    assert passed == {"http://blueheart", "http://blueheart_pages"}


def test_files_say_their_encoding(front):
    for name in ("site.css", "site.js", "heart.svg", "notes.txt"):
        (front.kept / "static" / name).write_text("♥")
        said = front.ask(f"/static/{name}").headers["Content-Type"]
        assert said.endswith("; charset=utf-8"), (name, said)
    (front.kept / "media" / "notes.txt").write_text("♥")
    assert front.ask("/media/notes.txt").headers["Content-Type"] == "text/plain; charset=utf-8"
    (front.kept / "media" / "heart.png").write_bytes(b"\x89PNG")
    assert front.ask("/media/heart.png").headers["Content-Type"] == "image/png"


def test_certificate_challenges_are_answered(tls_site):
    """In the clear, for whoever gives certificates that browsers trust."""
    challenge = tls_site.acme / ".well-known" / "acme-challenge" / "token"
    challenge.parent.mkdir(parents=True)
    challenge.write_text("answer")
    assert tls_site.ask("/.well-known/acme-challenge/token").body == b"answer"


def test_the_app_is_published_to_this_machine_only():
    """And even there to nginx alone."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    everywhere = {
        name: service["ports"] for name, service in services.items() if not is_of_this_machine(service.get("ports", []))
    }
    assert everywhere == {"nginx": ["80:8080", "443:8443"]}
    assert "ports" not in services["web"]


def is_of_this_machine(ports):
    return all(port.startswith("127.0.0.1:") for port in ports)
