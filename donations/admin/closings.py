"""Closings in the office: prepared by one person with all that is still open before their eyes, signed by another."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.admin.base import ReadOnlyAdmin
from blueheart.tables import csv_stream
from donations import closing_papers, closing_report
from donations.admin.acts import admin_url, require, staff
from donations.closing_papers import WHAT_IS_OPEN, shortened
from donations.forms.closings import PrepareForm, SignForm, SpanForm, WithdrawForm
from donations.models import Closing
from donations.receipts.downloads import pdf_response
from donations.receipts.printing import sheet_pdf
from donations.services import closings
from donations.services.closings import ChangedError, ClosingError, Span
from donations.still_open import heaps

PREPARE, SIGN = "donations.prepare_closing", "donations.sign_closing"
ON_THE_PAGE = 50  # rows of one table


@admin.register(Closing)
class ClosingAdmin(ReadOnlyAdmin[Closing]):
    list_display = ["period", "status", "prepared_by", "prepared_at", "signed_by", "signed_at"]
    list_select_related = ["prepared_by", "signed_by"]
    list_filter = ["status", "kind", "ends_on"]
    moments = "ends_on"

    @admin.display(description=gettext_lazy("period"), ordering="ends_on")
    def period(self, closing: Closing) -> str:
        return closing_papers.name_of(closing.kind, closing.begins_on)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Closing]:
        return super().get_queryset(request).order_by("-ends_on", "-pk").defer("report")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("prepare/", view(self.prepare), name="donations_closing_prepare"),
            path("<int:pk>/sign/", view(self.sign), name="donations_closing_sign"),
            path("<int:pk>/withdraw/", view(self.withdraw), name="donations_closing_withdraw"),
            path("<int:pk>/report.<str:form>", view(self.download), name="donations_closing_download"),
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the report, its signatures, and what this person may do with it."""
        require(request, "donations.view_closing")
        if not object_id.isdigit():
            raise Http404("no such closing")
        return self._page(request, _closing(int(object_id)))

    def prepare(self, request: HttpRequest) -> HttpResponse:
        """Choose a month or a year, see its report and what is still open, and ask for the second signature."""
        require(request, PREPARE)
        asked = request.POST if request.method == "POST" else request.GET
        chosen = SpanForm(asked if "period" in asked else None, spans=closings.closable())
        span = chosen.span()
        form = PrepareForm(_typed(request)) if span else None
        if span and form and form.is_valid():
            try:
                closing = closings.prepare_closing(
                    span, by=staff(request), note=form.cleaned_data["note"], request=request
                )
            except ClosingError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("The closing is prepared. Somebody else has to sign it."))
                return HttpResponseRedirect(admin_url(closing))
        context = {
            "title": _("Prepare a closing"),
            "chosen": chosen,
            "form": form,
            **(_report_context(span) if span else {}),
        }
        return self._answer(request, "prepare", context)

    def sign(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Sign what somebody else prepared: then the books are closed, for good."""
        require(request, SIGN)
        form, closing = SignForm(_typed(request)), _closing(pk)
        if form.is_valid():
            try:
                closings.sign_closing(closing, by=staff(request), request=request)
            except ChangedError as error:
                messages.error(request, f"{error} ({closing_papers.parts_in_words(error.parts)})")
            except ClosingError as error:
                messages.error(request, str(error))
            else:
                messages.success(request, _("It is signed, and the books are closed through its last day."))
            return HttpResponseRedirect(admin_url(closing))
        return self._page(request, closing, sign_form=form)

    def withdraw(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take back what nobody has signed yet."""
        if not request.user.has_perm(SIGN):
            require(request, PREPARE)
        form, closing = WithdrawForm(_typed(request)), _closing(pk)
        if form.is_valid():
            try:
                closings.withdraw_closing(closing, by=staff(request), why=form.cleaned_data["why"], request=request)
            except ClosingError as error:
                messages.error(request, str(error))
            else:
                messages.success(request, _("The closing is withdrawn."))
            return HttpResponseRedirect(admin_url(closing))
        return self._page(request, closing, withdraw_form=form)

    def download(self, request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
        """The report as a file: PDF, CSV, or the very bytes that are hashed."""
        require(request, "donations.view_closing")
        makers = {"pdf": _pdf, "csv": _csv, "json": _json}
        closing = _closing(pk)
        if form not in makers:
            raise Http404("no such form")
        closings.record_download(closing, form, request=request)
        return makers[form](closing)

    def _page(
        self,
        request: HttpRequest,
        closing: Closing,
        *,
        sign_form: SignForm | None = None,
        withdraw_form: WithdrawForm | None = None,
    ) -> HttpResponse:
        if request.method == "GET" and (sign_form or withdraw_form):
            return redirect(admin_url(closing))
        sheet = closing_papers.closing_sheet(closing)
        is_prepared = closing.status == Closing.Status.PREPARED
        is_own = closing.prepared_by_id == request.user.pk
        may_sign, may_prepare = request.user.has_perm(SIGN), request.user.has_perm(PREPARE)
        context = {
            "title": sheet.title,
            "closing": closing,
            "sheet": sheet,
            "tables": _on_the_page(closing.report),
            "sign_form": (sign_form or SignForm()) if is_prepared and may_sign and not is_own else None,
            "withdraw_form": (withdraw_form or WithdrawForm()) if is_prepared and (may_sign or may_prepare) else None,
            "is_own": is_prepared and is_own,
            "prepare_query": f"period={Span.of(closing)}" if is_prepared and may_prepare else "",
        }
        return self._answer(request, "closing", context)

    def _answer(self, request: HttpRequest, page: str, context: dict[str, Any]) -> TemplateResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.model._meta}
        return TemplateResponse(request, f"admin/donations/closing/{page}.html", {**shared, **context})


def _typed(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _report_context(span: Span) -> dict[str, Any]:
    report = closing_report.report_of(span.begins_on, span.ends_on)
    return {
        "span": span,
        "span_name": closing_papers.name_of(span.kind, span.begins_on),
        "tables": _on_the_page(report),
        "digest": closing_papers.in_groups(closing_report.digest(report)),
        "open": _open_lists(span, report),
    }


def _on_the_page(report: dict[str, Any]) -> list[Any]:
    return [shortened(table, ON_THE_PAGE) for table in closing_papers.report_tables(report)]


def _open_lists(span: Span, report: dict[str, Any]) -> list[tuple[Any, int, str]]:
    """What is still open: its name, how many, and the list in the office that shows them, if there is one."""
    lists = {heap.name: _list_url(heap.rows.model, heap.query) for heap in heaps(span.ends_on)}
    return [(WHAT_IS_OPEN[heap["what"]], heap["count"], lists.get(heap["what"], "")) for heap in report["open"]]


def _list_url(model: Any, query: str) -> str:
    if not admin.site.is_registered(model):
        return ""
    meta = model._meta
    return f"{reverse(f'admin:{meta.app_label}_{meta.model_name}_changelist')}?{query}"


def _closing(pk: int) -> Closing:
    return get_object_or_404(Closing.objects.select_related("prepared_by", "signed_by"), pk=pk)


def _file_name(closing: Closing) -> str:
    suffix = "" if closing.status == Closing.Status.SIGNED else f"-{closing.status}"
    return f"closing-{Span.of(closing)}-{closing.pk}{suffix}"


def _pdf(closing: Closing) -> HttpResponse:
    sheet = closing_papers.on_paper(closing_papers.closing_sheet(closing))
    return pdf_response(sheet_pdf(sheet), _file_name(closing))


def _csv(closing: Closing) -> HttpResponseBase:
    return csv_stream(_file_name(closing), closing_papers.CSV_HEADER, closing_papers.csv_rows(closing))


def _json(closing: Closing) -> HttpResponse:
    response = HttpResponse(closing_report.as_bytes(closing.report), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{_file_name(closing)}.json"'
    return response
