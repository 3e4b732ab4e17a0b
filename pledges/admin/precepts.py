"""Precepts, their wordings, and what each campaign offers in which order."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from modeltranslation.admin import TranslationAdmin

from blueheart.admin.acts import ActPage, Button, answer
from blueheart.admin.base import KeptInTrail
from campaigns.models import Campaign
from pledges.models import Precept, PreceptOffer, PreceptWording
from pledges.services import offering, wording


class OfferInline(admin.TabularInline[PreceptOffer, Precept]):
    """In which campaigns supporters can choose it."""

    model = PreceptOffer
    extra = 0
    autocomplete_fields = ("campaign",)


@admin.register(Precept)
class PreceptAdmin(KeptInTrail[Precept]):
    list_display = ("slug", "title")
    search_fields = ("slug",)
    inlines = (OfferInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Precept]:
        return super().get_queryset(request).annotate(newest_title=_newest_title("pk"))

    @admin.display(description=gettext_lazy("title today"))
    def title(self, precept: Precept) -> str:
        return getattr(precept, "newest_title", "") or "–"

    def has_delete_permission(self, request: HttpRequest, obj: Precept | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Precept | None = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()


class CopyForm(forms.Form):
    """Which campaign gets a list of its own."""

    campaign: "forms.ModelChoiceField[Campaign]" = forms.ModelChoiceField(
        label=gettext_lazy("Campaign"), queryset=Campaign.objects.none()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["campaign"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 tells mypy what the class body says
        field.queryset = Campaign.objects.filter(precept_offers=None).exclude(slug=Campaign.GLOBAL_SLUG)


@admin.register(PreceptOffer)
class PreceptOfferAdmin(KeptInTrail[PreceptOffer]):
    """What supporters of a campaign can choose; one without a row here has the list of the global campaign."""

    told_in_trail = ("order",)
    list_display = ("title", "campaign", "order")
    list_editable = ("order",)
    list_filter = ("campaign",)
    list_select_related = ("precept", "campaign")
    list_per_page = 100
    ordering = ("campaign", "order", "precept")
    autocomplete_fields = ("campaign", "precept")
    change_list_template = "admin/pledges/preceptoffer/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[PreceptOffer]:
        return super().get_queryset(request).annotate(newest_title=_newest_title("precept"))

    @admin.display(description=gettext_lazy("precept"))
    def title(self, offer: PreceptOffer) -> str:
        return f"{getattr(offer, 'newest_title', '') or '–'} ({offer.precept.slug})"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.copy)
        return [path("copy/", view, name="pledges_preceptoffer_copy"), *super().get_urls()]

    def copy(self, request: HttpRequest) -> HttpResponse:
        """Give a campaign the global list as its own, to be changed from there."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        copied: list[PreceptOffer] = []

        def act(given: dict[str, Any]) -> str:
            copied.extend(offering.copy_global_list(campaign=given["campaign"], request=request))
            return _("The list is copied. It can be changed now without changing the global one.")

        facts = [(_("What happens"), _("The campaign no longer follows the global list. No pledge changes."))]
        buttons = [Button("copy", _("Copy the list"), act, is_default=True)]
        page = ActPage(self, PreceptOffer(), _("Copy the global list to a campaign"), facts, buttons)
        return answer(page, request, CopyForm(request.POST or None), then=lambda: copied[0])


@admin.register(PreceptWording)
class PreceptWordingAdmin(KeptInTrail[PreceptWording], TranslationAdmin[PreceptWording]):
    """Saving a changed wording makes the next version; pledges keep the one they were signed under."""

    list_display = ("precept", "version", "title", "created_at", "is_by_staff")
    list_filter = ("precept",)
    list_select_related = ("precept",)
    readonly_fields = ("version", "created_at", "is_by_staff")

    def has_delete_permission(self, request: HttpRequest, obj: PreceptWording | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: PreceptWording | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "precept") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: PreceptWording, form: Any, change: bool) -> None:
        if form.has_changed():
            wording.reword(obj, request=request)


def _newest_title(precept: str) -> Subquery:
    newest = PreceptWording.objects.filter(precept=OuterRef(precept)).order_by("-version")
    return Subquery(newest.values("title_en")[:1])
