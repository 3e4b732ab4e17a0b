"""Rates of exchange in the office: a list that nobody changes, and the import of a file."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from blueheart.admin.base import ReadOnlyAdmin
from donations import rate_file
from donations.admin.acts import require, staff
from donations.forms.exchange_rates import RatesForm
from donations.models import ExchangeRate
from donations.services.exchange_rates import Imported, import_rates

MAY_IMPORT = "donations.import_exchangerate"
SHOWN_PROBLEMS = 100


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

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.import_view)
        return [path("import/", view, name="donations_exchangerate_import"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        may_import = request.user.has_perm(MAY_IMPORT)
        return super().changelist_view(request, {**(extra_context or {}), "may_import": may_import})

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Take a file: all of its rates, or none and every mistake by its line."""
        require(request, MAY_IMPORT)
        form = RatesForm(request.POST or None, request.FILES or None)
        if not form.is_valid():
            return self._page(request, form)
        file = form.cleaned_data["file"]
        # One byte more than is allowed tells a large file from one that fits, whatever size it says it has.
        data = file.read(rate_file.MOST_BYTES + 1)
        source = form.cleaned_data["source"]
        done = import_rates(data, source=source, by=staff(request), file_name=file.name, request=request)
        if done.problems:
            return self._page(request, RatesForm(initial={"source": source}), done, file.name)
        messages.success(request, _told(done))
        return redirect("admin:donations_exchangerate_changelist")

    def _page(
        self, request: HttpRequest, form: RatesForm, done: Imported | None = None, file_name: str = ""
    ) -> TemplateResponse:
        problems = done.problems if done else ()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": gettext("Import rates of exchange"),
            "form": form,
            "file_name": file_name,
            "problems": problems[:SHOWN_PROBLEMS],
            "problem_count": len(problems),
        }
        return TemplateResponse(request, "admin/donations/exchangerate/import.html", context)


def _told(done: Imported) -> str:
    new = ngettext("%(count)s rate is new.", "%(count)s rates are new.", done.new) % {"count": done.new}
    known = ngettext("%(count)s was stored before.", "%(count)s were stored before.", done.known)
    return f"{new} {known % {'count': done.known}}" if done.known else new
