from django.contrib import admin

from campaigns.admin.editing import ContentAdmin
from campaigns.models import GrantCycle, PublishedGrant


@admin.register(GrantCycle)
class GrantCycleAdmin(ContentAdmin):
    list_display = ("name", "announced_on", "announced_precision", "amount_words", "certainty", "status", "source")
    list_filter = ("status", "certainty")
    list_select_related = ("source",)
    search_fields = ("name", "slug")
    autocomplete_fields = ("source",)


@admin.register(PublishedGrant)
class PublishedGrantAdmin(ContentAdmin):
    list_display = ("slug", "organisation", "iso2", "cycle", "amount_usd", "months", "certainty", "status", "source")
    list_filter = ("status", "certainty", "cycle")
    list_select_related = ("cycle", "source")
    search_fields = ("organisation", "iso2", "slug")
    autocomplete_fields = ("cycle", "source")
