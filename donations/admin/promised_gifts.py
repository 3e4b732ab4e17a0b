"""Promised gifts in the office: who promises, what, in which instalments, what is overdue, and what was paid."""

import datetime as dt
from typing import Any

from django.contrib import admin
from django.db.models import F, Min, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from blueheart.admin.base import KeptInTrail
from blueheart.days import utc_today
from blueheart.languages import page_language
from donations import open_books
from donations.admin import promise_acts
from donations.admin.acts import admin_url, answer, linked, require
from donations.admin.money import AMOUNT, MoneyAdmin, shown_amount, shown_entries
from donations.admin.promise_acts import PAY, RECORD, WRITE_OFF
from donations.admin.promise_payments import record_payment
from donations.forms.bookkeeping import ReversalForm
from donations.forms.promised_gifts import (
    AmountForm,
    ContributorForm,
    PromiseForm,
    ScheduleForm,
    WhyForm,
    WriteOffForm,
)
from donations.instalments import standing
from donations.models import Contributor, Instalment, PaymentPart, PromiseChange, PromisedGift, PromisePayment

SOON = dt.timedelta(days=30)
SETTLED = F("instalments__paid_minor") + F("instalments__written_off_minor") + F("instalments__cancelled_minor")
IS_OPEN = Q(instalments__amount_minor__gt=SETTLED)


