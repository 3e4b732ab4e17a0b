from django.contrib import admin

from campaigns import pages
from campaigns.admin.editing import ContentAdmin, KeptInTrail, WithPreview
from campaigns.models import Fact, Milestone, Source


@admin.register(Source)
class SourceAdmin(KeptInTrail):
    list_display = ("title", "publisher", "kind", "year", "read_on", "read_in")
    list_filter = ("kind", "year")
    list_select_related = ("read_in",)
    search_fields = ("title", "publisher", "slug")
    autocomplete_fields = ("read_in",)
    prepopulated_fields = {"slug": ("title",)}


@admin.register(Fact)
class FactAdmin(WithPreview):
    list_display = ("value", "unit", "scope", "year", "topic", "certainty", "status", "featured", "source", "preview")
    list_filter = ("status", "topic", "certainty", "featured", ("superseded_by", admin.EmptyFieldListFilter), "year")
    list_select_related = ("source",)
    search_fields = ("statement", "value", "slug")
    autocomplete_fields = ("source", "superseded_by")
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
