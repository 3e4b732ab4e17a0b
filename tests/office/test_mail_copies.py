"""The mail that development keeps: for the developer at this machine, and for nobody in production."""

import pytest
from django.core.mail import EmailMultiAlternatives

from blueheart.post import local_copies

PATHS = ["/_mail/", "/_mail/{name}/", "/_mail/{name}/1/"]


@pytest.fixture
def copy(settings):
    """A mail that was sent, with a link, and with HTML that tries what it can."""
    settings.EMAIL_BACKEND = "blueheart.post.local_copies.EmailBackend"
    mail = EmailMultiAlternatives(
        "Please confirm <script>alert(1)</script>",
        "Dear Sam,\n\nhttp://localhost:8000/en/pledge/confirm/abc-DEF_1/\n\n<b>bold</b>",
        to=["sam@example.org"],
    )
    mail.attach_alternative("<p>Dear Sam</p><script>alert(1)</script>", "text/html")
    mail.attach("BH-2026-000012.pdf", b"%PDF-1.7", "application/pdf")
    mail.send()
    return local_copies.newest()[0]


def test_developer_reads_the_mail_and_follows_its_link(client, copy):
    text = client.get("/_mail/").content.decode()

    assert 'href="http://localhost:8000/en/pledge/confirm/abc-DEF_1/"' in text
    assert "&lt;b&gt;bold&lt;/b&gt;" in text
    assert "<script>alert(1)" not in text


def test_newest_mail_stands_first(client, copy):
    EmailMultiAlternatives("Thank you", "Dear Dora", to=["dora@example.org"]).send()

    text = client.get("/_mail/").content.decode()

    assert text.index("Thank you") < text.index("Please confirm")


def test_mail_as_a_mail_program_shows_it_runs_no_script_and_is_a_stranger_here(client, copy):
    answer = client.get(f"/_mail/{copy.name}/")

    assert answer.content.startswith(b"<p>Dear Sam</p>")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy


def test_developer_keeps_what_came_with_the_mail(client, copy):
    assert f'href="/_mail/{copy.name}/1/"' in client.get("/_mail/").content.decode()

    answer = client.get(f"/_mail/{copy.name}/1/")

    assert (answer.content, answer.headers["Content-Type"]) == (b"%PDF-1.7", "application/pdf")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="BH-2026-000012.pdf"'
    assert [client.get(f"/_mail/{copy.name}/{number}/").status_code for number in (0, 2)] == [404, 404]


@pytest.mark.parametrize("path", PATHS)
def test_production_has_no_such_page(client, copy, settings, path):
    settings.ENVIRONMENT = "production"

    assert client.get(path.format(name=copy.name)).status_code == 404


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("remote", "forwarded", "proxies"),
    [
        ("192.0.2.1", None, 0),
        ("192.0.2.1", "127.0.0.1", 0),
        ("127.0.0.1", "192.0.2.1", 0),
        ("127.0.0.1", "192.0.2.1", 1),
        ("127.0.0.1", "127.0.0.1, 192.0.2.1", 1),
        ("", None, 0),
        ("not an address", None, 0),
    ],
)
def test_nobody_from_elsewhere_sees_a_mail(client, copy, settings, path, remote, forwarded, proxies):
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}

    assert client.get(path.format(name=copy.name), REMOTE_ADDR=remote, headers=headers).status_code == 404


@pytest.mark.parametrize("remote", ["127.0.0.1", "127.8.8.8", "::1"])
def test_every_loopback_address_is_this_machine(client, copy, remote):
    assert client.get("/_mail/", REMOTE_ADDR=remote).status_code == 200


@pytest.mark.parametrize("name", ["00000000000000000000-1", "..", "%2e%2e", "x"])
def test_mail_that_is_not_there_is_not_found(client, copy, name):
    assert client.get(f"/_mail/{name}/").status_code == 404


def test_mail_page_takes_no_post(client, copy):
    assert client.post("/_mail/").status_code == 405


def test_developer_is_told_where_the_mail_stays_and_others_are_not(client, settings):
    settings.EMAIL_BACKEND = "blueheart.post.local_copies.EmailBackend"
    assert 'href="/_mail/"' in client.get("/en/pledge/check-your-mail/").content.decode()

    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    assert "/_mail/" not in client.get("/en/pledge/check-your-mail/").content.decode()
