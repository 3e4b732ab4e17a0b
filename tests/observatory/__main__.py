"""Grades the portal by MDN's HTTP Observatory, over TLS and behind the shipped nginx: every page has at least 120."""

import argparse
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parents[2]
GRADER = Path(__file__).with_name("grade.mjs")
PACKAGE = ROOT / "node_modules/@mdn/mdn-http-observatory"
LEAST = 120
# Costs 20 points and all that is gained for the rest; it is all that an address for programs may lose.
NOT_SENT_ON = ["redirection-missing"]

Grade = dict


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make observatory", description=__doc__)
    parser.add_argument("--ci", action="store_true", help="one page of each template")
    return parser.parse_args()


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    asked, began = options(), time.monotonic()
    tools = {
        "node": shutil.which("node"),
        PACKAGE.name: PACKAGE.exists(),
        "openssl": shutil.which("openssl"),
        "nginx": shutil.which("nginx") or Path("/usr/sbin/nginx").exists(),
    }
    if missing := [name for name, found in tools.items() if not found]:
        sys.exit(
            f"make observatory needs {', '.join(missing)}: npm ci --ignore-scripts; apt install nginx openssl nodejs"
        )
    with tempfile.TemporaryDirectory(prefix="bh") as name:
        folder = Path(name)
        folder.chmod(0o755)
        _prepare(folder)
        failures = _graded(folder, one_of_each=asked.ci)
    say(f"{time.monotonic() - began:.0f} s")
    for failure in failures:
        say(f"FAILED {failure}")
    return 1 if failures else 0


def _prepare(folder: Path) -> None:
    """Django of development, on the tests' own PostgreSQL."""
    developers = Path(os.environ.get("EMBEDDED_PG_DIR") or ROOT / "var" / "pg")
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "blueheart.settings",
        "EMBEDDED_PG_DIR": str(developers.with_name(f"{developers.name.removesuffix('-tests')}-tests")),
        "BENCH_DIR": str(folder / "bench"),
        "MEDIA_ROOT": str(folder / "media"),
    }
    django.setup()
    logging.disable(logging.WARNING)  # pages that do not open are looked for


def _graded(folder: Path, *, one_of_each: bool) -> list[str]:
    """What is wrong, a line each; every page is printed with its score."""
    # Lazy: they need Django, which needs the variables.
    from tests.observatory import pages, portal  # noqa: PLC0415

    failures = []
    with _filled_database(pages) as url, ExitStack() as lives:
        paths = pages.chosen(one_of_each=one_of_each)
        environment = portal.production(url, folder)
        app = lives.enter_context(portal.app(environment))
        front = lives.enter_context(portal.front(app, folder))
        for grade in _grades(portal.HOST, front, folder, paths):
            say(f"{grade['score']:>4}  {grade['status']}  {grade['path']}  {' '.join(grade['lost'])}".rstrip())
            if failure := _judged(grade, pages.OF_PROGRAMS):
                failures.append(failure)
        # Whether it would tell: without the policy, and with a header twice, the same page has to fail.
        for what, spoil in CANARIES.items():
            with portal.front(app, folder, spoil) as spoiled:
                (grade,) = _grades(portal.HOST, spoiled, folder, ["/en/"])
            say(f"{grade['score']:>4}  {grade['status']}  /en/ {what}: has to be below {LEAST}")
            if grade["score"] >= LEAST:
                failures.append(f"/en/ {what} has {grade['score']}: the grader is blind")
    say(f"{len(paths)} pages, {len(failures)} failures")
    return failures


CANARIES = {
    "without its policy": lambda conf: f"proxy_hide_header Content-Security-Policy;\n{conf}",
    "with Strict-Transport-Security twice": lambda conf: conf.replace(
        'map $upstream_http_x_content_type_options|$visitor_scheme $tell_transport {\n    default "";',
        'map $upstream_http_x_content_type_options|$visitor_scheme $tell_transport {\n    default "max-age=1";',
    ),
}


def _judged(grade: Grade, of_programs: tuple[str, ...]) -> str:
    is_lost_on_purpose = grade["path"].startswith(of_programs) and grade["lost"] == NOT_SENT_ON
    is_good = grade["score"] >= LEAST or is_lost_on_purpose
    return "" if is_good else f"{grade['path']} has {grade['score']}: {', '.join(grade['results'])}"


def _grades(host: str, front, folder: Path, paths: list[str]) -> Iterator[Grade]:
    """The grade of each path, as they come. Raises `CalledProcessError` where the grader gives up."""
    asked = {"host": host, "ports": {"80": front.http, "443": front.https}, "pages": paths}
    command = ["node", str(GRADER)]
    environment = os.environ | {"NODE_EXTRA_CA_CERTS": str(folder / "certificate.pem")}
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with closing(process.stdout):
        process.stdin.write(json.dumps(asked))
        process.stdin.close()
        found = 0
        for line in process.stdout:
            found += 1
            yield json.loads(line)
    if process.wait(10) or found != len(paths):
        raise subprocess.CalledProcessError(process.returncode, command)


@contextmanager
def _filled_database(pages) -> Iterator[str]:
    """A copy of the migrated database with all content; this process is connected to it as its owner."""
    from django.db import connection  # noqa: PLC0415

    from tests.template_database import copied_for_a_portal  # noqa: PLC0415

    before = connection.settings_dict["NAME"]
    with copied_for_a_portal() as url:
        connection.settings_dict["NAME"] = url.split("@/")[1].partition("?")[0]
        try:
            pages.fill_database()
            yield url
        finally:
            connection.close()
            connection.settings_dict["NAME"] = before


if __name__ == "__main__":
    sys.exit(main())
