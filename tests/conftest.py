"""What all tests stand on."""

import contextlib
import gc
import importlib
import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, connections
from django.db.backends.base.creation import TEST_DATABASE_PREFIX
from django.template import Template
from django.test import override_settings
from django.test.signals import template_rendered
from django.utils import translation
from xdist.scheduler import LoadScopeScheduling

from tests.content_rows import ContentRows, read_content_rows
from tests.kept_clone import KeptClone
from tests.portal import ROOT
from tests.template_database import migrated_template

settings.KEEP_CONTENT_SECONDS = 0.0  # a form shows what a test has just changed
settings.SLOW_QUERY_SECONDS = 0.0  # a busy machine is nothing that a test should read of

folder_numbers = itertools.count()
LONG_RUNS = {"faults", "production"}  # they are not collected with the rest
# One started portal, one folder of it, rows that a whole module reads: the first that fits counts.
KEPT_TOGETHER = (
    "tests/journeys/test_up.py",
    "tests/journeys/",
    "tests/look/test_every_page.py",
    "tests/look/test_pseudo_language.py",
    "tests/look/test_walls_hidden.py",
    "tests/blueheart/pages/test_what_pages_read.py",
    "tests/deploy/",
    "tests/growing/",
    "tests/office/test_rights.py",
    "tests/stripe_sandbox/test_cli.py",
)


def _choose_a_server_of_our_own() -> None:
    """Keep off the developer's server; the workers of xdist and the processes that tests start inherit the choice."""
    developers = Path(os.environ.get("EMBEDDED_PG_DIR") or settings.VAR_DIR / "pg")
    if not developers.name.endswith("-tests"):
        os.environ["EMBEDDED_PG_DIR"] = str(developers.with_name(f"{developers.name}-tests"))


_choose_a_server_of_our_own()


# Rewriting assertions is two thirds of collecting: whatever PYTHONDONTWRITEBYTECODE says, it is kept, as Python does.
sys.dont_write_bytecode = False


def pytest_sessionstart(session) -> None:
    """Each worker imports the test modules from another place on: what one has rewritten, the others read."""
    worker = getattr(session.config, "workerinput", None)
    if not worker:
        return
    modules = sorted(
        {module for chosen in session.config.args for module in _modules_in(session.config.rootpath / chosen)}
    )
    first = len(modules) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
    for module in modules[first:] + modules[:first]:
        with contextlib.suppress(Exception):  # pytest imports it again, and tells
            importlib.import_module(module)


def _modules_in(folder: Path) -> Iterator[str]:
    for file in folder.glob("**/test_*.py"):
        if (file.parent / "__init__.py").exists() and not LONG_RUNS & set(file.parts):
            yield ".".join(file.relative_to(ROOT).with_suffix("").parts)


def pytest_collection_finish() -> None:
    """What was imported and collected stays: the garbage collector need not look through it again and again.

    Nor after each 700 objects: a page makes more of them, nearly all free at its end without the collector.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, django_db_blocker) -> None:
    """Our own server does not wait for the disk: nobody needs its data after a crash. It migrates once for all."""
    if not settings.DATABASES["default"].get("EMBEDDED"):
        return
    with django_db_blocker.unblock():
        with _maintenance_cursor() as cursor:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                cursor.execute(f"ALTER SYSTEM SET {setting} = off")
            cursor.execute("SELECT pg_reload_conf()")
        connection.settings_dict["TEST"] |= {"TEMPLATE": migrated_template(), "MIGRATE": False}


@pytest.fixture(scope="session", autouse=True)
def _var(tmp_path_factory) -> Iterator[Path]:
    """What tests write stays out of the developer's `var`, and passwords are quick.

    Share pictures are named by what they show: one that a test has drawn serves the next.
    """
    var = tmp_path_factory.mktemp("var")
    static_files = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(
        VAR_DIR=var,
        MAIL_COPIES_DIR=var / "mail",
        MEDIA_ROOT=var / "media",
        STORAGES=settings.STORAGES | {"staticfiles": static_files},
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    ):
        yield var


@pytest.fixture(autouse=True)
def _folders_of_its_own(settings, _var):
    """Each test has its mail and its media; the folders are made by whoever writes."""
    mine = _var / str(next(folder_numbers))
    settings.MAIL_COPIES_DIR = mine / "mail"
    settings.MEDIA_ROOT = mine / "media"


@pytest.fixture(autouse=True)
def _english_first():
    """A request leaves its language to its thread; the next test must not create its rows in it."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="session", autouse=True)
