"""Suspected pledges, as those who may release them see them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart import mail_addresses
from blueheart.admin.acts import ActPage, answer, linked, require
from blueheart.admin.base import ReadOnlyAdmin
from pledges.admin.acting import NothingForm, told
from pledges.models import Pledge, SuspectedPledge
from pledges.searching import HELP, recognise
from pledges.services import suspicion

RELEASE = "pledges.release_pledge"
SUSPICION = ("release", "suspect")
AT_ONCE = 1_000  # pledges that one press releases or suspects


class SuspicionActs(ReadOnlyAdmin[Any]):
    """A list whose pledges can be released and suspected by whoever may. Name `SUSPICION` among its actions."""

    def has_release_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(RELEASE)

    @admin.action(description=gettext_lazy("Release: count them"), permissions=["release"])
    def release(self, request: HttpRequest, queryset: QuerySet[Pledge]) -> None:
        ids = self._chosen(queryset)
        self.tell(request, suspicion.release(ids=ids, request=request), len(ids))

    @admin.action(description=gettext_lazy("Suspect: do not count them until released"), permissions=["release"])
    def suspect(self, request: HttpRequest, queryset: QuerySet[Pledge]) -> None:
        ids = self._chosen(queryset)
        self.tell(request, suspicion.suspect(ids=ids, request=request), len(ids))

    def _chosen(self, queryset: QuerySet[Pledge]) -> list[int]:
        return list(queryset.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


class OverdueFilter(admin.SimpleListFilter):
    """What should have been reviewed by now."""

    title = gettext_lazy("review")
    parameter_name = "suspected"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("overdue", gettext_lazy("overdue, for more than seven days"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pk__in=suspicion.overdue()) if self.value() == "overdue" else queryset


@admin.register(SuspectedPledge)
class SuspectedPledgeAdmin(SuspicionActs):
    """What waits for a review, the oldest first."""

    change_form_template = "admin/pledges/suspectedpledge/change_form.html"
    list_display = (
        "public_id", "suspected_at", "suspected_for", "public_name", "masked_email", "source_ip", "country", "status",
        "campaign",
    )  # fmt: skip
    list_filter = (OverdueFilter, "suspected_for", "status", "campaign", "suspected_at")
    list_select_related = ("campaign",)
    grows = True
    moments = "suspected_at"
    ordering = ("suspected_at",)
    search_fields = ("public_id",)
    search_help_text = HELP
    actions = ("release",)
    fields = (
        ("public_id", "number", "whole_page"),
        ("suspected_at", "suspected_for"),
        ("public_name", "masked_email", "source_ip"),
        ("campaign", "country", "status"),
        ("created_at", "confirmed_at"),
    )
    readonly_fields = ("whole_page", "masked_email")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(RELEASE)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(RELEASE)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(standing=Pledge.Standing.SUSPECTED)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term.strip():
            return queryset, False
        found = recognise(search_term, may_see_sources=True)
        self.message_user(request, found.said)
        return found.within(queryset), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Refuse `?email__startswith=`: its answers would unmask the address, letter by letter."""
        return "email" not in lookup and super().lookup_allowed(lookup, value, request)

    @admin.display(description=gettext_lazy("e-mail"))
    def masked_email(self, pledge: SuspectedPledge) -> str:
        return mail_addresses.masked(pledge.email)

    @admin.display(description=gettext_lazy("the whole pledge"))
    def whole_page(self, pledge: SuspectedPledge) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("admin:pledges_pledge_change", args=[pledge.pk]), pledge)

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.review)
        return [path("<int:pk>/review/", page, name="pledges_suspectedpledge_review"), *super().get_urls()]

    def review(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One pledge is released or, once good, suspected; whatever it is by now, the page says so."""
        require(request, RELEASE)
        pledge = get_object_or_404(Pledge, pk=pk)
        buttons = []
        if pledge.standing == Pledge.Standing.SUSPECTED:
            done = _("Released. It is counted as soon as it is confirmed.")
            buttons = [told("release", _("Release"), lambda: _one(suspicion.release(ids=[pk], request=request)), done)]
        elif pledge.standing == Pledge.Standing.GOOD:
            done = _("Suspected. It is not counted until somebody releases it.")
            buttons = [told("suspect", _("Suspect"), lambda: _one(suspicion.suspect(ids=[pk], request=request)), done)]
        facts = [
            (_("Pledge"), linked(pledge)),
            (_("Standing"), pledge.get_standing_display()),
            (_("Why suspected"), pledge.get_suspected_for_display()),
            (_("Made"), f"{pledge.created_at:%Y-%m-%d %H:%M} UTC"),
            (_("From"), pledge.source_ip or _("forgotten, or not known")),
            (_("Name"), pledge.public_name),
            (_("E-mail"), mail_addresses.masked(pledge.email)),
        ]
        page = ActPage(self, pledge, _("Review a pledge"), facts, buttons, is_claimed=True)
        return answer(page, request, NothingForm(request.POST or None))


def _one(done: int) -> bool:
    return done == 1
