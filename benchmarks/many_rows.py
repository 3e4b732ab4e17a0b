"""Content multiplied, to see whether a page asks more where there is more to show; Django is set up there."""

from typing import Any

from django.apps import apps
from django.db import models

from blueheart.languages import country_codes

LEAST = 300
FIRST = 2030  # year, or place in an order, of the first copy
LAST_YEAR = 2100
COPIES_OF = 12  # rows of each kind, so that all that they are connected with is copied too


def multiply_content(least: int = LEAST) -> dict[str, int]:
    """Copy rows of the campaign's content until there are so many of each kind; returns how many there are.

    What must be unique in a copy is made so by its number; where there can be one only, as of campaigns of a country,
    its copies are left out. Every campaign and every World Day names all facts and resources.
    """
    counts = {}
    for model in apps.get_app_config("campaigns").get_models():
        rows = list(model._base_manager.order_by("-pk")[:COPIES_OF])
        if rows and not hasattr(model, "history_object"):
            copies = [_copy(rows[number % len(rows)], number) for number in range(least - model._base_manager.count())]
            model._base_manager.bulk_create(copies, ignore_conflicts=True)
            counts[model._meta.label] = model._base_manager.count()
    for model in apps.get_app_config("campaigns").get_models():
        for field in model._meta.many_to_many:
            _connect_all(field, model._base_manager.order_by("pk")[:COPIES_OF])
    return counts


def _connect_all(field: "models.ManyToManyField[Any, Any]", rows: "models.QuerySet[Any]") -> None:
    others = list(field.related_model._base_manager.all())
    for row in rows:
        getattr(row, field.name).set(others)


def _copy(row: models.Model, number: int) -> models.Model:
    copy = type(row)(**{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields})
    copy.pk = None
    for field in row._meta.concrete_fields:
        if field.name == "position":
            setattr(copy, field.attname, FIRST + number)
        elif field.name == "year" and field.unique:
            setattr(copy, field.attname, min(FIRST + number, LAST_YEAR))
        elif field.name == "slug":
            setattr(copy, field.attname, f"{getattr(row, field.attname)[: (field.max_length or 50) - 5]}-{number}")
        elif field.name == "iso2" and field.unique:
            setattr(copy, field.attname, sorted(country_codes())[number % len(country_codes())])
    return copy
