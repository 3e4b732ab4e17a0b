"""Precepts and their wordings."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from modeltranslation.admin import TranslationAdmin

from pledges.models import Precept, PreceptOffer, PreceptWording
from pledges.services import wording


class OfferInline(admin.TabularInline[PreceptOffer, Precept]):
    """In which campaigns supporters can choose it."""

    model = PreceptOffer
    extra = 0
    autocomplete_fields = ("campaign",)


@admin.register(Precept)
class PreceptAdmin(admin.ModelAdmin[Precept]):
    list_display = ("slug",)
    inlines = (OfferInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Precept | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Precept | None = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()


@admin.register(PreceptWording)
class PreceptWordingAdmin(TranslationAdmin[PreceptWording]):
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
