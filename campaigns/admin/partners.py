from django.contrib import admin

from campaigns.admin.editing import ContentAdmin
from campaigns.models import Partner


@admin.register(Partner)
class PartnerAdmin(ContentAdmin):
    list_display = ("name", "kind", "role", "since", "since_precision", "certainty", "status", "source")
    list_filter = ("status", "kind", "certainty")
    list_select_related = ("source",)
    search_fields = ("name", "slug")
    autocomplete_fields = ("source",)
    prepopulated_fields = {"slug": ("name",)}
