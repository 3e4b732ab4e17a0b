"""What is kept about people, field by field: whose, what for, on what ground, how long. Generated from the models.

The declarations stand beside it, keyed by model; a field that could hold a person and is not declared fails a test.
"""

from collections.abc import Iterator
from functools import cache

from django.apps import apps
from django.db import models
from django.db.models import Model

from office.data_map import donations, ground, pledges
from office.data_map.kinds import Declared, Nobody, Personal, Whose

__all__ = ["declaration_of", "is_undeclared", "models_of_ours", "personal_fields", "personal_models"]

DECLARED: dict[str, Declared] = donations.DECLARED | pledges.DECLARED | ground.DECLARED
# Numbers, moments and answers of a list say nothing of a person but through the row that they stand in.
CANNOT_NAME = (
    models.AutoField,
    models.BooleanField,
    models.DateField,  # DateTimeField, too
    models.DecimalField,
    models.DurationField,
    models.FloatField,
    models.IntegerField,
    models.TimeField,
    models.UUIDField,
)


def models_of_ours() -> list[type[Model]]:
    """Every table, once; their versions and proxies hold what they hold."""
    return [model for model in apps.get_models() if not model._meta.proxy and _source(model) is model]


def declaration_of(model: type[Model], name: str) -> Personal | Nobody | None:
    """What is declared of a field; a translation of it is as the field itself."""
    for declared in DECLARED.get(_source(model)._meta.label_lower, ()):
        if name in declared.fields.split():
            return declared
    return None


def is_undeclared(model: type[Model], field: "models.Field[object, object]") -> bool:
    """Whether the field could hold a person and nobody has said whether it does."""
    kind = getattr(field, "output_field", field)  # of a generated field
    if field.is_relation or field.choices or isinstance(kind, CANNOT_NAME):
        return False
    return declaration_of(model, plain_name(field)) is None


def plain_name(field: "models.Field[object, object]") -> str:
    """The field's name, without the language of a translation."""
    translated = getattr(field, "translated_field", field)
    return str(translated.name)


def personal_fields(model: type[Model]) -> Iterator[tuple[str, Personal]]:
    """The fields of the model that hold a person's data, each with its declaration."""
    for field in model._meta.concrete_fields:
        declared = declaration_of(model, field.name)
        if isinstance(declared, Personal):
            yield field.name, declared


@cache
def personal_models() -> frozenset[type[Model]]:
    """The models whose pages show a person's data: whoever looks at one of them is written down."""
    return frozenset(
        model
        for model in apps.get_models()
        if any(_is_private(declared) for _name, declared in personal_fields(model._meta.concrete_model or model))
    )


def _is_private(declared: Personal) -> bool:
    return not declared.is_pseudonym and declared.whose != Whose.PUBLIC


def _source(model: type[Model]) -> type[Model]:
    """The model whose versions this one keeps, or itself."""
    return getattr(model, "instance_type", model)
