"""Which pages are looked at, and how findings are told."""

import pytest

from tests.crawl.findings import Finding, table
from tests.crawl.pages import OneOfEachTemplate, choose, in_language, language_of, template_of

FACTS = {f"/{language}/facts/fact-{number}/": number for language in ("en", "ar") for number in range(1, 40)}
PAGES = FACTS | {"/en/": 10, "/ar/": 10}


@pytest.mark.parametrize(
    ("path", "language"),
    [("/en/", "en"), ("/zh-hans/about/", "zh-hans"), ("/", None), ("/_mail/", None), ("/en?x", "en")],
)
def test_language_stands_in_the_address(path, language):
    assert language_of(path) == language


def test_same_page_in_another_language():
    assert in_language("/en/hearts/en/?confirmed=1", "ar") == "/ar/hearts/en/?confirmed=1"
    assert in_language("/robots.txt", "ar") == "/robots.txt"


@pytest.mark.parametrize(
    ("path", "template"),
    [("/ar/facts/a/?x=1", "campaigns:fact"), ("/en/", "campaigns:home"), ("/en/no/such/page/", "none")],
)
def test_template_is_known_by_its_view(path, template):
    assert template_of(path) == template


def test_largest_page_of_each_template_and_language_is_looked_at_closely():
    chosen = choose(PAGES, sample=0, seed=1)

    assert [(page.address, page.closely) for page in chosen] == [
        ("/ar/", True), ("/ar/facts/fact-39/", True), ("/en/", True), ("/en/facts/fact-39/", True),
    ]  # fmt: skip


def test_all_pages_are_looked_at_once_without_a_sample():
    addresses = [page.address for page in choose(PAGES, sample=None, seed=1)]

    assert sorted(addresses) == sorted(PAGES)


def test_sample_is_drawn_again_from_its_seed():
    first, again, other = (choose(PAGES, sample=20, seed=seed) for seed in (1, 1, 2))

    assert first == again != other
    assert len(first) == 24


def test_ci_follows_all_links_in_english_and_one_of_each_template_elsewhere():
    wanted = OneOfEachTemplate()

    assert all(wanted(path) for path in ("/en/facts/a/", "/en/facts/b/", "/robots.txt", "/fr/facts/a/", "/ru/facts/a/"))
    assert not wanted("/fr/facts/b/")


def test_ci_follows_all_files_and_some_of_the_addresses_that_have_no_language():
    wanted = OneOfEachTemplate()

    assert all(wanted(f"/static/{number}.png") for number in range(50))
    assert sum(wanted(f"/_mail/{number}/") for number in range(50)) == OneOfEachTemplate.MOST_PICTURES


def test_findings_are_told_by_rule_the_most_frequent_first():
    told = table([Finding("rare", "/a/", "x"), *(Finding("often", f"/{page}/", "y") for page in range(9))])

    assert told.splitlines()[0].split() == ["9", "often", "(9", "pages)"]
    assert told.count("· y") == 1
    assert "/8/" not in told
