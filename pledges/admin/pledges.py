"""Pledges, as those who moderate them see them."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from pledges import addresses
from pledges.admin.read_only import ReadOnlyAdmin
from pledges.models import Pledge
from pledges.services import moderation

LONGEST_NUMBER = 18  # digits of a heart's number


class ModerationForm(ActionForm):
    """The action to run and, for hiding, why."""

    reason = forms.ChoiceField(
        label=_("Why hide:"), required=False, choices=[("", _("(choose a reason)")), *Pledge.Hidden.choices]
    )


@admin.register(Pledge)
class PledgeAdmin(ReadOnlyAdmin):
    list_display = (
        "public_id",
        "number",
        "public_name",
        "masked_email",
        "country",
        "status",
        "words",
        "words_status",
        "hidden_reason",
        "created_at",
    )
    list_filter = ("status", "words_status", "hidden_reason", "kind", "language", "campaign")
    search_fields = ("public_id",)
    search_help_text = _("A whole e-mail address, a public id, or a heart’s number")
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)
    action_form = ModerationForm
    actions = ("approve_words", "refuse_words", "hide", "unhide")
    fields = (
        ("public_id", "number", "heart"),
        ("campaign", "kind", "language"),
        ("public_name", "is_16_or_older", "country"),
        "masked_email",
        "way",
        "precepts",
        ("words", "words_status"),
        ("status", "created_at", "asked_at", "confirmed_at"),
        ("hidden_at", "hidden_reason"),
    )
    readonly_fields = ("heart", "masked_email")

    @admin.display(description=_("e-mail"))
    def masked_email(self, pledge: Pledge) -> str:
        return addresses.masked(pledge.email)

    @admin.display(description=_("on the wall"))
    def heart(self, pledge: Pledge) -> SafeString | str:
        return format_html('<a href="{0}">{0}</a>', pledge.get_absolute_url())

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Exact matches by an index each; a part of an address would find whom staff do not know yet."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if "@" in term:
            return queryset.filter(canonical_email=addresses.canonical(term)), False
        if term.isdecimal() and len(term) <= LONGEST_NUMBER:
            return queryset.filter(number=int(term)), False
        return queryset.filter(public_id=term.lower()), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse `?email__startswith=`: its answers would unmask the address, letter by letter."""
        return "email" not in lookup and super().lookup_allowed(lookup, value, request)

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("pledges.moderate_pledge")

    @admin.action(description=_("Approve the words"), permissions=["moderate"])
    def approve_words(self, request: HttpRequest, queryset: QuerySet[Pledge]) -> None:
        self._each(request, queryset, moderation.approve_words)

    @admin.action(description=_("Refuse the words"), permissions=["moderate"])
    def refuse_words(self, request: HttpRequest, queryset: QuerySet[Pledge]) -> None:
        self._each(request, queryset, moderation.refuse_words)

    @admin.action(description=_("Hide, for the reason chosen"), permissions=["moderate"])
    def hide(self, request: HttpRequest, queryset: QuerySet[Pledge]) -> None:
        reason = request.POST.get("reason", "")
        if reason not in Pledge.Hidden.values:
            self.message_user(request, _("Choose the reason for hiding. Nothing was hidden."), messages.ERROR)
            return
        self._each(request, queryset, moderation.hide_pledge, reason=reason)

    @admin.action(description=_("Show again"), permissions=["moderate"])
    def unhide(self, request: HttpRequest, queryset: QuerySet[Pledge]) -> None:
        self._each(request, queryset, moderation.unhide_pledge)

    def _each(self, request: HttpRequest, queryset: QuerySet[Pledge], act: Callable[..., bool], **kwargs: str) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        self.tell(request, sum(act(pledge_id=pk, request=request, **kwargs) for pk in ids), len(ids))
