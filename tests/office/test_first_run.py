"""What a start repeats, and what it does not."""

import pytest
from django.db import connection

from office import first_run


@pytest.fixture
def commands(monkeypatch):
    called = []
    monkeypatch.setattr(first_run, "call_command", lambda name, **options: called.append(name))
    return called


def test_database_is_prepared_once_for_the_same_files(db, commands, monkeypatch):
    first_run.prepare_database()
    first_run.prepare_database()
    assert commands == ["migrate", "load_content"]

    monkeypatch.setattr(first_run, "_state_of_our_files", lambda: "a file was edited")
    first_run.prepare_database()
    assert commands == ["migrate", "load_content"] * 2


def test_database_without_tables_was_never_prepared(db):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE django_migrations RENAME TO elsewhere")
    assert first_run._prepared_by() is None


def test_state_of_our_files_changes_with_any_of_them(settings, tmp_path, monkeypatch):
    class App:
        path = str(tmp_path / "campaigns")

    content = tmp_path / "campaigns" / "content" / "facts.yaml"
    content.parent.mkdir(parents=True)
    content.write_text("a")
    settings.BASE_DIR = tmp_path
    monkeypatch.setattr(first_run.apps, "get_app_configs", lambda: [App])

    before = first_run._state_of_our_files()
    (tmp_path / "campaigns" / "module.pyc").write_text("compiled")
    assert first_run._state_of_our_files() == before
    content.write_text("ab")
    assert first_run._state_of_our_files() != before
