"""Loading what the campaign says from `content/*.yaml`, without ever overwriting what staff have edited."""

import datetime as dt
import json
import logging
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import yaml
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, transaction
from django.db.models.fields.files import FieldFile
from django.utils import translation
from modeltranslation.utils import build_localized_fieldname

from blueheart.languages import DEFAULT_LANGUAGE, LANGUAGES
from campaigns import data_tables, pictures
from campaigns.markdown import marked_facts
from campaigns.models import (
    Campaign,
    Country,
    DataTable,
    Event,
    Fact,
    GrantCycle,
    Helpline,
    LegalInstrument,
    Milestone,
    NewsItem,
    Partner,
    Picture,
    PublishedGrant,
    ReportEdition,
    Resource,
    Source,
    WorldDayEdition,
)
from campaigns.models.content import Loaded, Precision
from campaigns.translation import translated_fields

FOLDER = Path(__file__).parent / "content"
# libyaml's parser where PyYAML was built with it: ten times as fast.
_YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
log = logging.getLogger(__name__)


class ContentError(ValueError):
    """A content file says something that cannot be; the message names the file and the entry."""


class Kind(NamedTuple):
    """One file's rows; `date` and `precision` are the fields that an entry's `when: 2010-06` fills."""

    file: str
    model: type[Loaded]
    key: str = "slug"
    date: str = ""
    precision: str = ""


# In the order of who refers to whom; within a file, an entry stands below those it names.
KINDS = (
    Kind("sources", Source),
    Kind("pictures", Picture),
    Kind("countries", Country, "iso2", "joined_on", "joined_precision"),
    Kind("resources", Resource),
    Kind("reports", ReportEdition, "year", "released_on", "released_precision"),
    Kind("facts", Fact),
    Kind("campaigns", Campaign),
    Kind("data_tables", DataTable),
    Kind("law", LegalInstrument, "slug", "adopted_on", "adopted_precision"),
    Kind("milestones", Milestone, "slug", "happened_on", "precision"),
    Kind("partners", Partner, "slug", "since", "since_precision"),
    Kind("world_days", WorldDayEdition, "year"),
    Kind("events", Event),
    Kind("news", NewsItem, "slug", "dated_on", "precision"),
    Kind("grant_cycles", GrantCycle, "slug", "announced_on", "announced_precision"),
    Kind("published_grants", PublishedGrant),
    Kind("helplines", Helpline),
)


class Names:
    """The ids of rows by the names that content files call them, read once per model and told of each new row."""

    def __init__(self) -> None:
        self._ids: dict[type[models.Model], dict[Any, int]] = {}

    def id_of(self, model: type[models.Model], name: Any) -> int:
        """Raises `ValueError` where there is no such row: it must stand above those that name it."""
        if name not in self._of(model):
            raise ValueError(f"there is no {model._meta.verbose_name} {name}")
        return self._of(model)[name]

    def add(self, model: type[models.Model], name: Any, pk: int) -> None:
        self._of(model)[name] = pk

    def _of(self, model: type[models.Model]) -> dict[Any, int]:
        if model not in self._ids:
            key = next(kind.key for kind in KINDS if kind.model is model)
            self._ids[model] = dict(model._default_manager.values_list(key, "pk"))
        return self._ids[model]


@transaction.atomic
def load() -> dict[str, int]:
    """Bring every row of the files, and say per kind how many were created, updated and kept as staff left them.

    Safe to repeat. A row that staff have changed since it was loaded, or made themselves under the same name, stays
    as it is. Raises `ContentError`, and loads nothing, when an entry is wrong.
    """
    names = Names()
    with translation.override(DEFAULT_LANGUAGE):
        counts = {label: count for kind in KINDS for label, count in _load_kind(kind, names).items()}
    if unknown := marks_without_a_fact():
        raise ContentError(f"marks name facts that facts.yaml has not: {', '.join(unknown)}")
    return counts


