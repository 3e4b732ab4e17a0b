"""Starts a portal of its own, looks at its pages, tells what is wrong, and fails where anything is."""

import argparse
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

import django
from playwright.sync_api import Browser, sync_playwright

from tests.crawl import markup, office
from tests.crawl.browser import Inspector, Show, shown
from tests.crawl.findings import Finding, say, table
from tests.crawl.links import Crawl
from tests.crawl.pages import LOOKED_AT, OneOfEachTemplate, choose, in_language, language_of, languages_of
from tests.crawl.visitor import Visitor
from tests.portal import CHROMIUM_ARGUMENTS, ROOT, Site, chromium, running_site

AXE = ROOT / "node_modules/axe-core/axe.min.js"
VNU = ROOT / "node_modules/vnu-jar/build/dist/vnu.jar"
SAMPLE_IN_CI = 20


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make crawl", description=__doc__)
    parser.add_argument("--ci", action="store_true", help="one page of each template and a sample; links in English")
    parser.add_argument("--office", action="store_true", help="the office alone, by day and by night")
    parser.add_argument("--seed", type=int, help="draw the sample of an earlier run again")
    parser.add_argument("--only", metavar="TEXT", help="look only at pages whose address has this in it")
    return parser.parse_args()


def main() -> int:
    asked = options()
    tools = {"Chromium": chromium(), "axe-core": AXE.exists()}
    if not asked.office:
        tools |= {"Java": shutil.which("java"), "vnu-jar": VNU.exists()}
    if missing := [name for name, found in tools.items() if not found]:
        sys.exit(f"make crawl needs {', '.join(missing)}: npm ci --ignore-scripts; apt install chromium default-jre")
    os.environ["DJANGO_SETTINGS_MODULE"] = "blueheart.settings"
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps an event loop in this thread
    django.setup()
    with running_site() as site, sync_playwright() as playwright:
        say(f"the portal answers at {site.url}")
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(CHROMIUM_ARGUMENTS))
        errors, warnings = examine(site, browser, asked)
        browser.close()
    return tell(errors, warnings)


def tell(errors: list[Finding], warnings: list[Finding]) -> int:
    """Print what was found; the exit code."""
    for name, findings in (("warnings, which do not fail", warnings), ("findings", errors)):
        different = list(dict.fromkeys(findings))
        say(f"{len(different)} {name}")
        if different:
            sys.stdout.write(table(different) + "\n")
    return 1 if errors else 0


def examine(site: Site, browser: Browser, asked: argparse.Namespace) -> tuple[list[Finding], list[Finding]]:
    """The errors and the warnings of a whole portal."""
    visitor = Visitor(browser, site)
    addresses = visitor.visit()
    say(f"visited: {len(addresses)} pages that only visitors reach")
    looks, of_office = office.examine(site, browser, AXE, is_sample=asked.ci, only=asked.only or "")
    say(f"looked at {looks} pages of the office, {len(of_office)} findings")
    if asked.office:
        return of_office, []
    crawl = Crawl(site.url, OneOfEachTemplate() if asked.ci else lambda _path: True)
    crawl.run(["/", *(in_language(address, language) for address in addresses for language in LOOKED_AT)])
    say(
        f"links: {len(crawl.answers)} addresses asked {languages_of(crawl.answers)}, {crawl.left_out} variants of "
        f"queries left out, {len(crawl.elsewhere)} addresses of other sites, which nobody asked"
    )
    html, findings = look_at(pages_to_look_at(crawl, visitor, asked), browser)
    say(f"looked at {len(html)} pages; now their markup")
    with tempfile.TemporaryDirectory() as folder:
        errors, warnings = markup.check(html, jar=VNU, folder=Path(folder))
    return [*crawl.findings, *findings, *errors, *of_office], warnings


def pages_to_look_at(crawl: Crawl, visitor: Visitor, asked: argparse.Namespace) -> list[tuple[str, Show, bool]]:
    """Each page's name, how to show it, and whether to look at it closely."""
    # The office has its own look; copies of mail are mail and exist in development only.
    found = {path: len(answer.html) for path, answer in crawl.pages().items() if language_of(path) in LOOKED_AT}
    sizes = {in_language(path, language): size for path, size in found.items() for language in LOOKED_AT} | found
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(10_000)
    chosen = choose(sizes, sample=SAMPLE_IN_CI if asked.ci else None, seed=seed)
    say(f"looking at {len(chosen)} of {len(sizes)} pages{f', --seed {seed}' if asked.ci else ''}")
    shows: list[tuple[str, Show, bool]] = [  # what needs a donor's visit comes first: it lasts half an hour
        *((name, show, True) for language in LOOKED_AT for name, show in visitor.states(language)),
        *((page.address, _open(visitor.site.page(page.address)), page.closely) for page in chosen),
    ]
    return [each for each in shows if not asked.only or asked.only in each[0]]


def look_at(shows: list[tuple[str, Show, bool]], browser: Browser) -> tuple[dict[str, str], list[Finding]]:
    """The HTML of pages, by their names, and what the browser finds."""
    inspector = Inspector(browser, AXE)
    html: dict[str, str] = {}
    findings: list[Finding] = []
    for name, show, closely in shows:
        html[name], found = inspector.look(name, show, closely=closely)
        findings += found
        if len(html) % 25 == 0:
            say(f"looked at {len(html)} pages, {len(findings)} findings so far")
    return html, findings


def _open(url: str) -> Show:
    return lambda page: shown(page.goto(url))


if __name__ == "__main__":
    sys.exit(main())
