"""Donors as staff see them: found by a whole address, never by a part of one."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from blueheart import creditor_reference
from donations.admin.money import MoneyAdmin
from donations.models import Donor
from donations.services.transfer_references import known_reference


@admin.register(Donor)
class DonorAdmin(MoneyAdmin):
    """Lists show no whole address; the page of one donor does, for whoever has to write to them."""

    list_display = ["public_id", "masked_email", "language", "created_at", "erased_at"]
    list_filter = ["language", ("erased_at", admin.EmptyFieldListFilter)]
    grows = True
    moments = "created_at"
    search_fields = ["=public_id"]
    search_help_text = _("A whole public id or address.")
    readonly_fields = ["gifts", "reference"]

    @admin.display(description=_("e-mail"))
    def masked_email(self, donor: Donor) -> str:
        local, _at, domain = donor.email.partition("@")
        return f"{local[:1]}…@{domain}" if domain else ""

    @admin.display(description=_("donations"))
    def gifts(self, donor: Donor) -> SafeString:
        url = f"{reverse('admin:donations_donation_changelist')}?donor__id__exact={donor.pk}"
        return format_html('<a href="{}">{}</a>', url, _("Show"))

    @admin.display(description=_("reference of transfers"))
    def reference(self, donor: Donor) -> str:
        known = known_reference(donor)
        return creditor_reference.shown(known.reference) if known else "–"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Exact matches by an index each; a part of an address would find whom staff do not know yet."""
        term = search_term.strip()
        if "@" in term:
            return queryset.filter(pk__in=Donor.objects.with_email(term).values("pk")), False
        return queryset.filter(public_id=term) if term else queryset, False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse `?email__startswith=`: its answers would unmask the address, letter by letter."""
        return not lookup.startswith(("email", "name")) and super().lookup_allowed(lookup, value, request)