def _contexts_of_pages_alone(django_test_environment) -> None:
    """`response.context` is what a view gave its page; Django copies it for each template that a page includes too."""
    Template._render = _render_and_tell_of_pages


def _render_and_tell_of_pages(template, context):
    if context.template is template:
        template_rendered.send(sender=template, template=template, context=context)
    return template.nodelist.render(context)


@contextlib.contextmanager
def _maintenance_cursor() -> Iterator:
    """A cursor in another database, for CREATE DATABASE … TEMPLATE wants nobody in the one it copies."""
    with connection._nodb_cursor() as cursor:
        yield cursor


@pytest.fixture(scope="session")
def _migrated_db(django_db_setup, django_db_blocker, django_db_keepdb) -> Iterator[str]:
    """The name of the migrated test database, made here where only tests that commit were chosen.

    pytest-django makes none for those alone: the clone would be one of the developer's own database.
    """
    own = connection.settings_dict["NAME"]
    if own.startswith(TEST_DATABASE_PREFIX):
        yield own
        return
    with django_db_blocker.unblock():
        name = connection.creation.create_test_db(verbosity=0, autoclobber=True, keepdb=django_db_keepdb)
    yield name
    with django_db_blocker.unblock():
        connection.creation.destroy_test_db(own, verbosity=0, keepdb=django_db_keepdb)


@pytest.fixture(scope="session")
def content_rows(_migrated_db, django_db_blocker, tmp_path_factory) -> ContentRows:
    """What the content files bring, to put back into a test's transaction at a fraction of what loading costs."""
    with django_db_blocker.unblock():
        return read_content_rows(tmp_path_factory.mktemp("content") / "media")


@pytest.fixture(scope="session")
def kept_clone(_migrated_db, django_db_blocker) -> Iterator[KeptClone]:
    clone = KeptClone(_migrated_db)
    yield clone
    if clone.name:
        with django_db_blocker.unblock():
            clone.drop()


@pytest.fixture
def committed_db(_migrated_db, kept_clone, django_db_blocker) -> Iterator[str]:
    """A database for a test that commits: as the migrated one at the beginning, whatever others did to it.

    Booked rows cannot be removed by Django's flush, by design. Threads and live servers use it too.
    """
    with django_db_blocker.unblock():
        connections.close_all()
        if not kept_clone.name:
            kept_clone.make()
            kept_clone.note()
        _use(kept_clone.name)
        try:
            yield kept_clone.name
        finally:
            connections.close_all()
            is_as_it_was = False
            try:
                is_as_it_was = kept_clone.put_back()
            finally:
                connections.close_all()
                _use(_migrated_db)
                if not is_as_it_was:
                    kept_clone.drop()


def _use(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
    settings.DATABASES["default"]["NAME"] = name


def pytest_terminal_summary(terminalreporter) -> None:
    """Say loudly what was not walked: a green run without a browser is half a run."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "Chromium" in str(report.longrepr)]
    if skipped:
        terminalreporter.section("BROWSER JOURNEYS SKIPPED", sep="!", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} journeys need a Chromium (Debian: apt install chromium).")
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if "nginx" in str(report.longrepr)]
    if skipped:
        terminalreporter.section("PRODUCTION'S FRONT NOT TRIED", sep="!", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} tests need nginx (Debian: apt install nginx).")


class _KeptTogether(LoadScopeScheduling):
    """Gives each test to the next free worker, except those that share something dear: they go to one worker.

    `--dist loadgroup` is to do that, but xdist 3.8 writes its groups where pytest 9.2 does not read them.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((start for start in KEPT_TOGETHER if nodeid.startswith(start)), nodeid)

    def mark_test_complete(self, node, item_index, duration=0) -> None:
        """Forget what is done: after each test xdist counts through all that it has ever given to the worker."""
        super().mark_test_complete(node, item_index, duration)
        scope = self._split_scope(self.registered_collections[node][item_index])
        if all(self.assigned_work[node][scope].values()):
            del self.assigned_work[node][scope]


def pytest_xdist_make_scheduler(config, log) -> _KeptTogether | None:
    return _KeptTogether(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_xdist_auto_num_workers() -> int:
    """One worker more than this process may use cores: tests wait for browsers, PostgreSQL and processes."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + 1
