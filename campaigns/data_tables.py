"""The numbers of a data table: written as a whole, from the content files or from a CSV file of staff's."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from modeltranslation.utils import build_localized_fieldname

from blueheart.languages import DEFAULT_LANGUAGE, LANGUAGES
from campaigns.models import DataPoint, DataTable

TEXTS = [build_localized_fieldname(field, code) for field in ("label", "series") for code, _name in LANGUAGES]


@transaction.atomic
def replace_points(table: DataTable, points: Sequence[dict[str, Any]]) -> None:
    """Put these points, each a dict of texts per language and a value, in the place of all that the table has."""
    table.points.all().delete()
    DataPoint.objects.bulk_create(
        DataPoint(table=table, position=position, **point) for position, point in enumerate(points, start=1)
    )


def points_of(table: DataTable) -> list[dict[str, str]]:
    """The table's points as `replace_points` takes them; without the texts that are empty."""
    points: list[dict[str, str]] = []
    for point in table.points.all() if table.pk else ():
        texts = {name: text for name in TEXTS if (text := getattr(point, name))}
        points.append(texts | {"value": _plain(point.value)})
    return points


def points_from_file(value: Any) -> list[dict[str, str]]:
    """What an entry of data_tables.yaml says: a list of points, or one with other languages' words beside it.

    `{"en": [points], "fr": {"Africa": "Afrique"}}` is what the translations' files make of it.
    """
    points, words = (value.pop(DEFAULT_LANGUAGE), value) if isinstance(value, dict) else (value, {})
    return [_from_file(point, words) for point in points]


def _from_file(point: dict[str, Any], words: dict[str, dict[str, str]]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for field in ("label", "series"):
        if english := point.get(field):
            texts[build_localized_fieldname(field, DEFAULT_LANGUAGE)] = english
            texts |= {
                build_localized_fieldname(field, code): said[english] for code, said in words.items() if english in said
            }
    return texts | {"value": _plain(Decimal(str(point["value"])))}


def _plain(value: Decimal) -> str:
    """The number without the zeros that only its column adds, so that two spellings of it are equal."""
    return format(value.normalize(), "f")
