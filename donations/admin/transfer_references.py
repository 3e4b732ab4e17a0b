"""References of transfers: found as they were typed, and made for a contributor who asks how to pay."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart import creditor_reference
from blueheart.languages import page_language
from blueheart.trail.record import record
from donations.admin.acts import ActPage, Button, answer, linked, require
from donations.admin.money import MoneyAdmin
from donations.models import Contributor, TransferReference
from donations.services.transfer_references import known_reference, reference_of

MAKE = "donations.add_transferreference"


@admin.register(TransferReference)
class TransferReferenceAdmin(MoneyAdmin):
    """Whose transfer it is; a reference is never changed and never given to somebody else."""

    list_display = ["in_groups", "giver", "created_at"]
    list_select_related = ["donor", "contributor"]
    list_filter = [("contributor", admin.EmptyFieldListFilter), "created_at"]
    grows = True
    moments = "created_at"
    search_fields = ["=reference"]
    search_help_text = gettext_lazy("A whole reference, however it is typed.")
    fields = ["in_groups", "giver", "created_at"]
    readonly_fields = ["in_groups", "giver"]

    @admin.display(description=gettext_lazy("reference"), ordering="reference")
    def in_groups(self, reference: TransferReference) -> str:
        return creditor_reference.shown(reference.reference)

    @admin.display(description=gettext_lazy("giver"))
    def giver(self, reference: TransferReference) -> SafeString:
        return linked(reference.donor or reference.contributor or reference)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return super().get_search_results(request, queryset, creditor_reference.normalise(search_term))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse `?donor__email__startswith=`: its answers would tell who gives, letter by letter."""
        if lookup == "contributor__isempty":
            return True
        return not lookup.startswith(("donor__", "contributor__")) and super().lookup_allowed(lookup, value, request)

    def get_urls(self) -> list[URLPattern]:
        make = self.admin_site.admin_view(self.make)
        return [
            path("make/<int:contributor_pk>/", make, name="donations_transferreference_make"),
            *super().get_urls(),
        ]

    def make(self, request: HttpRequest, contributor_pk: int) -> HttpResponse:
        """Show a contributor's reference, and make it where there is none yet."""
        require(request, MAKE)
        contributor = get_object_or_404(Contributor, pk=contributor_pk)
        known = known_reference(contributor)

        def act(_given: dict[str, Any]) -> str:
            made = reference_of(contributor)
            record("transfer-reference.made", target=made, request=request)
            return _("The reference is %(reference)s.") % {"reference": creditor_reference.shown(made.reference)}

        facts = [
            (_("Contributor"), contributor.name_in(page_language())),
            (_("Reference"), creditor_reference.shown(known.reference) if known else ""),
        ]
        buttons = [] if known else [Button("make", _("Make a reference"), act, is_default=True)]
        page = ActPage(self, contributor, _("Reference of transfers"), facts, buttons)
        return answer(page, request, forms.Form(request.POST or None))
