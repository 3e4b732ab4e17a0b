"""Receipts in the office: looked at, searched by number and downloaded; only who issues them is set here."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Count, Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from blueheart.admin.base import KeptInTrail
from blueheart.admin.filters import IndexedValues
from donations.admin.money import AMOUNT, MoneyAdmin
from donations.models import LegalEntity, Receipt, ReceiptOrder, ReceiptSeries
from donations.receipts import ForgottenReceiptError, pdf_response, receipt_pdf
from donations.receipts.numbers import number_typed

DOWNLOAD = "donations.download_receipt"


class WhyVoid(admin.SimpleListFilter):
    """Why a receipt is no longer valid."""

    title = _("why it was voided")
    parameter_name = "void_reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(Receipt.VoidReason.choices)

    def queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return queryset.filter(void_reason=self.value()) if self.value() else queryset


@admin.register(Receipt)
class ReceiptAdmin(MoneyAdmin):
    list_display = ["number", "amount", "donation", "issued_at", "voided_at", "why_void", "kept_until"]
    list_select_related = ["donation"]
    list_filter = [("year", IndexedValues), "entity", ("currency", IndexedValues), WhyVoid, "issued_at"]
    grows = True
    moments = "issued_at"
    summed = AMOUNT
    search_fields = ["=number", "=donation__public_id"]
    search_help_text = _("A whole number of a receipt or reference of a donation.")
    # What the receipt says is in its file alone: it names the donor, and whoever takes it is written down.
    fields = [
        "number", "amount", "donation", "file", "issued_at", "voided_at", "void_reason", "replaces", "kept_until",
        "entity", "language",
    ]  # fmt: skip
    readonly_fields = ["amount", "file"]

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Any], search_term: str
    ) -> tuple[models.QuerySet[Any], bool]:
        """A number is found however it was typed."""
        return super().get_search_results(request, queryset, number_typed(search_term) or search_term)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse `?snapshot__startswith=`: its answers would spell out what is not shown."""
        return not lookup.startswith("snapshot") and super().lookup_allowed(lookup, value, request)

    @admin.display(description=_("why it was voided"), ordering="void_reason")
    def why_void(self, receipt: Receipt) -> str:
        return str(Receipt.VoidReason(receipt.void_reason).label) if receipt.void_reason else ""

    @admin.display(description=_("PDF"))
    def file(self, receipt: Receipt) -> SafeString:
        url = reverse("admin:donations_receipt_pdf", args=[receipt.pk])
        return format_html('<a href="{}">{}.pdf</a>', url, receipt.number)

    def get_urls(self) -> list[URLPattern]:
        download = self.admin_site.admin_view(self.download)
        return [path("<int:pk>/pdf/", download, name="donations_receipt_pdf"), *super().get_urls()]

    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand out the file; the office writes down who took it, for it names the donor."""
        if not request.user.has_perm(DOWNLOAD):
            raise PermissionDenied
        receipt = get_object_or_404(Receipt, pk=pk)
        try:
            content = receipt_pdf(receipt)
        except ForgottenReceiptError as error:
            raise Http404 from error
        return pdf_response(content, receipt.number)


@admin.register(ReceiptSeries)
class ReceiptSeriesAdmin(MoneyAdmin):
    list_display = ["entity", "year", "last_sequence"]
    fields = ["entity", "year", "last_sequence", "issued", "void", "has_no_gap"]
    readonly_fields = ["issued", "void", "has_no_gap"]
    list_select_related = ["entity"]
    list_filter = ["year", "entity"]
    ordering = ["-year", "entity__code"]

    @admin.display(description=_("receipts"))
    def issued(self, series: ReceiptSeries) -> int:
        """Counted on the page of one series: a list would count the receipts of all years."""
        return _of_series(series).count()

    @admin.display(description=_("of them void"))
    def void(self, series: ReceiptSeries) -> int:
        return _of_series(series).filter(voided_at__isnull=False).count()

    @admin.display(description=_("without a gap"), boolean=True)
    def has_no_gap(self, series: ReceiptSeries) -> bool:
        """Numbers are unique and begin at one: as many receipts as the highest number leave none out."""
        found = _of_series(series).aggregate(issued=Count("pk"), highest=Max("sequence"))
        return bool(found["issued"] == series.last_sequence == (found["highest"] or 0))


def _of_series(series: ReceiptSeries) -> models.QuerySet[Receipt]:
    return Receipt.objects.filter(entity=series.entity_id, year=series.year)


@admin.register(ReceiptOrder)
class ReceiptOrderAdmin(MoneyAdmin):
    list_display = ["cause", "donation", "created_at", "tries", "next_attempt_at", "shelved_at", "reason"]
    list_select_related = ["donation"]
    list_filter = [("shelved_at", admin.EmptyFieldListFilter), "created_at"]
    grows = True
    moments = "created_at"
    search_help_text = _("A whole cause, such as donation:17, or a whole reference of a donation.")
    search_fields = ["=cause", "=donation__public_id"]


class LegalEntityForm(forms.ModelForm):  # type: ignore[type-arg]
    """Its time zone is one that there is."""

    time_zone = forms.ChoiceField(
        label=LegalEntity._meta.get_field("time_zone").verbose_name,
        choices=lambda: [(name, name) for name in sorted(available_timezones())],
    )

    class Meta:
        model = LegalEntity
        fields = ["code", "name", "address", "note", "time_zone", "keeps_years", "is_default"]


@admin.register(LegalEntity)
class LegalEntityAdmin(KeptInTrail[LegalEntity]):
    """What is changed here stands on the receipts to come; those that were issued keep their words."""

    form = LegalEntityForm
    list_display = ["code", "name", "time_zone", "keeps_years", "is_default"]

    def get_readonly_fields(self, request: HttpRequest, obj: LegalEntity | None = None) -> list[str]:
        """The code begins the numbers: it stays once the first one was drawn."""
        return ["code"] if obj and obj.series.exists() else []

    def save_model(self, request: HttpRequest, obj: LegalEntity, form: Any, change: bool) -> None:
        """The one that issues from now on takes the place of the one before."""
        if obj.is_default:
            LegalEntity.objects.exclude(pk=obj.pk).filter(is_default=True).update(is_default=False)
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