class Due(admin.SimpleListFilter):
    """What should have come, and what comes soon; of promises or of instalments."""

    title = gettext_lazy("due")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("overdue", gettext_lazy("overdue")), ("soon", gettext_lazy("in the next 30 days"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        rows = Instalment.objects.outstanding()
        if self.value() == "overdue":
            rows = rows.overdue(utc_today())
        elif self.value() == "soon":
            rows = rows.filter(due_on__gte=utc_today(), due_on__lte=utc_today() + SOON)
        else:
            return queryset
        if queryset.model is PromisedGift:
            return queryset.filter(pk__in=rows.values("promised_gift"))
        return queryset.filter(pk__in=rows.values("pk"))


@admin.register(Contributor)
class ContributorAdmin(KeptInTrail[Any]):
    """Who promises. None is deleted; whether it is named in public is a box of its own."""

    form = ContributorForm
    list_display = ["shown", "kind", "is_public", "language", "created_at"]
    list_filter = ["kind", "is_public"]
    search_fields = ["name", "=public_id", "=country"]
    search_help_text = gettext_lazy("A part of the name, a country’s two letters, or a whole reference.")

    @admin.display(description=gettext_lazy("name"), ordering="name")
    def shown(self, contributor: Contributor) -> str:
        return contributor.name_in(page_language())

    def has_delete_permission(self, request: HttpRequest, obj: Contributor | None = None) -> bool:
        """Its promises are in the books."""
        return False

    def trail_detail(self, obj: Contributor) -> dict[str, Any]:
        return {"contributor": obj.public_id, "is_public": obj.is_public}


@admin.register(PromisedGift)
class PromisedGiftAdmin(MoneyAdmin):
    list_display = [
        "public_id", "whose", "amount", "outstanding", "late", "next_due", "paid", "status", "promised_on",
    ]  # fmt: skip
    list_select_related = ["contributor", "campaign"]
    list_filter = ["status", Due, "contributor__kind", "currency", "promised_on"]
    moments = "promised_on"
    figure = open_books.PROMISED
    summed = AMOUNT
    search_fields = ["=public_id", "contributor__name", "document"]
    search_help_text = gettext_lazy("A whole reference, or a part of the contributor’s name or of the document.")
    fields = [
        "public_id", "of_contributor", "amount", "promised_on", "campaign", "document", "note", "status",
        "recorded_by", "created_at", "in_the_ledger",
    ]  # fmt: skip
    readonly_fields = ["of_contributor", "amount", "in_the_ledger"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("contributor", "campaign", "recorded_by")
        with_sums: QuerySet[Any] = rows.annotate(
            paid_minor=Sum("instalments__paid_minor"),
            outstanding_minor=Sum(F("instalments__amount_minor") - SETTLED),
            next_due_on=Min("instalments__due_on", filter=IS_OPEN & Q(instalments__due_on__gte=utc_today())),
            late_since=Min("instalments__due_on", filter=IS_OPEN & Q(instalments__due_on__lt=utc_today())),
        )
        return with_sums

    @admin.display(description=gettext_lazy("contributor"), ordering="contributor__name")
    def whose(self, promise: PromisedGift) -> str:
        return promise.contributor.name_in(page_language())

    @admin.display(description=gettext_lazy("contributor"))
    def of_contributor(self, promise: PromisedGift) -> SafeString:
        return _named(promise.contributor)

    @admin.display(description=gettext_lazy("paid"))
    def paid(self, promise: Any) -> str:
        return shown_amount(promise.paid_minor, promise.currency)

    @admin.display(description=gettext_lazy("outstanding"))
    def outstanding(self, promise: Any) -> str:
        return shown_amount(promise.outstanding_minor, promise.currency)

    @admin.display(description=gettext_lazy("next due"), ordering="next_due_on")
    def next_due(self, promise: Any) -> str:
        return date_format(promise.next_due_on) if promise.next_due_on else "–"

    @admin.display(description=gettext_lazy("overdue since"), ordering="late_since")
    def late(self, promise: Any) -> str:
        return date_format(promise.late_since) if promise.late_since else "–"

    @admin.display(description=gettext_lazy("in the ledger"))
    def in_the_ledger(self, promise: PromisedGift) -> SafeString | str:
        """The promise and its changes; each payment shows its own."""
        return shown_entries(promised_gift=promise)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **_parts_of(object_id)})

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("record/<int:contributor_pk>/", view(self.record), name="donations_promisedgift_record"),
            path("<int:pk>/amount/", view(self.change_amount), name="donations_promisedgift_amount"),
            path("<int:pk>/instalments/", view(self.change_schedule), name="donations_promisedgift_schedule"),
            path("<int:pk>/write-off/", view(self.write_off), name="donations_promisedgift_write_off"),
            path("<int:pk>/cancel/", view(self.cancel), name="donations_promisedgift_cancel"),
        ]
        return [*own, *super().get_urls()]

    def record(self, request: HttpRequest, contributor_pk: int) -> HttpResponse:
        """Record what a contributor said it would give."""
        require(request, RECORD)
        contributor = get_object_or_404(Contributor, pk=contributor_pk)
        form = PromiseForm(request.POST or None)
        made: list[PromisedGift] = []
        page = promise_acts.recording(self, request, contributor, form, made)
        return answer(page, request, form, then=lambda: made[0])

    def change_amount(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have a promise come to another amount."""
        require(request, RECORD)
        promise = _promise(pk)
        form = AmountForm(promise, request.POST or None)
        return answer(promise_acts.changing_amount(self, request, promise, form), request, form)

    def change_schedule(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have what is outstanding come in other instalments."""
        require(request, RECORD)
        promise = _promise(pk)
        form = ScheduleForm(promise, _outstanding(promise), request.POST or None)
        return answer(promise_acts.changing_schedule(self, request, promise, form), request, form)

    def write_off(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give up what is outstanding of one instalment, or of all."""
        require(request, WRITE_OFF)
        promise = _promise(pk)
        form = WriteOffForm(promise, _outstanding(promise), request.POST or None)
        return answer(promise_acts.writing_off(self, request, promise), request, form)

    def cancel(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have nothing more come, for the contributor said so."""
        require(request, WRITE_OFF)
        return answer(promise_acts.cancelling(self, request, _promise(pk)), request, WhyForm(request.POST or None))


@admin.register(Instalment)
class InstalmentAdmin(MoneyAdmin):
    """All instalments; filtered, the list of what is overdue."""

    list_display = ["of_promise", "whose", "number", "due_on", "days_late", "outstanding", "amount"]
    list_display_links = None
    list_select_related = ["promised_gift__contributor"]
    list_filter = [Due, "promised_gift__contributor__kind", "promised_gift__currency", "due_on"]
    moments = "due_on"
    summed = ("amount_minor", "promised_gift__currency")
    search_fields = ["=promised_gift__public_id", "promised_gift__contributor__name"]
    search_help_text = gettext_lazy("A whole reference, or a part of the contributor’s name.")
    ordering = ["due_on", "pk"]
    fields = ["of_promise", "number", "due_on", "amount", "paid", "outstanding"]
    readonly_fields = ["of_promise", "amount", "paid", "outstanding"]

    @admin.display(description=gettext_lazy("promised gift"), ordering="promised_gift__pk")
    def of_promise(self, row: Instalment) -> SafeString:
        return linked(row.promised_gift)

    @admin.display(description=gettext_lazy("contributor"), ordering="promised_gift__contributor__name")
    def whose(self, row: Instalment) -> str:
        return row.promised_gift.contributor.name_in(page_language())

    @admin.display(description=gettext_lazy("days late"))
    def days_late(self, row: Instalment) -> str:
        return str((utc_today() - row.due_on).days) if row.outstanding_minor and row.due_on < utc_today() else "–"

    @admin.display(description=gettext_lazy("amount"), ordering="amount_minor")
    def amount(self, row: Instalment) -> str:
        return shown_amount(row.amount_minor, row.promised_gift.currency)

    @admin.display(description=gettext_lazy("paid"))
    def paid(self, row: Instalment) -> str:
        return shown_amount(row.paid_minor, row.promised_gift.currency)

    @admin.display(description=gettext_lazy("outstanding"))
    def outstanding(self, row: Instalment) -> str:
        return shown_amount(row.outstanding_minor, row.promised_gift.currency)


@admin.register(PromisePayment)
class PromisePaymentAdmin(MoneyAdmin):
    list_display = ["public_id", "received_on", "whose", "amount", "method", "status", "recorded_by"]
    list_select_related = ["contributor", "recorded_by"]
    list_filter = ["status", "method", "currency", "received_on"]
    moments = "received_on"
    figure = open_books.PAID
    summed = AMOUNT
    search_fields = ["=public_id", "contributor__name", "=reference"]
    search_help_text = gettext_lazy("A whole reference, or a part of the contributor’s name.")
    fields = [
        "public_id", "of_contributor", "amount", "method", "received_on", "reference", "note", "status", "recorded_by",
        "created_at", "reversed_at", "in_the_ledger",
    ]  # fmt: skip
    readonly_fields = ["of_contributor", "amount", "in_the_ledger"]

    @admin.display(description=gettext_lazy("contributor"), ordering="contributor__name")
    def whose(self, payment: PromisePayment) -> str:
        return payment.contributor.name_in(page_language())

    @admin.display(description=gettext_lazy("contributor"))
    def of_contributor(self, payment: PromisePayment) -> SafeString:
        return _named(payment.contributor)

    @admin.display(description=gettext_lazy("in the ledger"))
    def in_the_ledger(self, payment: PromisePayment) -> SafeString | str:
        return shown_entries(promise_payment=payment)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        parts = PaymentPart.objects.filter(payment__pk=_key(object_id))
        settled = parts.select_related("instalment__promised_gift").order_by("pk")
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "parts": settled})

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("record/<int:contributor_pk>/", view(self.record), name="donations_promisepayment_record"),
            path("<int:pk>/reverse/", view(self.reverse), name="donations_promisepayment_reverse"),
        ]
        return [*own, *super().get_urls()]

    def record(self, request: HttpRequest, contributor_pk: int) -> HttpResponse:
        """Record what a contributor paid, and what it settles."""
        require(request, PAY)
        return record_payment(request, self, get_object_or_404(Contributor, pk=contributor_pk))

    def reverse(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a payment back: what it settled is outstanding again."""
        require(request, PAY)
        payment = get_object_or_404(PromisePayment.objects.select_related("contributor"), pk=pk)
        return answer(promise_acts.reversing(self, request, payment), request, ReversalForm(request.POST or None))


def _named(contributor: Contributor) -> SafeString:
    """The contributor as it is shown, leading to its page."""
    return format_html('<a href="{}">{}</a>', admin_url(contributor), contributor.name_in(page_language()))


def _promise(pk: int) -> PromisedGift:
    return get_object_or_404(PromisedGift.objects.select_related("contributor"), pk=pk)


def _outstanding(promise: PromisedGift) -> list[Instalment]:
    return list(promise.instalments.outstanding().order_by("due_on", "number"))


def _key(object_id: str) -> int:
    """The key in an address; that of no row where it is none."""
    return int(object_id) if object_id.isdecimal() and len(object_id) < 19 else 0


def _parts_of(object_id: str) -> dict[str, Any]:
    """What the page of a promise shows below its fields."""
    pk = _key(object_id)
    rows = list(Instalment.objects.filter(promised_gift__pk=pk).order_by("due_on", "number"))
    parts = PaymentPart.objects.filter(instalment__promised_gift__pk=pk)
    return {
        "today": utc_today(),
        "instalments": rows,
        "standing": standing(rows, utc_today()),
        "parts": parts.select_related("payment", "instalment").order_by("payment__received_on", "pk"),
        "changes": PromiseChange.objects.filter(promised_gift__pk=pk).select_related("by").order_by("pk"),
    }
