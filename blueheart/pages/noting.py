"""Tables whose changes pages must show: each transaction that changes one moves a version, seen when it commits.

A version is a sum over rows, so that transactions which commit in another order than they began cannot hide each other.
"""

from collections.abc import Iterable

from django.db.migrations import RunSQL

CONTENT = "content"  # what people write: a change is shown on every page
NUMBERS = "numbers"  # tallies, written once in a window: pages without counts stay as they are

# Said once in a transaction: `blueheart.noted_…` is a setting of the transaction, which a savepoint takes back with the
# rows. A row that another transaction holds is skipped: to wait for it could be a deadlock. Where one snapshot is kept
# for the whole transaction an older row could not be updated; there a new one is written.
FUNCTION = """
CREATE OR REPLACE FUNCTION pages_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said text := 'blueheart.noted_' || TG_ARGV[0];
    free bigint;
BEGIN
    IF coalesce(current_setting(said, true), '') = '1' THEN
        RETURN NULL;
    END IF;
    IF TG_LEVEL = 'STATEMENT' AND TG_OP <> 'TRUNCATE' THEN
        IF NOT EXISTS (SELECT FROM changed) THEN  -- by itself: for the others there is no such table to plan with
            RETURN NULL;
        END IF;
    END IF;
    IF current_setting('transaction_isolation') = 'read committed' THEN
        SELECT id INTO free FROM pages_version WHERE topic = TG_ARGV[0] ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED;
    END IF;
    IF free IS NULL THEN
        INSERT INTO pages_version (topic, changes) VALUES (TG_ARGV[0], 1);
    ELSE
        UPDATE pages_version SET changes = changes + 1 WHERE id = free;
    END IF;
    PERFORM set_config(said, '1', true);
    RETURN NULL;
END $$;
"""
ROWS = {"insert": "NEW", "update": "NEW", "delete": "OLD"}


def function() -> RunSQL:
    """The migration step that makes what the triggers call."""
    return RunSQL(FUNCTION, "DROP FUNCTION pages_note_change();")


def noted(*tables: str, topic: str = CONTENT, events: Iterable[str] = ("insert", "update", "delete")) -> RunSQL:
    """The migration step after which every change of these tables moves the version of the topic.

    A statement that finds no row to change moves nothing.
    """
    chosen = list(events)
    made = "".join(_of_table(table, topic, chosen) for table in tables)
    return RunSQL(made, "".join(_without(table, chosen) for table in tables))


def noted_where(table: str, **conditions: str) -> RunSQL:
    """The same for a table that is written all the time: by event, the condition on the rows OLD and NEW.

    `noted_where("pledges_pledge", update="OLD.status = 'confirmed'")`
    """
    made = [
        f"CREATE TRIGGER {table}_noted_{event} AFTER {event.upper()} ON {table} FOR EACH ROW WHEN ({condition})"
        f" EXECUTE FUNCTION pages_note_change('{CONTENT}');\n"
        for event, condition in conditions.items()
    ]
    return RunSQL("".join(made), "".join(f"DROP TRIGGER {table}_noted_{event} ON {table};\n" for event in conditions))


def differ(columns: Iterable[str]) -> str:
    """The condition that one of the columns has another value than before."""
    names = list(columns)
    old, new = (", ".join(f"{row}.{name}" for name in names) for row in ("OLD", "NEW"))
    return f"({old}) IS DISTINCT FROM ({new})"


def _of_table(table: str, topic: str, events: Iterable[str]) -> str:
    each = [
        f"CREATE TRIGGER {table}_noted_{event} AFTER {event.upper()} ON {table}"
        f" REFERENCING {ROWS[event]} TABLE AS changed"
        f" FOR EACH STATEMENT EXECUTE FUNCTION pages_note_change('{topic}');\n"
        for event in events
    ]
    truncated = (
        f"CREATE TRIGGER {table}_noted_truncate AFTER TRUNCATE ON {table}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION pages_note_change('{topic}');\n"
    )
    return "".join([*each, truncated])


def _without(table: str, events: Iterable[str]) -> str:
    return "".join(f"DROP TRIGGER {table}_noted_{event} ON {table};\n" for event in (*events, "truncate"))
