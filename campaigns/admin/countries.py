from django.contrib import admin

from campaigns.admin.editing import ContentAdmin
from campaigns.models import Country


@admin.register(Country)
class CountryAdmin(ContentAdmin):
    list_display = ("iso2", "joined_on", "joined_precision", "certainty", "status", "source")
    list_filter = ("status", "certainty", "joined_precision")
    list_select_related = ("source",)
    search_fields = ("iso2",)
    autocomplete_fields = ("source",)
