"""The written pages: their links lead somewhere, on the site and in the repository, and name what there is."""

import posixpath
import re
from pathlib import Path

import pytest

from scripts.docs import pages, reference
from scripts.docs.pages import BrokenLinkError, as_page_of_the_site
from scripts.docs.reference import commands
from tests.portal import ROOT

MARKDOWN = [path for path in pages.tracked() if path.endswith(".md")]
RECIPES = ["CONTRIBUTING.md", *(path for path in MARKDOWN if path.startswith("docs/how-to/"))]
PATH = re.compile(r"`([\w.-]+(?:/[\w.-]+)+/?|[\w-]+\.(?:py|toml|md|yml|txt|in))(?:::\w+)?`")
GENERATED = {f"docs/{name}" for name in reference.PAGES}
# What a person, the portal or a build makes, and what is said of other machines.
NOT_HERE = ("var/", ".venv", "application/", "refs/")


def read(path: str) -> str:
    return Path(ROOT / path).read_text()


def test_every_page_is_gathered_with_links_that_hold(tmp_path):
    written = pages.gather(tmp_path, generated=reference.PAGES)

    made = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.md")}
    assert len(made) == written
    assert {"index.md", "project/contributing.md", "adr/0001-integers-for-money.md"} <= made
    assert (tmp_path / "img" / "home.png").exists()


@pytest.mark.parametrize("path", MARKDOWN)
def test_links_lead_somewhere_in_the_repository_too(path):
    text = pages.CODE.sub("", read(path))
    targets = [found["target"].partition("#")[0] for found in pages.LINK.finditer(text)]
    meant = [
        posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
        for target in targets
        if target and not pages.ELSEWHERE.match(target)
    ]
    assert [target for target in meant if not (ROOT / target).exists() and target not in GENERATED] == []


@pytest.mark.parametrize("path", MARKDOWN)
def test_pictures_say_what_they_show(path):
    pictures = [found for found in pages.LINK.finditer(read(path)) if found["picture"]]
    assert [found["target"] for found in pictures if len(found["words"]) < 4] == []


@pytest.mark.parametrize("path", MARKDOWN)
def test_commands_that_are_named_exist(path):
    targets = set(re.findall(r"^([a-z0-9-]+):", read("Makefile"), re.MULTILINE))
    django = {"createsuperuser", "collectstatic", "makemigrations", "migrate", "shell", "check", "test"}
    text = read(path)
    code = "\n".join(part for number, part in enumerate(pages.CODE.split(text)) if number % 2)
    made = set(re.findall(r"(?:^|[\s`])make ([a-z][a-z0-9-]*)\b(?!-)", code))
    managed = set(re.findall(r"manage\.py ([a-z_]+)", code))
    assert made - targets == set()
    assert managed - set(commands.helps()) - django == set()


@pytest.mark.parametrize("path", RECIPES)
def test_a_recipe_names_files_that_are_there(path):
    """A language that is added stands beside French."""
    named = {name.replace("/de/", "/fr/") for name in PATH.findall(pages.CODE.sub(_only_short, read(path)))}
    named = {name for name in named if not name.startswith(NOT_HERE)}
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def _only_short(found: re.Match) -> str:
    return "" if found[0].lstrip().startswith("```") else found[0]


SITE = {"docs/operating.md": "operating.md", "docs/how-to/job.md": "how-to/job.md", "README.md": "project/readme.md"}


@pytest.mark.parametrize(
    ("path", "written", "on_the_site"),
    [
        ("README.md", "[run](docs/operating.md#roles)", "[run](../operating.md#roles)"),
        ("docs/how-to/job.md", "[start](../../README.md)", "[start](../project/readme.md)"),
        ("docs/operating.md", "[.env.example](../.env.example)", "`.env.example`"),
        ("docs/operating.md", "[the settings](../blueheart/settings.py)", "the settings (`blueheart/settings.py`)"),
        ("docs/operating.md", "`[a](nowhere.md)`", "`[a](nowhere.md)`"),
        ("docs/operating.md", "[Stripe](https://stripe.com/)", "[Stripe](https://stripe.com/)"),
        ("README.md", "![Home](docs/img/home.png)", "![Home](../img/home.png)"),
        ("docs/operating.md", '<a id="p1"></a>\n\nText', "(p1)=\n\nText"),
    ],
)
def test_a_link_becomes_that_of_the_site(path, written, on_the_site):
    assert as_page_of_the_site(written, path, SITE) == on_the_site


def test_a_link_to_nothing_stops_the_build():
    with pytest.raises(BrokenLinkError, match=r"docs/operating\.md: nowhere\.md is not there"):
        as_page_of_the_site("[a](nowhere.md)", "docs/operating.md", SITE)


def test_a_new_page_is_in_the_navigation_by_itself():
    assert "\nscaling\n" in pages.listing("```{toctree}\noperating\n```", "index.md", ["operating.md", "scaling.md"])
    assert pages.listing("```{toctree}\noperating\n```", "index.md", ["operating.md", "adr/0001.md"]) == ""
