"""Two roles: the owner migrates, and the application, which faces the world, may only do what its work needs.

Whoever takes the application over has its role. That role reads and writes rows and no more: it drops no trigger,
makes no table, and where rows stay as they were written (`append_only`) it cannot even try to change them. Which
tables those are the database itself says: all that `refuse_change` guards.
"""

import logging
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg2 import sql
from psycopg2.extensions import encrypt_password

logger = logging.getLogger(__name__)

SCHEMA = "public"
# Written by `migrate` alone.
ONLY_READ = ("django_migrations",)
# Tables with a trigger before each UPDATE and each DELETE (the bits 16 and 8 of its type) that refuses without a WHEN.
APPEND_ONLY = """
SELECT DISTINCT tables.relname::text FROM pg_trigger AS guards
    JOIN pg_class AS tables ON tables.oid = guards.tgrelid JOIN pg_proc AS refusing ON refusing.oid = guards.tgfoid
    WHERE refusing.proname = 'refuse_change' AND guards.tgtype & 24 = 24 AND guards.tgqual IS NULL
        AND tables.relnamespace = 'public'::regnamespace
    ORDER BY 1
"""
GRANTS = """
GRANT CONNECT ON DATABASE {database} TO {role};
GRANT USAGE ON SCHEMA {schema} TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {role};
"""
# A table of one's own, even a temporary one, stands in for ours where a trigger names it without its schema.
REVOKES = """
REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC;
REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC;
REVOKE ALL ON DATABASE {database} FROM {role};
REVOKE ALL ON SCHEMA {schema} FROM {role};
REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role};
REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {role};
"""
IS_MIGHTY = "rolsuper OR rolcreaterole OR rolreplication OR rolbypassrls"
# What the role that signed in may do beyond its work, in words; of a superuser everything would be true.
EXCESS = f"""
WITH tables AS (
    SELECT oid, relname::text, relowner, relname IN ({APPEND_ONLY}) AS is_append_only FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
), excess (said, detail) AS (
    SELECT 'is a superuser, or may make roles', rolname::text FROM pg_roles
        WHERE rolname = session_user AND ({IS_MIGHTY})
    UNION ALL SELECT 'owns tables', relname FROM tables WHERE pg_has_role(session_user, relowner, 'MEMBER')
    UNION ALL SELECT 'may make tables', 'public' WHERE has_schema_privilege(session_user, 'public', 'CREATE')
        OR has_database_privilege(session_user, current_database(), 'CREATE, TEMPORARY')
    UNION ALL SELECT 'may change rows that stay as they were written', relname FROM tables WHERE is_append_only
        AND (has_any_column_privilege(session_user, oid, 'UPDATE') OR has_table_privilege(session_user, oid, 'DELETE'))
    UNION ALL SELECT 'may empty tables or put triggers on them', relname FROM tables
        WHERE has_table_privilege(session_user, oid, 'TRUNCATE, TRIGGER')
)
SELECT said || ' (' || min(detail) || ')' FROM excess GROUP BY said
"""  # noqa: S608  nothing in it comes from outside

_judged: set[tuple[str, ...]] = set()


class RoleError(Exception):
    """The application's role cannot be given what it needs; the message is one line that says what to do."""


def grant_application_role(owner: BaseDatabaseWrapper, role: str, *, password: str = "") -> bool:
    """Give the application's role what its work needs and take what is more; True where the role was made for it.

    For a connection of the owner, after each migration. Safe to repeat, beside a running portal too: nobody sees it
    half done. Raises `RoleError`.
    """
    with transaction.atomic(using=owner.alias), owner.cursor() as cursor:
        is_new = _make(cursor, role, password)
        cursor.execute("SELECT current_database()")
        names = {"database": cursor.fetchone()[0], "schema": SCHEMA, "role": role}
        identifiers = {name: sql.Identifier(value) for name, value in names.items()}
        cursor.execute(sql.SQL(REVOKES + GRANTS).format(**identifiers))
        cursor.execute(APPEND_ONLY)
        kept = [table for (table,) in cursor.fetchall()]
        for tables, rights in ((kept, "UPDATE, DELETE"), (ONLY_READ, "INSERT, UPDATE, DELETE")):
            if not tables:
                continue
            listed = sql.SQL(", ").join(sql.Identifier(SCHEMA, table) for table in tables)
            cursor.execute(sql.SQL("REVOKE {} ON {} FROM {}").format(sql.SQL(rights), listed, identifiers["role"]))
    return is_new


def _make(cursor: Any, role: str, password: str) -> bool:
    cursor.execute(
        f"SELECT rolname = current_user, {IS_MIGHTY}, pg_has_role(rolname, current_user, 'MEMBER')"  # noqa: S608
        " FROM pg_roles WHERE rolname = %s",
        [role],
    )
    if found := cursor.fetchone():
        if any(found):
            raise RoleError(
                f"The role {role} owns the tables, or has their owner's power: the application needs another."
            )
        return False
    cursor.execute("SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
    if not cursor.fetchone()[0]:
        raise RoleError(f"There is no role {role}: make it (CREATE ROLE {role} LOGIN), then migrate once more.")
    made = sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role))
    if password:  # sent as its digest, so that no log of statements holds it
        digest = encrypt_password(password, role, scope=cursor.connection, algorithm="scram-sha-256")
        made += sql.SQL(" PASSWORD {}").format(sql.Literal(digest))
    cursor.execute(made)
    return True


def judge_at_start(connection: BaseDatabaseWrapper) -> None:
    """Let no server start with a role that may do too much; while PostgreSQL is away, its first connection judges."""
    if settings.PRODUCTION:
        try:
            connection.ensure_connection()
        except OperationalError:
            named = connection.settings_dict.get("VARIABLE", "DATABASE_URL")
            logger.warning("PostgreSQL is away: the role of %s is judged when it is back", named)
        finally:
            connection.close()


def refuse_excess(connection: Any, database: Mapping[str, Any]) -> None:
    """Refuse a connection whose role may do more than the application's work needs; a process asks once per role.

    `connection` is psycopg2's. Raises `ImproperlyConfigured`, in one line.
    """
    key = tuple(str(database.get(part)) for part in ("HOST", "OPTIONS", "USER", "NAME"))
    if key in _judged:
        return
    with closing(connection.cursor()) as cursor:
        cursor.execute(EXCESS)
        excess = sorted(said for (said,) in cursor.fetchall())
    connection.rollback()
    if excess:
        named = database.get("VARIABLE", "DATABASE_URL")
        raise ImproperlyConfigured(
            f"The role of {named} {'; it '.join(excess)}. Use a role of the application's own, and give "
            "the owner to `migrate` alone, as DATABASE_OWNER_URL (docs/operating.md, Roles)."
        )
    _judged.add(key)
