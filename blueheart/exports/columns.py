"""What an exported list shows: columns with the name of their field, each an expression of the ORM and of one kind.

A choice is exported as its stored value: it is the same in every language, and what the list's filters and our API
say, so a file of last year can be compared with one of today. So are the names of the columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.db import models
from django.db.models import F, Func, Model, Value
from django.db.models.expressions import BaseExpression, Combinable
from django.db.models.functions import Concat, Left, StrIndex, Substr

from blueheart.money import THREE_DECIMAL, ZERO_DECIMAL


class Kind(Enum):
    """How a cell is written: as PostgreSQL prints it, a text guarded, and a moment by ISO 8601 in UTC."""

    TEXT = "text"
    CHOICE = "choice"  # a text that the code writes
    NUMBER = "number"
    MOMENT = "moment"
    DATE = "date"
    TRUTH = "truth"


Expression = str | Combinable
Declared = str | tuple[str, Expression]


@dataclass(frozen=True)
class Column:
    name: str
    expression: Combinable
    kind: Kind


class Amount(Func):
    """Minor units as a decimal amount with as many places as the currency has: `25.00`, `3000`, `1.250`."""

    output_field = models.DecimalField()

    def __init__(self, minor: Expression = "amount_minor", currency: Expression = "currency", **extra: Any) -> None:
        super().__init__(minor, currency, **extra)

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_extra: Any) -> tuple[str, tuple[Any, ...]]:
        minor, currency = (compiler.compile(part) for part in self.source_expressions)
        sql = (
            f"({minor[0]} * CASE WHEN {currency[0]} = ANY(%s) THEN 1 "
            f"WHEN {currency[0]} = ANY(%s) THEN 0.001 ELSE 0.01 END)"
        )
        return sql, (*minor[1], *currency[1], sorted(ZERO_DECIMAL), *currency[1], sorted(THREE_DECIMAL))


def masked(email: str) -> Combinable:
    """An address as lists show it to staff: `s…@example.org`, empty where there is none."""
    at = StrIndex(F(email), Value("@"))
    return models.Case(
        models.When(
            models.Q(**{f"{email}__contains": "@"}),
            then=Concat(Left(Left(F(email), at - 1), 1), Value("…"), Substr(F(email), at)),
        ),
        default=Value(""),
        output_field=models.TextField(),
    )


def declared_columns(model: type[Model], declared: Sequence[Declared]) -> list[Column]:
    """The columns that an export names, in its order."""
    return [_column(model, *(part if isinstance(part, tuple) else (part, part))) for part in declared]


def default_columns(model: type[Model], shown: Sequence[Any]) -> list[Column]:
    """The key, then what the list shows of the row's own fields, amounts in their currency.

    What the list works out in Python is left out, and so are networks and whole addresses.
    """
    key = model._meta.pk.name
    names = [str(name) for name in shown]
    found = {} if {key, "public_id"} & set(names) else {key: _column(model, key, key)}
    for name in names:
        found |= {column.name: column for column in _shown_as(model, name)}
    return list(found.values())


def _shown_as(model: type[Model], name: str) -> list[Column]:
    fields = {field.name: field for field in model._meta.concrete_fields}
    if name in fields:
        is_left_out = isinstance(fields[name], models.GenericIPAddressField | models.JSONField)
        return [] if is_left_out else [_column(model, name, _default_expression(fields[name]))]
    if isinstance(fields.get(f"{name}_minor"), models.IntegerField) and "currency" in fields:
        return declared_columns(model, [(name, Amount(f"{name}_minor")), "currency"])
    if name == "masked_email" and "email" in fields:
        return declared_columns(model, [("email", masked("email"))])
    return []


# By which a person would name a row of another table, the first that it has.
NAMED_BY = ("public_id", "slug", "code", "iso2", "number", "username", "name")


def _default_expression(field: "models.Field[Any, Any]") -> Expression:
    if isinstance(field, models.EmailField):
        return masked(field.name)
    related = field.related_model
    if not isinstance(related, type) or not issubclass(related, Model):
        return field.name
    has = {concrete.name for concrete in related._meta.concrete_fields}
    return f"{field.name}__{next((name for name in NAMED_BY if name in has), related._meta.pk.name)}"


def _column(model: type[Model], name: str, expression: Expression) -> Column:
    resolved = F(expression) if isinstance(expression, str) else expression
    return Column(name, resolved, _kind(_output_field(model, resolved)))


def _output_field(model: type[Model], expression: Combinable) -> "models.Field[Any, Any]":
    query = models.sql.Query(model)
    resolved: BaseExpression = expression.resolve_expression(query)  # type: ignore[attr-defined]
    return resolved.output_field


def _kind(field: "models.Field[Any, Any]") -> Kind:
    if isinstance(field, models.DateTimeField):
        return Kind.MOMENT
    if isinstance(field, models.DateField):
        return Kind.DATE
    if isinstance(field, models.BooleanField):
        return Kind.TRUTH
    if isinstance(field, models.IntegerField | models.DecimalField | models.FloatField):
        return Kind.NUMBER
    return Kind.CHOICE if field.choices else Kind.TEXT
