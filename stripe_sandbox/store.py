"""What the sandbox remembers, in one SQLite file (or in memory)."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    created INTEGER NOT NULL,
    deleted INTEGER NOT NULL DEFAULT 0,
    data TEXT NOT NULL,
    hidden TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, sequence);
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tasks (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    due_at INTEGER NOT NULL,
    name TEXT NOT NULL,
    object_id TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS tasks_by_due ON tasks (due_at, sequence);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id TEXT NOT NULL,
    endpoint_id TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending',
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at REAL NOT NULL,
    last_status INTEGER,
    last_error TEXT
);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (next_attempt_at) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS deliveries_by_event ON deliveries (event_id);
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY,
    path TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    request_id TEXT NOT NULL,
    created_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS idempotency_by_age ON idempotency (created_at);
"""
# fields that lists are often asked for; each gets an index of its own
INDEXED_FIELDS = ("payment_intent", "customer", "subscription", "charge", "source", "invoice", "type", "email")
INDEXED_PATHS = {
    **{field: f"$.{field}" for field in INDEXED_FIELDS},
    "intent_of_payment": "$.payment.payment_intent",
    "subscription_of_invoice": "$.parent.subscription_details.subscription",
}


class Store:
    """Objects by id, in the order of their making; every change belongs to a transaction.

    One connection under one lock: the sandbox is small, and an answer never sees half a change.
    """

    def __init__(self, path: Path | None) -> None:
        self.lock = threading.RLock()
        self._depth = 0
        self.connection = sqlite3.connect(
            str(path) if path else ":memory:", check_same_thread=False, isolation_level=None
        )
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=NORMAL")
        self.connection.executescript(SCHEMA)
        for name, json_path in INDEXED_PATHS.items():
            self.connection.execute(
                f"CREATE INDEX IF NOT EXISTS objects_by_{name} "
                f"ON objects (kind, json_extract(data, '{json_path}'), sequence)"
            )
        self.connection.execute(
            "CREATE INDEX IF NOT EXISTS objects_by_payout ON objects (kind, json_extract(hidden, '$.payout'), sequence)"
        )

    def close(self) -> None:
        with self.lock:
            self.connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it or nothing; a transaction inside another joins it."""
        with self.lock:
            if self._depth:
                self._depth += 1
                try:
                    yield
                finally:
                    self._depth -= 1
                return
            self.connection.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
            except BaseException:
                self.connection.execute("ROLLBACK")
                raise
            else:
                self.connection.execute("COMMIT")
            finally:
                self._depth = 0

    # notes: small named values

    def note(self, name: str) -> str | None:
        row = self.row("SELECT value FROM notes WHERE name = ?", name)
        return row["value"] if row else None

    def set_note(self, name: str, value: str) -> None:
        self.run("INSERT INTO notes VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)

    def count_up(self, name: str, by: int = 1) -> int:
        number = int(self.note(name) or 0) + by
        self.set_note(name, str(number))
        return number

    # objects

    def insert(self, kind: str, data: Json, hidden: Json | None = None) -> None:
        self.run(
            "INSERT INTO objects (id, kind, created, data, hidden) VALUES (?, ?, ?, ?, ?)",
            data["id"], kind, data.get("created", 0), json.dumps(data), json.dumps(hidden or {}),
        )  # fmt: skip

    def insert_many(self, objects: list[tuple[str, Json]]) -> None:
        """Kinds and their objects, in this order."""
        with self.lock:
            self.connection.executemany(
                "INSERT INTO objects (id, kind, created, data) VALUES (?, ?, ?, ?)",
                ((data["id"], kind, data["created"], json.dumps(data)) for kind, data in objects),
            )

    def update(self, data: Json) -> None:
        self.run("UPDATE objects SET data = ? WHERE id = ?", json.dumps(data), data["id"])

    def delete(self, data: Json) -> None:
        self.run("UPDATE objects SET data = ?, deleted = 1 WHERE id = ?", json.dumps(data), data["id"])

    def hide(self, object_id: str, hidden: Json) -> None:
        """Keep what Stripe knows of an object but never shows."""
        self.run("UPDATE objects SET hidden = ? WHERE id = ?", json.dumps(hidden), object_id)

    def hidden(self, object_id: str) -> Json:
        row = self.row("SELECT hidden FROM objects WHERE id = ?", object_id)
        return json.loads(row["hidden"]) if row else {}

    def get(self, kind: str, object_id: str) -> Json | None:
        row = self.row("SELECT data FROM objects WHERE id = ? AND kind = ?", object_id, kind)
        return json.loads(row["data"]) if row else None

    def kind_of(self, object_id: str) -> str | None:
        row = self.row("SELECT kind FROM objects WHERE id = ?", object_id)
        return row["kind"] if row else None

    def sequence(self, object_id: str) -> int | None:
        row = self.row("SELECT sequence FROM objects WHERE id = ?", object_id)
        return row["sequence"] if row else None

    def find(
        self, kind: str, conditions: list[tuple[str, Any]] | None = None, *, limit: int = -1, ascending: bool = False
    ) -> list[Json]:
        """Objects of a kind, newest first; each condition is an SQL text with its one value."""
        where = ["kind = ?", "deleted = 0"]
        values: list[Any] = [kind]
        for text, value in conditions or []:
            where.append(text)
            values.extend(value if isinstance(value, list) else [value])
        order = "ASC" if ascending else "DESC"
        # the texts of the conditions are our own, the values are bound
        rows = self.rows(
            f"SELECT data FROM objects WHERE {' AND '.join(where)} ORDER BY sequence {order} LIMIT ?",  # noqa: S608
            *values, limit,
        )  # fmt: skip
        return [json.loads(row["data"]) for row in rows]

    def where(self, kind: str, **fields: Any) -> list[Json]:
        """Objects whose fields have these values, newest first."""
        return self.find(kind, [(f"json_extract(data, '$.{name}') = ?", value) for name, value in fields.items()])

    # statements

    def run(self, statement: str, *values: Any) -> sqlite3.Cursor:
        with self.lock:
            return self.connection.execute(statement, values)

    def row(self, statement: str, *values: Any) -> sqlite3.Row | None:
        with self.lock:
            found: sqlite3.Row | None = self.connection.execute(statement, values).fetchone()
            return found

    def rows(self, statement: str, *values: Any) -> list[sqlite3.Row]:
        with self.lock:
            return self.connection.execute(statement, values).fetchall()
