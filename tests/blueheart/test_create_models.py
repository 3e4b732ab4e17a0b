"""Many tables as one step of a migration."""

from django.apps import apps
from django.db import connection, models
from django.db.migrations import CreateModel, Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from blueheart.create_models import CreateModels
from tests.portal import ROOT

TABLES = {"ward_hospital", "ward_patient"}


def ward() -> Migration:
    """Two models that name each other."""
    migration = Migration("0001_patients", "ward")
    hospital = CreateModel(
        "Hospital",
        [
            ("id", models.AutoField(primary_key=True)),
            ("first", models.ForeignKey("Patient", models.PROTECT, null=True)),
        ],
    )
    patient = CreateModel(
        "Patient",
        [("id", models.AutoField(primary_key=True)), ("inside", models.ForeignKey("Hospital", models.PROTECT))],
    )
    migration.operations = [CreateModels([hospital, patient])]
    return migration


def test_tables_that_name_each_other_come_and_go_together(db):
    before = ProjectState()
    with connection.schema_editor() as editor:
        after = ward().apply(before.clone(), editor)

    assert {key for key in after.models if key[0] == "ward"} == {("ward", "hospital"), ("ward", "patient")}
    assert set(connection.introspection.table_names()) >= TABLES
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "ward_hospital").values()
    assert [row["foreign_key"] for row in constraints if row["foreign_key"]] == [("ward_patient", "id")]

    with connection.schema_editor() as editor:
        ward().unapply(before.clone(), editor)
    assert TABLES & set(connection.introspection.table_names()) == set()


def test_models_known_and_rendered_before_are_there_still(db):
    state = ProjectState.from_apps(apps)
    rendered = state.apps

    CreateModels(ward().operations[0].models).state_forwards("ward", state)

    assert state.apps is not rendered
    assert state.apps.get_model("auth", "group")
    assert state.apps.get_model("ward", "hospital")._meta.get_field("first").related_model == state.apps.get_model(
        "ward", "patient"
    )


def test_migrations_of_ours_create_many_models_together():
    """One by one each costs a tenth of a second: whoever runs `make run` for the first time waits for it."""
    ours = {app.label for app in apps.get_app_configs() if (ROOT / app.name.split(".")[0]).is_dir()}
    one_by_one = {
        f"{label}.{name}": sum(isinstance(step, CreateModel) for step in migration.operations)
        for (label, name), migration in MigrationLoader(None).disk_migrations.items()
        if label in ours
    }

    assert {name: count for name, count in one_by_one.items() if count > 2} == {}
