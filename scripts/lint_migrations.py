"""Find migrations that old processes would notice: `python -m scripts.lint_migrations`, a part of `make check`.

While a release goes out, the release before runs on the new tables, and visitors wait for whatever a migration locks.
squawk reads the SQL of every migration after 0.1.0; what it cannot know of Django is looked at here. A finding that is
meant has its reason beside it, in the migration:

    # lint: ban-drop-column: 0.2.0, which runs beside this one, reads it no more
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from django.db.migrations import Migration
    from django.db.migrations.state import ProjectState

ROOT = Path(__file__).resolve().parents[1]
OLDEST_POSTGRESQL = "15"
BASELINE = Path(__file__).with_name("migrations_of_0.1.0.txt")  # before them nothing ran that could notice
REASON = re.compile(r"^\s*# lint: ([a-z-]+): (\S+(?: \S+){3,})$", re.M)
UNREASONED = re.compile(r"^\s*# lint:.*$", re.M)

# Rules of squawk that are not about who is running meanwhile, or that are kept elsewhere.
NOT_ASKED = {
    "prefer-bigint-over-int": "how large a number may be is the model's",
    "prefer-bigint-over-smallint": "how large a number may be is the model's",
    "prefer-identity": "Django writes it",
    "prefer-robust-stmts": "a migration is one transaction, or its retry is written down in it",
    "prefer-text-field": "a longer varchar is one change of the catalogue since PostgreSQL 9.2",
    "require-lock-timeout": "`manage.py migrate` sets it for all",
    "require-statement-timeout": "what is long takes no lock that others wait for, or is found here",
}
# Of migrations that are older than this linter: what was applied somewhere is not touched for a comment.
EXCUSED = {
    "signing_in.0003_session_digests_password_links_and_holds": {
        "changing-column-type": "a longer varchar is one change of the catalogue; the old release reads it as before"
    }
}
BODY = re.compile(r"\$(\w*)\$.*?\$\1\$", re.S)
LOCKS = re.compile(
    r"^\s*(LOCK\b|TRUNCATE\b|CLUSTER\b|VACUUM FULL\b|REINDEX (?!.*CONCURRENTLY)"
    r"|REFRESH MATERIALIZED VIEW (?!CONCURRENTLY)|ALTER TABLE .* (DISABLE|ENABLE) TRIGGER\b)",
    re.I,
)
CHANGES_TABLES = re.compile(r"^\s*(CREATE (UNIQUE )?INDEX|ALTER TABLE|DROP INDEX|LOCK)\b", re.I)
CHANGES_ROWS = re.compile(r"^\s*(UPDATE|DELETE FROM)\b", re.I)


class Finding(NamedTuple):
    """What an old process or a visitor would notice; `rule` is squawk's name or ours."""

    migration: str
    rule: str
    told: str

    def __str__(self) -> str:
        return f"{self.migration}: {self.rule}: {self.told}"


class Written(NamedTuple):
    """A migration as its database and its reader see it."""

    name: str
    sql: str
    source: str
    is_atomic: bool


def main() -> int:
    """Print the findings; 1 where there are any."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blueheart.settings")
    import django  # noqa: PLC0415  settings come first

    django.setup()
    looked_at = list(after_the_baseline())
    findings = [finding for migration in looked_at for finding in lint(migration)]
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    sys.stdout.write(f"{len(looked_at)} migrations since 0.1.0, {len(findings)} findings\n")
    return 1 if findings else 0


def after_the_baseline() -> Iterator[Written]:
    """Each migration of ours that 0.1.0 did not have, with what `sqlmigrate` prints of it."""
    from django.apps import apps  # noqa: PLC0415  settings come first
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415
    from django.db.migrations.state import ProjectState  # noqa: PLC0415

    known = set(BASELINE.read_text().split())
    graph = MigrationLoader(None, replace_migrations=False).graph
    plan = dict.fromkeys(node for leaf in sorted(graph.leaf_nodes()) for node in graph.forwards_plan(leaf))
    state = ProjectState()
    for app, name in plan:
        migration = graph.nodes[app, name]
        of_app = Path(apps.get_app_config(app).path)
        if of_app.is_relative_to(ROOT) and ".venv" not in of_app.parts and f"{app}.{name}" not in known:
            source = Path(str(sys.modules[type(migration).__module__].__file__)).read_text()
            yield Written(f"{app}.{name}", sql_of(migration, state), source, migration.atomic)
        state = migration.mutate_state(state, preserve=False)


def sql_of(migration: "Migration", state: "ProjectState") -> str:
    """What it says to PostgreSQL on tables of this state; of what it does in Python it says only that it does it."""
    from django.db import connection  # noqa: PLC0415  settings come first

    with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
        migration.apply(state.clone(), editor, collect_sql=True)
    return "\n".join(editor.collected_sql)


def lint(migration: Written) -> list[Finding]:
    """What is found, but for what has its reason beside it; and reasons that nothing was found for."""
    reasons = {match[1] for match in REASON.finditer(migration.source)} | EXCUSED.get(migration.name, {}).keys()
    found = [*_by_squawk(migration), *_by_us(migration)]
    left = [Finding(migration.name, rule, told) for rule, told in found if rule not in reasons]
    stale = sorted(reasons - {rule for rule, _told in found})
    left += [Finding(migration.name, rule, "is excused, and was not found") for rule in stale]
    unreasoned = UNREASONED.findall(REASON.sub("", migration.source))
    return left + [Finding(migration.name, "lint", f"wants a rule and a reason: {line.strip()}") for line in unreasoned]


def _by_squawk(migration: Written) -> Iterator[tuple[str, str]]:
    command = [Path(sys.executable).with_name("squawk"), "--reporter", "json", "--pg-version", OLDEST_POSTGRESQL]
    command += ["--exclude", ",".join(NOT_ASKED), "--stdin-filepath", f"{migration.name}.sql"]
    command += ["--assume-in-transaction"] if migration.is_atomic else []
    asked = subprocess.run(command, input=migration.sql, capture_output=True, text=True, check=False)
    if asked.returncode not in {0, 1}:
        raise RuntimeError(f"squawk failed: {asked.stderr}")
    for violation in json.loads(asked.stdout or "[]"):
        statement = migration.sql.splitlines()[violation["line"]].strip() if migration.sql else ""
        yield violation["rule_name"], f"{violation['message']} ({statement[:120]})"


def _by_us(migration: Written) -> Iterator[tuple[str, str]]:
    statements = list(_statements(migration.sql))
    for statement in statements:
        if LOCKS.match(statement):
            yield "locks-a-table", f"Others wait until the end of the transaction ({statement[:120]})"
    moves_rows = [statement for statement in statements if CHANGES_ROWS.match(statement)]
    moves_rows += [line for line in migration.sql.splitlines() if "CANNOT BE WRITTEN AS SQL" in line]
    if migration.is_atomic and moves_rows and any(CHANGES_TABLES.match(statement) for statement in statements):
        yield "rows-beside-tables", "The table stays locked while its rows are changed: make two migrations of it"


def _statements(sql: str) -> Iterable[str]:
    plain = BODY.sub("''", re.sub(r"^--.*$", "", sql, flags=re.M))
    return (" ".join(part.split()) for part in plain.split(";") if part.strip())


if __name__ == "__main__":
    sys.exit(main())
