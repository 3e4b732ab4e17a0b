"""The tables, from Django's own description of the models."""

from collections.abc import Iterator

from django.apps import AppConfig, apps
from django.db import models
from django.utils import translation

from scripts.docs.pages import ROOT
from scripts.docs.reference.markdown import code, first_paragraph, table

HEAD = """# Models

Every table by its app, as Django knows it: fields, states, constraints. A constraint's name says in a sentence what
must never be otherwise. Triggers that guard booked rows and seals stand in the migrations. Tables of histories are left
out: each holds the versions of the table whose name it begins with. Words are in the [glossary](../glossary.md).

Money is `amount_minor`, a whole number of a currency's smallest step, beside `currency`; moments (`_at`) are in UTC.
"""


def page() -> str:
    with translation.override("en"):
        parts = [_app(config) for config in our_apps()]
    return "\n".join([HEAD, *parts])


def our_apps() -> Iterator[AppConfig]:
    """The installed apps of this repository that have tables."""
    for config in apps.get_app_configs():
        is_here = config.path.startswith(f"{ROOT}/") and "site-packages" not in config.path
        if is_here and list(our_models(config)):
            yield config


def our_models(config: AppConfig) -> Iterator[type[models.Model]]:
    """The app's models, without those that only keep histories."""
    return (model for model in config.get_models() if not hasattr(model, "instance_type"))


def _app(config: AppConfig) -> str:
    return "\n".join([f"## {config.name}\n", *(_model(model) for model in our_models(config))])


def _model(model: type[models.Model]) -> str:
    meta = model._meta
    parts = [f"### {meta.object_name}\n", f"Table `{meta.db_table}`. {_words(model)}\n"]
    parts.append(table(("Field", "Kind", "Holds", "What it is"), (_field(field) for field in _fields(model))))
    parts += [_states(field) for field in _fields(model) if field.choices]
    if meta.constraints:
        parts.append(table(("Constraint", "Holds that"), (_constraint(each) for each in meta.constraints)))
    return "\n".join(parts)


def _words(model: type[models.Model]) -> str:
    doc = first_paragraph(model.__doc__)
    return "" if doc.startswith(f"{model.__name__}(") else doc  # Django writes one where there is none


def _fields(model: type[models.Model]) -> list["models.Field[object, object]"]:
    """The columns, without those that hold another language's words of one."""
    return [field for field in model._meta.concrete_fields if not hasattr(field, "translated_field")]


def _field(field: "models.Field[object, object]") -> tuple[str, str, str, str]:
    languages = hasattr(field.model, "_meta") and any(
        getattr(other, "translated_field", None) is field for other in field.model._meta.concrete_fields
    )
    kind = field.get_internal_type().removesuffix("Field")
    if field.related_model is not None:
        kind += f" → {field.related_model._meta.label}"
    if field.max_length:
        kind += f" ({field.max_length})"
    marks = [
        words
        for words, holds in {
            "key": field.primary_key,
            "unique": field.unique and not field.primary_key,
            "may be null": field.null,
            "in each language": languages,
        }.items()
        if holds
    ]
    return code(field.attname), kind, ", ".join(marks), str(field.help_text or field.verbose_name)


def _states(field: "models.Field[object, object]") -> str:
    listed = [(value, label) for value, label in field.flatchoices if value not in {"", None}]
    if len(listed) > 60:  # languages, currencies, countries of the world
        return f"`{field.attname}` is one of {len(listed)} values.\n"
    return f"`{field.attname}` is one of " + ", ".join(f"{code(value)} ({label})" for value, label in listed) + ".\n"


def _constraint(constraint: models.BaseConstraint) -> tuple[str, str]:
    return code(constraint.name), code(_said(constraint))


def _said(constraint: models.BaseConstraint) -> str:
    if isinstance(constraint, models.UniqueConstraint):
        of = ", ".join([*constraint.fields, *map(str, constraint.expressions)])
        return f"unique: {of}" + (f" where {constraint.condition}" if constraint.condition else "")
    if isinstance(constraint, models.CheckConstraint):
        return str(constraint.condition)
    return type(constraint).__name__
