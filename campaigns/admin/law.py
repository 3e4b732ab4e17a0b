from django.contrib import admin
from django.urls import reverse

from campaigns.admin.editing import ContentAdmin
from campaigns.models import LegalInstrument


@admin.register(LegalInstrument)
class LegalInstrumentAdmin(ContentAdmin):
    list_display = ("title", "kind", "reference", "adopted_on", "in_force_on", "certainty", "status", "source")
    list_filter = ("status", "kind", "certainty")
    list_select_related = ("source",)
    search_fields = ("title", "slug", "reference")
    autocomplete_fields = ("source", "facts")

    def view_on_site(self, row: LegalInstrument) -> str | None:
        return f"{reverse('campaigns:law')}#{row.slug}" if row.is_public else None
