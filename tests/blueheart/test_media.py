"""Files that staff uploaded, as development serves them: never run as ours, never from outside their folder."""

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


@pytest.fixture
def keep():
    return lambda name, content=b"...": default_storage.save(name, ContentFile(content))


@pytest.mark.parametrize(
    ("name", "kind", "disposition"),
    [
        ("pictures/a.png", "image/png", "inline"),
        ("pictures/a.webp", "image/webp", "inline"),
        ("resources/a.pdf", "application/pdf", "attachment"),
        ("resources/a.svg", "image/svg+xml", "attachment"),
        ("resources/a.html", "text/html", "attachment"),
        ("resources/a.unknown", "application/octet-stream", "attachment"),
    ],
)
def test_file_is_served_so_that_nothing_in_it_runs(client, keep, name, kind, disposition):
    keep(name, b"<script>alert(1)</script>")

    response = client.get(f"/media/{name}")

    assert response.status_code == 200
    assert b"".join(response.streaming_content) == b"<script>alert(1)</script>"
    assert response.headers["Content-Type"] == kind
    assert response.headers["Content-Disposition"].startswith(disposition)
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert not response.cookies


@pytest.mark.parametrize("name", ["", "nothing.pdf", "resources", "../secret.txt", "..%2Fsecret.txt", "/etc/passwd"])
def test_what_is_no_file_there_is_not_found(client, keep, settings, name):
    keep("resources/a.pdf")
    (Path(settings.MEDIA_ROOT).parent / "secret.txt").write_text("secret")

    assert client.get(f"/media/{name}").status_code == 404


def test_file_takes_no_post(client, keep):
    keep("a.pdf")

    assert client.post("/media/a.pdf").status_code == 405
