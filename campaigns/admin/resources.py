from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from blueheart.languages import page_language
from campaigns import resource_languages
from campaigns.admin.editing import ContentAdmin, ContentForm
from campaigns.models import Resource


def _languages() -> list[tuple[str, str]]:
    return resource_languages.choices(page_language())


class ResourceForm(ContentForm):
    audiences = forms.MultipleChoiceField(
        label=_("for whom"), choices=Resource.Audience.choices, widget=forms.CheckboxSelectMultiple
    )
    languages = forms.MultipleChoiceField(
        label=_("languages"),
        choices=_languages,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The languages it can be had in; none for a symbol."),
    )


@admin.register(Resource)
class ResourceAdmin(ContentAdmin):
    form = ResourceForm
    list_display = ("title", "kind", "publisher", "year", "file_type", "status", "source")
    list_filter = ("status", "kind", "year")
    list_select_related = ("source",)
    search_fields = ("title", "publisher", "slug")
    autocomplete_fields = ("source",)
    prepopulated_fields = {"slug": ("title",)}
    readonly_fields = ("own_file", "file_size")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keeps the size of a file beside it: pages tell it without asking the disk."""
        if "file" in form.changed_data:
            obj.file_size = obj.file.size if obj.file else None
        super().save_model(request, obj, form, change)
