"""Tables whose rows stay as they were written, refused by PostgreSQL itself even for the owner of the database."""

from django.db.migrations import RunSQL

REFUSE = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted: reverse them by new ones', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
"""


def append_only(table: str) -> RunSQL:
    """The migration step after which UPDATE, DELETE and TRUNCATE of `table` raise an error.

    The triggers fire ALWAYS, so that `session_replication_role = replica` does not switch them off.
    """
    return RunSQL(
        REFUSE
        + f"""
CREATE TRIGGER {table}_keep_rows BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER {table}_keep_table BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_keep_rows;
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_keep_table;
""",
        f"""
DROP TRIGGER {table}_keep_table ON {table};
DROP TRIGGER {table}_keep_rows ON {table};
""",
    )
