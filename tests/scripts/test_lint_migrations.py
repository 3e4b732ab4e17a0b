"""A developer writes a migration that the release before would notice, and hears of it before anybody waits."""

import pytest
from django.apps import apps
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.state import ModelState, ProjectState

from scripts import lint_migrations
from scripts.lint_migrations import BASELINE, NOT_ASKED, Written, lint, sql_of
from tests.portal import ROOT

HOLDS_A_TABLE = """
CREATE FUNCTION held() RETURNS void LANGUAGE plpgsql AS $body$ BEGIN LOCK TABLE hearts_heart; END; $body$
"""
INDEX = models.Index(fields=["number"], name="hearts_by_number")
CHECK = models.CheckConstraint(condition=models.Q(number__gte=0), name="number_of_a_heart_is_none_below_zero")
KEY = ("id", models.BigAutoField(primary_key=True))


def nothing(apps, schema_editor):
    pass


def shade(**options):
    return migrations.AddField("heart", "shade", models.CharField(max_length=20, **options))


NOTICED = {
    "ban-drop-default": [shade(default="blue")],  # Django forgets it again: an INSERT of the old release fails
    "adding-not-nullable-field": [migrations.AlterField("heart", "number", models.BigIntegerField())],
    "ban-drop-column": [migrations.RemoveField("heart", "number")],
    "ban-drop-table": [migrations.DeleteModel("Heart")],
    "renaming-column": [migrations.RenameField("heart", "number", "place")],
    "renaming-table": [migrations.RenameModel("Heart", "Ribbon")],
    "require-concurrent-index-creation": [migrations.AddIndex("heart", INDEX)],
    "constraint-missing-not-valid": [migrations.AddConstraint("heart", CHECK)],
    "changing-column-type": [migrations.AlterField("heart", "number", models.TextField(null=True))],
    "locks-a-table": [migrations.RunSQL("LOCK TABLE hearts_heart")],
    "rows-beside-tables": [shade(null=True), migrations.RunPython(nothing)],
}
UNNOTICED = {
    "a column that may be empty": [shade(null=True)],
    "a column that PostgreSQL fills": [shade(db_default="blue")],
    "a table of its own, with an index": [
        migrations.CreateModel("Shade", [KEY, ("name", models.TextField())]),
        migrations.AddIndex("shade", models.Index(fields=["name"], name="hearts_shade_by_name")),
    ],
    "a rule that old rows are not asked for": [AddConstraintNotValid("heart", CHECK)],
    "a function that will hold a table when it is called": [migrations.RunSQL(HOLDS_A_TABLE)],
    "rows alone": [migrations.RunPython(nothing)],
}


def canary(operations, *, source="", is_atomic=True) -> Written:
    """A migration of a small app, which comes after its first one."""
    migration = migrations.Migration("0099_canary", "hearts")
    migration.operations, migration.atomic = operations, is_atomic
    state = ProjectState()
    state.add_model(ModelState("hearts", "Heart", [KEY, ("number", models.BigIntegerField(null=True))]))
    return Written("hearts.0099_canary", sql_of(migration, state), source, is_atomic)


def rules(migration) -> set[str]:
    return {finding.rule for finding in lint(migration)}


@pytest.mark.parametrize("rule", NOTICED)
def test_what_the_release_before_would_notice_is_found(db, rule):
    assert rule in rules(canary(NOTICED[rule]))


@pytest.mark.parametrize("what", UNNOTICED)
def test_what_nobody_notices_is_let_be(db, what):
    assert lint(canary(UNNOTICED[what])) == []


def test_an_index_that_is_made_beside_the_traffic_is_let_be(committed_db):
    assert lint(canary([AddIndexConcurrently("heart", INDEX)], is_atomic=False)) == []


def test_a_finding_with_its_reason_beside_it_is_let_be(db):
    drop = NOTICED["ban-drop-column"]

    assert (
        lint(canary(drop, source="    # lint: ban-drop-column: 0.2.0, which runs beside it, reads it no more\n")) == []
    )
    assert rules(canary(drop, source="# lint: ban-drop-column: because\n")) == {"ban-drop-column", "lint"}
    assert rules(canary(drop, source="# lint: ban-drop-table: nobody has ever read from it\n")) == {
        "ban-drop-column",
        "ban-drop-table",  # a reason for what is not there
    }


def test_one_finding_turns_make_check_red(db, monkeypatch, capsys):
    monkeypatch.setattr(lint_migrations, "after_the_baseline", lambda: [canary(NOTICED["renaming-column"])])

    assert lint_migrations.main() == 1
    told, summed_up = capsys.readouterr().out.splitlines()
    assert told.startswith("hearts.0099_canary: renaming-column: Renaming a column may break existing clients.")
    assert summed_up == "1 migrations since 0.1.0, 1 findings"
    recipe = (ROOT / "Makefile").read_text().partition("\nmigrations: ")[2].partition("\n\n")[0]
    assert "$(python) -m scripts.lint_migrations" in recipe


def test_what_is_not_linted_was_released_and_is_still_there(db):
    released = BASELINE.read_text().split()
    names = {f"{app.label}.{file.stem}" for app in apps.get_app_configs() for file in ROOT.glob(
        f"{app.path.removeprefix(f'{ROOT}/')}/migrations/0*.py") if app.path.startswith(str(ROOT))}  # fmt: skip

    assert len(released) == 19  # of 0.1.0, and never more
    assert set(released) < names
    assert all(NOT_ASKED.values())
