"""What answers say of themselves and of the inside, and what of a request counts."""

import re

import pytest
from django.test import Client

from blueheart.post.models import Message
from office import views
from tests.deploy import image

# One address of each kind that answers without a row.
PAGES = (
    "/en/", "/en/about/", "/en/help/", "/en/search/?q=heart", "/en/facts/", "/en/hearts/", "/en/pledge/", "/en/donate/",
    "/en/news/feed/", "/en/tracker/", "/en/trust-fund/books/", "/en/giving/", "/staff/login/", "/en/nothing/there/",
)  # fmt: skip
TEXTS = (
    *PAGES, "/robots.txt", "/sitemap.xml", "/.well-known/security.txt", "/badge.svg", "/embed/counter/", "/healthz",
    "/metrics", "/en/countries/?format=csv", "/api/v1/facts?format=csv", "/api/v1/docs",
)  # fmt: skip
FOR_EVERY_SITE = re.compile(r"^/(api/|embed/|badge\.svg|static/)")


@pytest.fixture
def visitor(db) -> Client:
    return Client()


def test_every_text_says_its_encoding(visitor):
    silent = {}
    for path in TEXTS:
        said = visitor.get(path).headers["Content-Type"]
        if re.match(r"text/|.*[+/]xml", said) and "charset=utf-8" not in said.lower():
            silent[path] = said
    assert silent == {}


def test_no_page_but_the_api_is_open_to_scripts_of_other_sites(visitor):
    asked = {path: visitor.get(path, headers={"Origin": "https://mallory.example"}).headers for path in TEXTS}
    opened = {path: told["Access-Control-Allow-Origin"] for path, told in asked.items() if _opens(told)}
    assert set(opened.values()) == {"*"}
    assert [path for path in opened if not FOR_EVERY_SITE.match(path)] == []
    assert not any("Access-Control-Allow-Credentials" in told for told in asked.values())


def _opens(told) -> bool:
    return "Access-Control-Allow-Origin" in told


def test_what_is_encoded_twice_is_decoded_once(visitor):
    page = visitor.get("/en/search/?q=%253Cb%253E").content.decode()
    assert "%3Cb%3E" in page
    assert "&lt;b&gt;" not in page
    assert "<b>" not in page


def test_a_typed_word_in_a_link_cannot_leave_its_place(visitor):
    page = visitor.get("/en/search/?q=%22%3E%3Cscript%3E%26kind=x%23javascript:alert(1)").content.decode()
    assert "<script>" not in page
    addresses = [address for address in re.findall(r'(?:href|action|value)="([^"]*)"', page) if "alert(1)" in address]
    assert addresses
    assert [address for address in addresses if address.startswith("javascript:") or '"' in address] == []


@pytest.mark.parametrize(
    "path",
    ["/.git/config", "/.git/HEAD", "/.env", "/manage.py", "/blueheart/settings.py", "/static/../manage.py",
     "/static/%2e%2e/manage.py", "/media/../../manage.py", "/media/%2e%2e/%2e%2e/.git/config", "/Makefile"],
)  # fmt: skip
def test_files_of_the_project_are_not_served(visitor, path):
    answer = visitor.get(path)
    assert answer.status_code == 404
    assert b"repositoryformatversion" not in answer.content


@pytest.mark.parametrize("path", ["/en/", "/en/hearts/", "/api/v1/facts", "/robots.txt", "/healthz", "/embed/counter/"])
@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "CONNECT", "ARBITRARY"])
def test_unusual_methods_are_refused(visitor, path, method):
    answer = visitor.generic(method, path, headers={"X-Told": "only-to-you"})
    assert answer.status_code == 405
    assert b"only-to-you" not in answer.content


def test_what_a_form_expects_is_not_taken_from_the_address(visitor):
    answer = visitor.post("/en/giving/?email=mallory@example.org")
    assert answer.status_code == 200
    assert "email" in answer.context["form"].errors
    assert not Message.objects.exists()

    visitor.post("/en/giving/?email=mallory@example.org", {"email": ["mallory@example.org", "sam@example.org"]})
    assert "mallory" not in str(list(Message.objects.values()))


def test_a_page_that_breaks_tells_nothing_of_the_inside(visitor, monkeypatch, caplog):
    def breaks() -> None:
        raise RuntimeError("postgres://blueheart:swordfish@localhost SELECT pledges_pledge")

    monkeypatch.setattr(views, "readiness", breaks)
    visitor.raise_request_exception = False
    answer = visitor.get("/readyz")

    assert answer.status_code == 500
    assert not re.search(rb"swordfish|SELECT|Traceback|RuntimeError|views\.py|Django", answer.content)
    assert "RuntimeError" in caplog.text


def test_the_image_holds_no_tests():
    unwanted = [".git", ".env", "tests", "benchmarks", "stripe_sandbox", "node_modules", "var", ".venv"]
    assert [name for name in unwanted if image.is_taken(f"{name}/file") or image.is_taken(name)] == []
