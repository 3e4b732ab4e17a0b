"""Terms of a campaign’s pledges: when counts are shown, when supporters are asked, when they are forgotten."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from blueheart.admin.base import KeptInTrail
from blueheart.trail.record import record
from pledges.models import CampaignTerms

HOLD = "pledges.hold_campaignterms"
OF_THE_HOLD = ("is_held", "held_for")
TERMS = ("counts_shown_from", "ask_after_days", "ask_on", "anonymise_after_months")


@admin.register(CampaignTerms)
class CampaignTermsAdmin(KeptInTrail[CampaignTerms]):
    """A campaign without a row has the defaults. A hold needs its reason and a permission of its own."""

    told_in_trail = TERMS
    list_display = ("campaign", *TERMS, "is_held")
    list_filter = ("is_held",)
    list_select_related = ("campaign",)
    search_fields = ("campaign__slug", "campaign__title")
    autocomplete_fields = ("campaign",)
    fieldsets = (
        (None, {"fields": ("campaign", *TERMS)}),
        (
            _("Hold"),
            {
                "fields": OF_THE_HOLD,
                "description": _("While it is held, the worker forgets neither names nor sources."),
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: CampaignTerms | None = None) -> tuple[str, ...]:
        of_others = () if request.user.has_perm(HOLD) else OF_THE_HOLD
        return ("campaign", *of_others) if obj else of_others

    def has_delete_permission(self, request: HttpRequest, obj: CampaignTerms | None = None) -> bool:
        """A deleted row would let go of a hold without a word."""
        return False

    def save_model(self, request: HttpRequest, obj: CampaignTerms, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "is_held" in form.changed_data or (obj.is_held and "held_for" in form.changed_data):
            act = "held" if obj.is_held else "let-go"
            record(f"campaign-terms.{act}", target=obj, request=request, why=obj.held_for)
