"""What staff allow and block, and which sources are loud."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.admin.base import DeskAdmin, ReadOnlyAdmin
from blueheart.trail.record import record
from pledges.models import SourceRule, TrendingSource


@admin.register(SourceRule)
class SourceRuleAdmin(DeskAdmin[SourceRule]):
    """Every change is in the trail; what a rule blocked before it was deleted stays suspected."""

    list_display = ("act", "network", "domain", "comment", "until", "created_at")
    list_filter = ("act", "until")
    search_fields = ("network", "domain", "comment")
    fields = ("act", "network", "domain", "comment", "until")

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: SourceRule, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self._note("source-rule.changed" if change else "source-rule.added", obj, request)

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: SourceRule) -> None:
        self._note("source-rule.removed", obj, request)
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for rule in queryset:
            self._note("source-rule.removed", rule, request)
        super().delete_queryset(request, queryset)

    def _note(self, action: str, rule: SourceRule, request: HttpRequest) -> None:
        until = rule.until.isoformat() if rule.until else ""
        detail = {"act": rule.act, "network": rule.network, "domain": rule.domain, "until": until}
        record(action, target=rule, request=request, detail=detail)


@admin.register(TrendingSource)
class TrendingSourceAdmin(ReadOnlyAdmin[Any]):
    """The loudest fifty networks and mail domains of each hour, the running one as far as it is."""

    list_display = ("hour", "kind", "source", "pledges", "confirmed", "suspected", "acts")
    list_filter = ("kind", "hour")
    search_fields = ("=source",)
    search_help_text = gettext_lazy("A whole network, or a whole mail domain.")
    ordering = ("-hour", "-pledges")

    @admin.display(description=gettext_lazy("what to do"))
    def acts(self, trend: TrendingSource) -> SafeString:
        field = "network" if trend.kind == TrendingSource.Kind.NETWORK else "domain"
        rule, case = reverse("admin:pledges_sourcerule_add"), reverse("admin:pledges_invalidationcase_add")
        links = [
            (case, {field: trend.source, "title": trend.source}, _("Open a case…")),
            (rule, {field: trend.source, "act": SourceRule.Act.BLOCK}, _("Block…")),
            (rule, {field: trend.source, "act": SourceRule.Act.ALLOW}, _("Allow…")),
        ]
        rows = ((url, urlencode(given), words) for url, given, words in links)
        return format_html("{}", format_html_join(" · ", '<a href="{}?{}">{}</a>', rows))
