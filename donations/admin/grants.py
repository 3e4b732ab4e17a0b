"""Grants in the office: organisations, proposals that two persons sign, and what became of the money."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from blueheart.admin.base import KeptInTrail
from blueheart.languages import countries, country_name, page_language
from donations import open_books
from donations.admin import grant_acts
from donations.admin.acts import admin_url, answer, linked, require
from donations.admin.grant_acts import PAY, PROPOSE, SIGN
from donations.admin.money import AMOUNT, MoneyAdmin, shown_amount, shown_entries, shown_list
from donations.forms.bookkeeping import ReversalForm
from donations.forms.grants import OrganisationForm, ProposalForm, payment_form, return_form
from donations.forms.refunds import WhyForm
from donations.models import Grant, GrantPayment, Organisation
from donations.services import grants


class CountryFilter(admin.SimpleListFilter):
    """By the countries that there are rows of, named in the reader's language."""

    title = gettext_lazy("country")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        codes = set(model_admin.model.objects.order_by().values_list("country", flat=True).distinct())
        return [(code, name) for code, name in countries(page_language()) if code in codes]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(country=self.value()) if self.value() else queryset


@admin.register(Organisation)
class OrganisationAdmin(KeptInTrail[Any]):
    """Who receives grants. None is deleted; whether it is named in public is a box of its own."""

    form = OrganisationForm
    list_display = ["name", "where", "is_public", "created_at"]
    list_filter = ["is_public", CountryFilter]
    search_fields = ["name", "=public_id"]
    search_help_text = gettext_lazy("A part of the name, or a whole reference.")

    @admin.display(description=gettext_lazy("country"), ordering="country")
    def where(self, organisation: Organisation) -> str:
        return country_name(organisation.country, page_language())

    def has_delete_permission(self, request: HttpRequest, obj: Organisation | None = None) -> bool:
        """Its grants are in the books."""
        return False

    def trail_detail(self, obj: Organisation) -> dict[str, Any]:
        return {"organisation": obj.public_id, "is_public": obj.is_public}


