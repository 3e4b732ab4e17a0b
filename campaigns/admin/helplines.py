import datetime as dt
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from blueheart.trail.record import record
from campaigns.admin.editing import ContentAdmin
from campaigns.models import Helpline


class Checked(admin.SimpleListFilter):
    """Published numbers that must be read again on the pages that print them."""

    title = _("checked")
    parameter_name = "checked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("long-ago", _("not for twelve months"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "long-ago":
            return queryset
        return queryset.filter(pk__in=Helpline.objects.not_checked_for_a_year())


@admin.register(Helpline)
class HelplineAdmin(ContentAdmin):
    list_display = ("iso2", "name", "phones", "kind", "grade", "status", "read_on")
    list_display_links = ("name",)
    list_filter = ("status", "grade", Checked, "kind", "source_kind", "read_on")
    search_fields = ("name", "iso2", "slug")
    actions = (*ContentAdmin.actions, "mark_as_checked")  # type: ignore[assignment]

    def view_on_site(self, row: Helpline) -> str | None:
        return f"{reverse('campaigns:help')}#{row.iso2}" if row.is_public else None

    @admin.action(description=_("I have read it on its source today"), permissions=["publish"])
    @transaction.atomic
    def mark_as_checked(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        today = dt.datetime.now(dt.UTC).date()
        rows = list(queryset.exclude(read_on=today))
        for row in rows:
            row.read_on = today
            row.save(update_fields=["read_on", "updated_at"])
            record("helpline.checked", target=row, request=request)
            self.after_change(row)
        messages.success(request, gettext("Helplines read on their source today: %(count)s.") % {"count": len(rows)})

    def _set_status(self, request: HttpRequest, queryset: QuerySet[Any], status: str) -> None:
        """Grade B stays a draft whatever was chosen: it has to be verified first."""
        allowed = queryset.filter(grade=Helpline.Grade.A) if status == "published" else queryset
        super()._set_status(request, allowed, status)
