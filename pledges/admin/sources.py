"""What staff allow and block, and which sources are loud."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blueheart.admin.base import KeptInTrail, ReadOnlyAdmin
from pledges.models import SourceRule, TrendingSource


@admin.register(SourceRule)
class SourceRuleAdmin(KeptInTrail[SourceRule]):
    """Every change is in the trail; what a rule blocked before it was deleted stays suspected."""

    list_display = ("act", "network", "domain", "comment", "until", "created_at")
    list_filter = ("act", "until")
    search_fields = ("network", "domain", "comment")
    fields = ("act", "network", "domain", "comment", "until")

    def trail_detail(self, obj: SourceRule) -> dict[str, Any]:
        until = obj.until.isoformat() if obj.until else ""
        return {"act": obj.act, "network": obj.network, "domain": obj.domain, "until": until}


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