@admin.register(Grant)
class GrantAdmin(MoneyAdmin):
    list_display = ["public_id", "organisation", "where", "amount", "paid", "left", "status", "starts_on", "ends_on"]
    list_select_related = ["organisation"]
    list_filter = ["status", CountryFilter, "currency", "created_at"]
    moments = "created_at"
    summed = AMOUNT
    search_fields = ["=public_id", "organisation__name", "purpose"]
    search_help_text = gettext_lazy("A whole reference, or a part of the organisation’s name or of the purpose.")
    readonly_fields = [
        "receiver", "where", "amount", "paid", "returned", "left", "payments", "in_the_ledger",
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": [
            "public_id", "receiver", "where", "purpose", "language", "amount", "starts_on", "ends_on", "status",
            "reason",
        ]}),
        (gettext_lazy("Signatures"), {"fields": [
            "proposed_by", "created_at", "why", "first_signed_by", "first_signed_at", "second_signed_by",
            "second_signed_at",
        ]}),
        (gettext_lazy("Money"), {"fields": ["paid", "returned", "left", "payments", "in_the_ledger"]}),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        people = ["organisation", "proposed_by", "first_signed_by", "second_signed_by"]
        return rows.select_related(*people).with_money()  # type: ignore[attr-defined, no-any-return]

    @admin.display(description=gettext_lazy("organisation"))
    def receiver(self, grant: Grant) -> SafeString:
        return linked(grant.organisation)

    @admin.display(description=gettext_lazy("country of the work"), ordering="country")
    def where(self, grant: Grant) -> str:
        return country_name(grant.country, page_language())

    @admin.display(description=gettext_lazy("paid"))
    def paid(self, grant: Grant) -> str:
        return shown_amount(grant.paid_minor, grant.currency)

    @admin.display(description=gettext_lazy("came back"))
    def returned(self, grant: Grant) -> str:
        return shown_amount(grant.returned_minor, grant.currency)

    @admin.display(description=gettext_lazy("left to be paid"))
    def left(self, grant: Grant) -> str:
        return shown_amount(grant.left_minor, grant.currency)

    @admin.display(description=gettext_lazy("payments"))
    def payments(self, grant: Grant) -> SafeString | str:
        """Reversed ones too: the books keep them."""
        rows = [
            (
                admin_url(payment), date_format(payment.happened_on), payment.get_kind_display(),
                shown_amount(payment.amount_minor, grant.currency), payment.get_status_display(),
            )
            for payment in grant.payments.order_by("pk")
        ]  # fmt: skip
        return shown_list('<li><a href="{}"><bdi>{}</bdi> · {} <bdi>{}</bdi></a>: {}</li>', rows)

    @admin.display(description=gettext_lazy("in the ledger"))
    def in_the_ledger(self, grant: Grant) -> SafeString | str:
        return shown_entries(grant_payment__grant=grant)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("propose/<int:organisation_pk>/", view(self.propose), name="donations_grant_propose"),
            path("<int:pk>/sign/", view(self.sign), name="donations_grant_sign"),
            path("<int:pk>/close/", view(self.close), name="donations_grant_close"),
            path("<int:pk>/pay/", view(self.pay), name="donations_grant_pay"),
            path("<int:pk>/return/", view(self.give_back), name="donations_grant_return"),
        ]
        return [*own, *super().get_urls()]

    def propose(self, request: HttpRequest, organisation_pk: int) -> HttpResponse:
        """Put a grant before the two persons who sign."""
        require(request, PROPOSE)
        organisation = get_object_or_404(Organisation, pk=organisation_pk)
        form = ProposalForm(organisation, request.POST or None)
        made: list[Grant] = []
        page = grant_acts.proposing(self, request, organisation, form, made)
        return answer(page, request, form, then=lambda: made[0])

    def sign(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Sign a proposal, or decline it."""
        require(request, SIGN)
        return answer(grant_acts.signing(self, request, self._grant(pk)), request, WhyForm(request.POST or None))

    def close(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End a grant: nothing more is paid."""
        require(request, PAY)
        return answer(grant_acts.closing(self, request, self._grant(pk)), request, ReversalForm(request.POST or None))

    def pay(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Record what left our bank; shown once more, with a warning where the books hold less there."""
        require(request, PAY)
        grant = self._grant(pk)
        form = payment_form(grant, request.POST or None, grants.money_of(grant))
        return answer(grant_acts.paying(self, request, grant, form), request, form)

    def give_back(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Record what came back to our bank, and why."""
        require(request, PAY)
        grant = self._grant(pk)
        form = return_form(grant, request.POST or None, grants.money_of(grant))
        return answer(grant_acts.returning(self, request, grant, form), request, form)

    def _grant(self, pk: int) -> Grant:
        people = ("organisation", "proposed_by", "first_signed_by", "second_signed_by")
        return get_object_or_404(Grant.objects.select_related(*people), pk=pk)


@admin.register(GrantPayment)
class GrantPaymentAdmin(MoneyAdmin):
    list_display = ["public_id", "happened_on", "grant", "kind", "amount", "moved", "status", "recorded_by"]
    list_select_related = ["grant", "recorded_by"]
    list_filter = ["kind", "status", "moved_currency", "happened_on"]
    moments = "happened_on"
    figure = open_books.GRANTED
    summed = ("amount_minor", "grant__currency")
    search_fields = ["=public_id", "=grant__public_id", "=reference"]
    search_help_text = gettext_lazy("A whole reference: of the payment, of the grant or of the bank.")
    fields = [
        "public_id", "of_grant", "kind", "amount", "moved", "happened_on", "reference", "why", "status", "recorded_by",
        "created_at", "reversed_at", "bank_lines", "in_the_ledger",
    ]  # fmt: skip
    readonly_fields = ["of_grant", "amount", "moved", "bank_lines", "in_the_ledger"]

    @admin.display(description=gettext_lazy("grant"))
    def of_grant(self, payment: GrantPayment) -> SafeString:
        return linked(payment.grant)

    @admin.display(description=gettext_lazy("amount"), ordering="amount_minor")
    def amount(self, payment: GrantPayment) -> str:
        return shown_amount(payment.amount_minor, payment.grant.currency)

    @admin.display(description=gettext_lazy("moved by our bank"), ordering="moved_minor")
    def moved(self, payment: GrantPayment) -> str:
        return shown_amount(payment.moved_minor, payment.moved_currency)

    @admin.display(description=gettext_lazy("bank lines"))
    def bank_lines(self, payment: GrantPayment) -> SafeString | str:
        matches = payment.bank_matches.standing().select_related("line")
        return shown_list("<li><bdi>{}</bdi></li>", [(match.line,) for match in matches])

    @admin.display(description=gettext_lazy("in the ledger"))
    def in_the_ledger(self, payment: GrantPayment) -> SafeString | str:
        """What it moved, and what its reversal took back."""
        return shown_entries(grant_payment=payment)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.reverse)
        return [path("<int:pk>/reverse/", view, name="donations_grantpayment_reverse"), *super().get_urls()]

    def reverse(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take back what was recorded wrongly; the books keep both."""
        require(request, PAY)
        rows = GrantPayment.objects.select_related("grant__organisation", "recorded_by")
        payment = get_object_or_404(rows, pk=pk)
        page = grant_acts.reversing(self, request, payment)
        return answer(page, request, ReversalForm(request.POST or None))
