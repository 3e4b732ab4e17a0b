"""What visitors reported."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from pledges.admin.read_only import ReadOnlyAdmin
from pledges.models import HeartReport
from pledges.services import moderation


@admin.register(HeartReport)
class HeartReportAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "reason", "heart", "words", "settled_at")
    list_filter = ("reason", ("settled_at", admin.EmptyFieldListFilter))
    list_select_related = ("pledge",)
    show_full_result_count = False
    actions = ("settle",)

    @admin.display(description=_("heart"))
    def heart(self, report: HeartReport) -> SafeString | str:
        url = reverse("admin:pledges_pledge_change", args=[report.pledge_id])
        return format_html('<a href="{}">{}</a>', url, report.pledge)

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("pledges.moderate_pledge")

    @admin.action(description=_("Settled: staff have looked"), permissions=["moderate"])
    def settle(self, request: HttpRequest, queryset: QuerySet[HeartReport]) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        self.tell(request, sum(moderation.settle_report(report_id=pk, request=request) for pk in ids), len(ids))
