"""Rates of exchange in the office: a list that nobody changes, and the way to the import of a file."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from blueheart.admin.base import ReadOnlyAdmin
from donations.models import ExchangeRate

MAY_IMPORT = "donations.import_exchangerate"


@admin.register(ExchangeRate)
class ExchangeRateAdmin(ReadOnlyAdmin[Any]):
    list_display = ["currency", "units", "valid_from", "source", "imported_by", "imported_at"]
    list_select_related = ["imported_by"]
    list_filter = ["valid_from"]
    moments = "valid_from"
    search_fields = ["=currency"]
    search_help_text = _("The code of a currency, such as EUR.")
    ordering = ["-valid_from", "currency"]
    list_per_page = 100

    @admin.display(description=_("units for one US dollar"), ordering="units_per_usd")
    def units(self, rate: ExchangeRate) -> str:
        return f"{rate.units_per_usd.normalize():f}"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        may_import = request.user.has_perm(MAY_IMPORT)
        return super().changelist_view(request, {**(extra_context or {}), "may_import": may_import})