def marks_without_a_fact() -> list[str]:
    """The slugs that the files' texts mark with `[[fact:slug]]` and facts.yaml has not, each with its file."""
    known = {entry["slug"] for entry in entries("facts")}
    files = {path: path.read_text(encoding="utf-8") for path in sorted(FOLDER.rglob("*.yaml"))}
    named = [(path, slug) for path, text in files.items() for slug in marked_facts(text)]
    return [f"{path.relative_to(FOLDER)}: {slug}" for path, slug in named if slug not in known]


def entries(file: str) -> list[dict[str, Any]]:
    """The entries of one content file, as written there; none where there is no such file."""
    return _read(FOLDER / f"{file}.yaml") or []


def translations(file: str) -> dict[str, dict[Any, dict[str, str]]]:
    """Per language, the texts of one content file by its rows' names: `translations/<language>/<file>.yaml`."""
    return {code: _read(FOLDER / "translations" / code / f"{file}.yaml") or {} for code, _name in LANGUAGES}


def _read(path: Path) -> Any:
    return _parsed(path, path.stat().st_mtime_ns) if path.exists() else None


@lru_cache(maxsize=256)
def _parsed(path: Path, _changed: int) -> Any:
    """What the file holds; whoever reads it leaves it as it is."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_YAML)  # noqa: S506 -- both safe


def _load_kind(kind: Kind, names: Names) -> dict[str, int]:
    counts = {f"{kind.file} {outcome}": 0 for outcome in ("created", "updated", "kept")}
    seen: set[Any] = set()
    texts = translations(kind.file)
    rows = {getattr(row, kind.key): row for row in kind.model._default_manager.all()}
    for entry in entries(kind.file):
        name = entry.get(kind.key, "?")
        if name in seen:
            raise ContentError(f"{kind.file}.yaml: {name} stands there twice")
        seen.add(name)
        full = entry | _in_all_languages(entry, {code: named.get(name, {}) for code, named in texts.items()})
        try:
            outcome = _load_row(kind, full, rows.get(name), names)
        except (ValidationError, FieldDoesNotExist, IntegrityError, ValueError) as error:
            raise ContentError(f"{kind.file}.yaml: {name}: {error}") from error
        if outcome:
            counts[f"{kind.file} {outcome}"] += 1
        if outcome == "kept":
            log.warning("%s %s was changed by staff: left alone", kind.file, name)
    if unknown := [f"{code}: {name}" for code, named in texts.items() for name in named if name not in seen]:
        raise ContentError(f"translations of {kind.file}.yaml name rows that it has not: {', '.join(unknown)}")
    return counts


def _in_all_languages(entry: dict[str, Any], texts: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
    """The entry's texts per language, with those that the translations' files give."""
    fields: dict[str, dict[str, str]] = {}
    for code, translated in texts.items():
        for field, text in translated.items():
            if field not in entry:
                raise ContentError(f"translations/{code}: {field} is not among the fields of its row")
            original = entry[field] if isinstance(entry[field], dict) else {DEFAULT_LANGUAGE: entry[field]}
            fields.setdefault(field, dict(original))[code] = text
    return fields


def _load_row(kind: Kind, entry: dict[str, Any], row: Loaded | None, names: Names) -> str:
    """Bring one row; returns `created`, `updated`, `kept`, or nothing where it is already so."""
    values = _columns(kind, entry, names)
    for name in row.loaded.keys() - values.keys() if row else ():
        values[name] = _empty(kind.model, name)
    if row and _stored(row, values) == _plain(values):
        return ""
    if row and not _is_as_loaded(row, values):
        return "kept"
    outcome = "updated" if row else "created"
    row = row or kind.model()
    several = {name: value for name, value in values.items() if _is_several(_field(kind.model, name))}
    for name, value in values.items():
        if name not in several:
            setattr(row, name, value)
    row.loaded = values
    # The database's own constraints judge the rest, at a tenth of what `full_clean` costs.
    row.clean_fields(exclude={field.name for field in row._meta.get_fields() if field.is_relation})
    row.save()
    names.add(kind.model, entry[kind.key], row.pk)
    for name, value in several.items():
        if _field(kind.model, name).many_to_many:
            getattr(row, name).set(value)
        else:
            data_tables.replace_points(cast(DataTable, row), value)
    return outcome


def _is_as_loaded(row: Loaded, values: dict[str, Any]) -> bool:
    """Whether staff have left alone what the files brought, and what the files bring now for the first time."""
    if not row.loaded or _stored(row, row.loaded) != row.loaded:
        return False
    added = values.keys() - row.loaded.keys()
    return all(_value(row, name) in (_empty(type(row), name), None, "") for name in added)


def _stored(row: Loaded, names: dict[str, Any]) -> dict[str, Any]:
    return _plain({name: _value(row, name) for name in names})


def _value(row: Loaded, name: str) -> Any:
    value = getattr(row, name)
    if isinstance(value, FieldFile):
        return value.name
    if _field(type(row), name).many_to_many:
        return sorted(value.values_list("pk", flat=True))
    return data_tables.points_of(cast(DataTable, row)) if name == "points" else value


def _empty(model: type[Loaded], name: str) -> Any:
    field = _field(model, name)
    return [] if _is_several(field) else field.get_default()


def _is_several(field: Any) -> bool:
    """Whether the field holds rows: others that it names, or those of a table of data, which are its own."""
    return bool(field.many_to_many or field.one_to_many)


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """The values as JSON keeps them, so that a date compares equal to what was stored of it."""
    plain: dict[str, Any] = json.loads(json.dumps(values, cls=DjangoJSONEncoder))
    return plain


def _columns(kind: Kind, entry: dict[str, Any], names: Names) -> dict[str, Any]:
    """The columns that an entry fills: `when` a date and its precision, names of rows ids, texts one per language."""
    columns: dict[str, Any] = {}
    if hasattr(kind.model, "Status"):
        columns["status"] = "published"
    for name, value in entry.items():
        if name == "when":
            columns[kind.date], columns[kind.precision] = _dated(value)
        elif name in translated_fields(kind.model):
            texts = value if isinstance(value, dict) else {DEFAULT_LANGUAGE: value}
            columns |= {build_localized_fieldname(name, language): text for language, text in texts.items()}
        else:
            field = _field(kind.model, name)
            if field.many_to_many:
                columns[name] = sorted(names.id_of(field.related_model, each) for each in value)
            elif field.one_to_many:
                columns[name] = data_tables.points_from_file(value)
            elif isinstance(field, models.ImageField):
                columns |= _picture_columns(entry, value)
            elif field.is_relation:
                columns[field.attname] = names.id_of(field.related_model, value)
            else:
                columns[name] = _text(field, value)
    return columns


def _field(model: type[Loaded], name: str) -> Any:
    return model._meta.get_field(name)


def _picture_columns(entry: dict[str, Any], file: str) -> dict[str, Any]:
    """Keep a file of `pictures/` where pages find it, also when the media were lost since, and say which it is."""
    kept = pictures.keep(entry["slug"], (FOLDER / "pictures" / file).read_bytes())
    return {"file": kept.name, "width": kept.width, "height": kept.height}


def _text(field: Any, value: Any) -> Any:
    """The value as its column gives it back: lists one item per line, times of day as times, all decimal places."""
    if isinstance(value, list) and not isinstance(field, ArrayField):
        return "\n".join(value)
    if isinstance(field, models.DecimalField) and value is not None:
        return Decimal(str(value)).quantize(Decimal(1).scaleb(-field.decimal_places))
    return dt.time.fromisoformat(value) if isinstance(field, models.TimeField) else value


def _dated(value: dt.date | int | str) -> tuple[dt.date, str]:
    """`2010-06-05`, `2010-06`, `2010` or `by 2019-09-20` as the day to store and how much of it is known."""
    if isinstance(value, dt.date):
        return value, Precision.DAY
    text = str(value)
    if text.startswith("by "):
        return dt.date.fromisoformat(text.removeprefix("by ")), Precision.BY
    year, _dash, month = text.partition("-")
    return dt.date(int(year), int(month or 1), 1), Precision.MONTH if month else Precision.YEAR
