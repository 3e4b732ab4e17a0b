"""The data map as staff read it: a table for each model that holds people, printable, and as a file."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.admin import AdminSite
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.tables import csv_download
from office.data_map import models_of_ours, personal_fields
from office.data_map.kinds import Personal
from office.page import OfficePage, has
from office.privacy.retention import RULES

MAY_READ = has("office.find_person", "trail.view_entry")


@dataclass(frozen=True)
class Line:
    """Some fields of a model that are alike."""

    names: list[str]
    labels: list[str]
    declared: Personal
    how_long: list[str]


@dataclass(frozen=True)
class Table:
    """One model: its fields about people, what leads to a person, and which roles may look at its rows."""

    anchor: str
    name: str
    lines: list[Line]
    leads_to: list[str]
    seen_by: list[str]


def page(request: HttpRequest, site: AdminSite) -> HttpResponse:
    tables, nobody = _tables()
    context = {
        **site.each_context(request),
        "title": _("Data map"),
        "tables": tables,
        "nobody": nobody,
        "csv_url": reverse("admin:data_map_csv"),
    }
    return TemplateResponse(request, "admin/data_map.html", context)


def as_csv(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """The same, one line per field."""
    header = [
        _("model"), _("field"), _("name"), _("whose"), _("pseudonym"), _("what for"), _("ground"), _("how long"),
        _("seen by"),
    ]  # fmt: skip
    return csv_download("data-map", header, _rows())


def _rows() -> Iterator[list[str | bool]]:
    for table in _tables()[0]:
        for line in table.lines:
            said = line.declared
            for name, label in zip(line.names, line.labels, strict=True):
                yield [
                    table.anchor, name, label, str(said.whose.label), said.is_pseudonym, str(said.used_for),
                    str(said.ground.label), " ".join(line.how_long), ", ".join(table.seen_by),
                ]  # fmt: skip


def _tables() -> tuple[list[Table], list[str]]:
    """The models that hold people, and the names of those that hold nobody."""
    seers = _seers()
    tables, nobody = [], []
    for model in models_of_ours():
        lines = _lines(model)
        if lines:
            seen_by = seers.get((model._meta.app_label, model._meta.model_name or ""), [])
            tables.append(Table(model._meta.label_lower, _named(model), lines, _leads_to(model), seen_by))
        else:
            nobody.append(_named(model))
    return tables, sorted(nobody)


def _lines(model: type[Model]) -> list[Line]:
    """The personal fields, those of one declaration together; a translated field stands for its languages."""
    alike: dict[Personal, list[str]] = {}
    for name, declared in personal_fields(model):
        if not hasattr(model._meta.get_field(name), "translated_field"):
            alike.setdefault(declared, []).append(name)
    return [
        Line(names, [_label(model, name) for name in names], declared, _how_long(declared))
        for declared, names in alike.items()
    ]


def _how_long(declared: Personal) -> list[str]:
    says = {rule.name: str(rule.says) for rule in RULES}
    by_rules = [str(capfirst(f"{says[name]}.")) for name in declared.rules]
    return [*by_rules, str(declared.stays)] if declared.stays else by_rules


def _leads_to(model: type[Model]) -> list[str]:
    """The fields that point to another row that holds people."""
    return [
        f"{capfirst(str(field.verbose_name))} ({_named(field.related_model)})"
        for field in model._meta.concrete_fields
        if isinstance(field.related_model, type) and any(personal_fields(field.related_model))
    ]


def _seers() -> dict[tuple[str, str], list[str]]:
    """Which roles may look at the rows of which model."""
    codes = Group.objects.filter(permissions__codename__startswith="view_").order_by("name")
    seers: dict[tuple[str, str], list[str]] = {}
    for name, app, code in codes.values_list("name", "permissions__content_type__app_label", "permissions__codename"):
        seers.setdefault((app, code.removeprefix("view_")), []).append(_(name))
    return seers


def _named(model: type[Model]) -> str:
    return str(capfirst(model._meta.verbose_name))


def _label(model: type[Model], name: str) -> str:
    return str(capfirst(str(getattr(model._meta.get_field(name), "verbose_name", name))))


PAGES = [
    OfficePage("data-map/", "data_map", page, MAY_READ, gettext_lazy("Data map")),
    OfficePage("data-map/data-map.csv", "data_map_csv", as_csv, MAY_READ),
]
