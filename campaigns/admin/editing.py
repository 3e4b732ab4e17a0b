"""What staff write and correct: every act is in the trail; what a content file brought is withdrawn, not deleted."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from blueheart.trail.record import record


class KeptInTrail(admin.ModelAdmin[Any]):
    """Writes each save and delete to the trail, and keeps rows that the next `load_content` would bring back."""

    list_per_page = 50
    show_full_result_count = False
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        act = "changed" if change else "created"
        record(f"{obj._meta.model_name}.{act}", target=obj, request=request, detail={"fields": form.changed_data})

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        record(f"{obj._meta.model_name}.deleted", target=obj, request=request)
        super().delete_model(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.loaded)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}


class ContentAdmin(KeptInTrail, TranslationAdmin[Any]):
    """Texts in seven languages, grouped by field; published and withdrawn one by one or together."""

    group_fieldsets = True
    save_on_top = True
    actions = ("publish", "unpublish")

    def view_on_site(self, row: Any) -> str | None:
        """The row's page; a draft has none."""
        return row.get_absolute_url() if row.status == "published" else None

    @admin.action(description=_("Publish"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set_status(request, queryset, "published")

    @admin.action(description=_("Make a draft again"), permissions=["change"])
    def unpublish(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        self._set_status(request, queryset, "draft")

    @transaction.atomic
    def _set_status(self, request: HttpRequest, queryset: QuerySet[Any], status: str) -> None:
        for row in queryset.exclude(status=status):
            row.status = status
            row.save(update_fields=["status", "updated_at"])
            record(f"{row._meta.model_name}.{status}", target=row, request=request)


class WithPreview(ContentAdmin):
    """Adds a link to the row's page as readers will see it, drafts too."""

    preview_template: str
    preview_context: Callable[[Any], dict[str, Any]]
    readonly_fields = ("preview",)

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_preview"
        view = self.admin_site.admin_view(self.preview_page)
        return [path("<int:pk>/preview/", view, name=name), *super().get_urls()]

    def preview_page(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        return render(request, self.preview_template, self.preview_context(row))

    @admin.display(description=_("page"))
    def preview(self, row: Any) -> SafeString | str:
        if not row.pk:
            return "–"
        url = reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_preview", args=[row.pk])
        return format_html('<a href="{}">{}</a>', url, _("Preview"))
