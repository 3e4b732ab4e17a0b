"""The audit trail as staff see it: asked by what was done, by whom, to what, from where and when."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model
from django.db.models.expressions import Combinable
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.admin.base import ReadOnlyAdmin
from blueheart.trail.models import Entry, Seal
from office.admin.trail_question import DAYS, TrailQuestion

RECENT = 8


@dataclass(frozen=True)
class Recent:
    """Something that a person did, for their home; `url` leads to what it was done to, where that has a page."""

    entry: Entry
    target: str
    url: str


def recent(user: User, *, most: int = RECENT) -> list[Recent]:
    """What somebody did last, without what they only looked at; one query."""
    acts = Entry.objects.by(user).acts().exclude(target_id="")[:most]
    return [Recent(entry, target_name(entry), target_url(entry)) for entry in acts]


def target_name(entry: Entry) -> str:
    """What an act was done to, by its kind and key: the row itself is not read."""
    model = _model(entry.target_type)
    kind = str(capfirst(model._meta.verbose_name)) if model else entry.target_type
    return f"{kind} {entry.target_id}".strip()


def target_url(entry: Entry) -> str:
    """The page of what an act was done to; empty where the office has none."""
    model = _model(entry.target_type)
    if model is None or not entry.target_id or not admin.site.is_registered(model):
        return ""
    try:
        return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[entry.target_id])
    except NoReverseMatch:
        return ""


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin[Entry]):
    list_display = ["at", "actor", "action", "target", "address", "why"]
    # Not from where: a network is nobody's business outside of the office.
    export_fields = ["id", "at", ("actor", "actor__username"), "action", "target_type", "target_id", "why"]
    list_filter = [TrailQuestion]
    list_select_related = ["actor"]
    moments, grows = "at", True
    sortable_by = ()
    search_fields = ["action__startswith"]
    search_help_text = gettext_lazy("By the beginning of what was done, such as “refund.”")
    fields = ["at", "actor", "action", "target", "address", "why", "said", "all_of_the_row"]
    readonly_fields = ["target", "said", "all_of_the_row"]

    def get_ordering(self, request: HttpRequest) -> list[str | Combinable]:
        """Days are read in the order of their index."""
        return ["-at", "-pk"] if any(request.GET.get(name) for name in DAYS) else ["-pk"]

    @admin.display(description=gettext_lazy("target"))
    def target(self, entry: Entry) -> SafeString | str:
        url, name = target_url(entry), target_name(entry)
        return format_html('<a href="{}">{}</a>', url, name) if url else name or "–"

    @admin.display(description=gettext_lazy("detail"))
    def said(self, entry: Entry) -> SafeString | str:
        return shown_detail(entry.detail) if entry.detail else "–"

    @admin.display(description=gettext_lazy("about the same row"))
    def all_of_the_row(self, entry: Entry) -> SafeString | str:
        if not entry.target_id:
            return "–"
        url = reverse("admin:trail_entry_changelist", query={"kind": entry.target_type, "row": entry.target_id})
        return format_html('<a href="{}">{}</a>', url, _("Everything in the trail"))


@admin.register(Seal)
class SealAdmin(ReadOnlyAdmin[Seal]):
    list_display = ["minute", "entries", "digest"]
    moments, grows = "minute", True


def shown_detail(detail: Any) -> SafeString | str:
    """What an entry says besides, as a table of names and values; what was and is, with an arrow between."""
    match detail:
        case dict():
            fields = detail.get("fields", ())
            rows = [(name, _change(value) if name in fields else shown_detail(value)) for name, value in detail.items()]
            lines = format_html_join("", '<tr><th scope="row">{}</th><td>{}</td></tr>', rows)
            return format_html('<table class="office-detail"><tbody>{}</tbody></table>', lines)
        case list():
            return format_html("<bdi>{}</bdi>", ", ".join(str(part) for part in detail) or "–")
        case bool():
            return _("yes") if detail else _("no")
        case None:
            return "–"
        case _value:
            return format_html("<bdi>{}</bdi>", detail)


def _change(value: Any) -> SafeString | str:
    """What a field of a form was and is."""
    if not isinstance(value, list) or len(value) != 2:
        return shown_detail(value)
    was, now = value
    return format_html("<bdi>{}</bdi> → <bdi>{}</bdi>", was or "–", now or "–")


def _model(label: str) -> type[Model] | None:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None
