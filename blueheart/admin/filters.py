"""Filters at the side of lists that ask the database no more for many rows than for few."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import FieldListFilter
from django.contrib.admin.views.main import ChangeList
from django.db import connection
from django.db.models import Field, Model
from django.http import HttpRequest
from django.utils.translation import gettext as _

MOST_VALUES = 100


class IndexedValues(FieldListFilter):
    """The values that a column holds, read by jumping through the index that begins with it; never by a scan."""

    def __init__(
        self,
        field: "Field[Any, Any]",
        request: HttpRequest,
        params: dict[str, list[str]],
        model: type[Model],
        model_admin: Any,
        field_path: str,
    ) -> None:
        self.lookup_kwarg = field_path
        self.lookup_val = params.get(field_path)
        super().__init__(field, request, params, model, model_admin, field_path)
        self.values = values_of(model, str(field.column))

    def expected_parameters(self) -> list[str | None]:
        return [self.lookup_kwarg]

    def has_output(self) -> bool:
        return len(self.values) > 1

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        chosen = self.lookup_val[-1] if self.lookup_val else None
        yield {
            "selected": chosen is None,
            "query_string": changelist.get_query_string(remove=[self.lookup_kwarg]),
            "display": _("All"),
        }
        for value in self.values:
            yield {
                "selected": str(value) == str(chosen),
                "query_string": changelist.get_query_string({self.lookup_kwarg: value}),
                "display": str(value) or "–",
            }


def values_of(model: type[Model], column: str) -> list[Any]:
    """The values of a column that an index begins with, the first hundred; one query of as many steps as values."""
    quote = connection.ops.quote_name
    table, name = quote(model._meta.db_table), quote(column)
    sql = f"""
        WITH RECURSIVE steps (value, step) AS (
            (SELECT {name}, 1 FROM {table} WHERE {name} IS NOT NULL ORDER BY {name} LIMIT 1)
            UNION ALL
            SELECT (SELECT {name} FROM {table} WHERE {name} > value ORDER BY {name} LIMIT 1), step + 1
            FROM steps WHERE value IS NOT NULL AND step <= {MOST_VALUES}
        )
        SELECT value FROM steps WHERE value IS NOT NULL ORDER BY step
    """  # noqa: S608  names of our own tables
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [value for (value,) in cursor.fetchall()]
