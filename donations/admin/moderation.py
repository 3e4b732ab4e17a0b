"""Words and public names of donors: staff read, publish, decline and hide them, without address and amount."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from blueheart.admin.base import ReadOnlyAdmin
from donations.models import Donation, GiftReport, PublicGift
from donations.services import gift_reports, moderation


class ReasonForm(ActionForm):
    """The action to run and, for declining and hiding, why."""

    reason = forms.ChoiceField(
        label=_("Why not:"), required=False, choices=[("", _("(choose a reason)")), *Donation.NotShown.choices]
    )


class HelpFilter(admin.SimpleListFilter):
    """Donors who may need help: those who wait for an answer, and those who had one."""

    title = _("may need help")
    parameter_name = "help"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("to be answered")), ("answered", _("answered"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "open":
            return queryset.filter(may_need_help_at__isnull=False, help_answered_at=None)
        if self.value() == "answered":
            return queryset.filter(help_answered_at__isnull=False)
        return queryset


@admin.register(PublicGift)
class PublicGiftAdmin(ReadOnlyAdmin[Any]):
    """Gifts that arrived with a name or words. Nothing here can be typed over."""

    list_display = (
        "public_id", "words", "words_status", "words_declined_for", "public_name", "public_name_hidden",
        "name_hidden_for", "language", "created_at", "may_need_help_at", "help_answered_at",
    )  # fmt: skip
    list_filter = ("words_status", "words_declined_for", "public_name_hidden", HelpFilter, "language")
    grows = True
    moments = "created_at"
    search_fields = ("=public_id",)
    search_help_text = _("A whole reference.")
    ordering = ("-pk",)
    action_form = ReasonForm
    actions = ("publish_declined_words", "decline_words", "hide_name", "show_name", "help_was_answered")
    fields = (
        "public_id", "language", "created_at", "words", "words_status", "words_declined_for", "public_name",
        "public_name_hidden", "name_hidden_for", "may_need_help_at", "help_answered_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        shown = ~Q(words="") | ~Q(public_name="") | Q(may_need_help_at__isnull=False)
        return super().get_queryset(request).filter(shown, status=Donation.Status.SUCCEEDED)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse what is not shown here: `?amount_minor__gt=` would tell the amount, digit by digit."""
        shown = {*self.fields, HelpFilter.parameter_name}
        return lookup.split("__")[0] in shown and super().lookup_allowed(lookup, value, request)

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("donations.moderate_donation")

    def has_answer_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("donations.answer_for_help")

    @admin.action(description=_("Publish words after all that were declined"), permissions=["moderate"])
    def publish_declined_words(self, request: HttpRequest, queryset: QuerySet[Donation]) -> None:
        """Words that wait are read in their queue: this list may be older than they are."""
        self._each(request, queryset, moderation.publish_declined_words)

    @admin.action(description=_("Decline the words, for the reason chosen"), permissions=["moderate"])
    def decline_words(self, request: HttpRequest, queryset: QuerySet[Donation]) -> None:
        self._each_for_a_reason(request, queryset, moderation.decline_words)

    @admin.action(description=_("Hide the name, for the reason chosen"), permissions=["moderate"])
    def hide_name(self, request: HttpRequest, queryset: QuerySet[Donation]) -> None:
        self._each_for_a_reason(request, queryset, moderation.hide_name)

    @admin.action(description=_("Show the name again"), permissions=["moderate"])
    def show_name(self, request: HttpRequest, queryset: QuerySet[Donation]) -> None:
        self._each(request, queryset, moderation.show_name)

    @admin.action(description=_("Answered with the helpline"), permissions=["answer"])
    def help_was_answered(self, request: HttpRequest, queryset: QuerySet[Donation]) -> None:
        self._each(request, queryset, moderation.help_was_answered)

    def _each_for_a_reason(self, request: HttpRequest, queryset: QuerySet[Donation], act: Callable[..., bool]) -> None:
        reason = request.POST.get("reason", "")
        if reason not in Donation.NotShown.values:
            self.message_user(request, _("Choose a reason. Nothing was changed."), messages.ERROR)
            return
        self._each(request, queryset, act, reason=reason)

    def _each(
        self, request: HttpRequest, queryset: QuerySet[Donation], act: Callable[..., bool], **kwargs: str
    ) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        tell(self, request, sum(act(donation_id=pk, request=request, **kwargs) for pk in ids), len(ids))


@admin.register(GiftReport)
class GiftReportAdmin(ReadOnlyAdmin[Any]):
    """What visitors say of gifts on the donor wall; the gift's own row is where names are hidden and words declined."""

    list_display = ("created_at", "reason", "gift", "words", "settled_at")
    list_filter = ("reason", ("settled_at", admin.EmptyFieldListFilter))
    list_select_related = ("donation",)
    grows = True
    moments = "created_at"
    search_fields = ("=donation__public_id",)
    search_help_text = _("A whole reference of a donation.")
    ordering = ("-pk",)
    fields = ("created_at", "reason", "gift", "words", "settled_at")
    readonly_fields = ("gift",)
    actions = ("settle",)

    @admin.display(description=_("gift"))
    def gift(self, report: GiftReport) -> SafeString:
        url = reverse("admin:donations_publicgift_change", args=[report.donation_id])
        return format_html('<a href="{}">{}</a>', url, report.donation)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse `?donation__donor__email__startswith=`: its answers would tell who gave, letter by letter."""
        return "donation" not in lookup and super().lookup_allowed(lookup, value, request)

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("donations.moderate_donation")

    @admin.action(description=_("Settled: staff have looked"), permissions=["moderate"])
    def settle(self, request: HttpRequest, queryset: QuerySet[GiftReport]) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        done = sum(gift_reports.settle_report(report_id=pk, request=request) for pk in ids)
        tell(self, request, done, len(ids))


def tell(desk: admin.ModelAdmin[Any], request: HttpRequest, done: int, chosen: int) -> None:
    """Say how many of the chosen rows an action changed."""
    text = ngettext("%(done)d of %(chosen)d changed.", "%(done)d of %(chosen)d changed.", chosen)
    level = messages.SUCCESS if done else messages.WARNING
    desk.message_user(request, text % {"done": done, "chosen": chosen}, level)
