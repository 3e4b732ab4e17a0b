"""What fields of the office's forms have in common: a name for each part, and a script for what scripts drew."""

from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.db.models import Model
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _

M = TypeVar("M", bound=Model)


class NamedFields(admin.ModelAdmin[M]):
    """Names the two halves of a moment, which Django leaves without a label."""

    class Media:
        js = ("js/office-forms.js",)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(widget := field.widget, AdminSplitDateTime):
            label = capfirst(str(field.label))
            for part, name in zip(widget.widgets, (_("day"), _("time, UTC")), strict=True):
                part.attrs["aria-label"] = f"{label}: {name}"
        return field
