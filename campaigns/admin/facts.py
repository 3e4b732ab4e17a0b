from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from campaigns import pages
from campaigns.admin.editing import ContentAdmin, Findable, WithPreview
from campaigns.models import Fact, Milestone, Source


@admin.register(Source)
class SourceAdmin(Findable):
    list_display = ("title", "publisher", "kind", "year", "read_on", "read_in")
    list_filter = ("kind", "year")
    list_select_related = ("read_in",)
    search_fields = ("title", "publisher", "slug")
    autocomplete_fields = ("read_in",)
    prepopulated_fields = {"slug": ("title",)}


class Stale(admin.SimpleListFilter):
    """Figures that nothing newer has superseded although their day, or else their year, is long past."""

    title = _("not superseded, and older than")
    parameter_name = "older"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        texts = {2: _("two years"), 5: _("five years"), 10: _("ten years")}
        return [(str(years), text) for years, text in texts.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("2", "5", "10"):
            return queryset
        return queryset.filter(pk__in=Fact.objects.older_than(int(self.value() or 0)))


@admin.register(Fact)
class FactAdmin(WithPreview):
    list_display = ("value", "unit", "scope", "year", "topic", "certainty", "status", "featured", "source", "preview")
    list_filter = (
        "status",
        Stale,
        "topic",
        "certainty",
        "featured",
        ("superseded_by", admin.EmptyFieldListFilter),
        "report",
        "year",
    )
    list_select_related = ("source",)
    search_fields = ("statement", "value", "slug")
    autocomplete_fields = ("source", "superseded_by", "report")
    preview_template = "campaigns/fact.html"
    preview_context = staticmethod(pages.fact_context)


@admin.register(Milestone)
class MilestoneAdmin(ContentAdmin):
    list_display = ("title", "happened_on", "precision", "kind", "iso2", "certainty", "status", "source")
    list_filter = ("status", "kind", "certainty")
    list_select_related = ("source",)
    search_fields = ("title", "slug")
    autocomplete_fields = ("source",)

    def view_on_site(self, row: Milestone) -> str | None:
        return None  # it stands on several pages and has none of its own
