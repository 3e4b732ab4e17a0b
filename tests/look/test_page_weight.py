"""What a first visit asks for, read from the pages themselves; benchmarks/weight.py measures it in a browser (P13)."""

import re
from collections.abc import Iterator

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.db import transaction
from django.test import Client

from tests.pledges.factories import HeartFactory

ALL_BYTES = 40_000  # of the 60 KB on the wire: the rest is headers, and pages that grow
SCRIPT_BYTES = 5_000
REQUESTS = 8

OF_A_TAG = r'<{}(?=\s)(?![^>]*loading="lazy")[^>]*\s{}="/static/([^"]+)"'
SCRIPT = re.compile(OF_A_TAG.format("script", "src"))
OTHERS = [
    re.compile(OF_A_TAG.format('link rel="(?:stylesheet|icon)"', "href")),
    re.compile(OF_A_TAG.format("img", "src")),
    re.compile(OF_A_TAG.format("image", "href")),
]


@pytest.fixture(scope="module")
def portal(content_rows, django_db_blocker) -> Iterator[None]:
    """All that the content files bring, and a heart; loaded once and rolled back at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        content_rows.put_back()
        HeartFactory(public_name="Sam")
        yield
        transaction.set_rollback(True)


def sent(content: bytes) -> int:
    return len(brotli.compress(content))


def sent_file(name: str) -> int:
    with open(finders.find(name), "rb") as file:
        return sent(file.read())


@pytest.mark.parametrize("language", ["en", "ar", "ru"])
@pytest.mark.parametrize("path", ["", "pledge/", "donate/", "hearts/", "tracker/"])
def test_first_visit_is_light(portal, django_db_blocker, path, language):
    with django_db_blocker.unblock():
        page = Client().get(f"/{language}/{path}").content
    html = page.decode()
    scripts = set(SCRIPT.findall(html))
    others = {name for pattern in OTHERS for name in pattern.findall(html)}

    assert any(name.endswith(".css") for name in others)
    assert 1 + len(scripts | others) <= REQUESTS
    assert sum(map(sent_file, scripts)) <= SCRIPT_BYTES
    assert sent(page) + sum(map(sent_file, scripts | others)) <= ALL_BYTES
