from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from campaigns.admin.editing import ContentAdmin
from campaigns.models import Helpline


@admin.register(Helpline)
class HelplineAdmin(ContentAdmin):
    list_display = ("iso2", "name", "phones", "kind", "grade", "status", "read_on")
    list_display_links = ("name",)
    list_filter = ("status", "grade", "kind", "source_kind", "read_on")
    search_fields = ("name", "iso2", "slug")

    def view_on_site(self, row: Helpline) -> str | None:
        return f"{reverse('campaigns:help')}#{row.iso2}" if row.status == "published" else None

    def _set_status(self, request: HttpRequest, queryset: QuerySet[Any], status: str) -> None:
        """Grade B stays a draft whatever was chosen: it has to be verified first."""
        allowed = queryset.filter(grade=Helpline.Grade.A) if status == "published" else queryset
        super()._set_status(request, allowed, status)
